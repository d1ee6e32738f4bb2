"""A backtest as one HTML file that needs nothing else: plotly.js is in it, and it calls nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from bot.core.performance import Performance
from bot.shell.backtest import Backtest
from bot.shell.backtest_charts import figure
from bot.shell.backtest_months import monthly_pcts, yearly_pct
from bot.shell.backtest_report import NOTHING, Asked, account_rows, compared_rows, percent_text, settings_rows

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_STYLE = """
:root { color-scheme: light dark; --bg: #fff; --text: #17202a; --muted: #5b6875; --line: #d9e0e7; --head: #f3f6f9;
  --gain: #0f7a55; --loss: #b3263a; }
@media (prefers-color-scheme: dark) { :root { --bg: #0a0e13; --text: #e8eef4; --muted: #93a3b3; --line: #22303d;
  --head: #111820; --gain: #2fc48d; --loss: #ff6b7a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 16px 48px; max-width: 1280px; background: var(--bg); color: var(--text);
  font: 14px/1.45 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 16px; } h2 { font-size: 16px; margin: 32px 0 8px; }
.tables { display: flex; flex-wrap: wrap; gap: 0 40px; } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { color: var(--muted); font-weight: 500; }
td.number, th.number { text-align: right; padding: 4px 8px; white-space: nowrap; overflow-wrap: normal; }
.gain { color: var(--gain); } .loss { color: var(--loss); }
"""


def report_html(result: Backtest, performance: Performance, asked: Asked) -> str:
    """The whole document. Everything that comes from outside is escaped."""
    title = escape(f"Backtest: {asked.strategy} on {result.state.config.symbol}")
    own_figures = [(name, (value,)) for name, value in account_rows(result, performance)]
    asked_for = [(name, (value,)) for name, value in settings_rows(result, asked)]
    compared = [(name, (own, hold)) for name, own, hold in compared_rows(performance)]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
{_table((), asked_for, numbers=False)}
<h2>Figures</h2>
<div class="tables">
{_table(("", "Strategy", "Buy and hold"), compared)}
{_table((), own_figures)}
</div>
<h2>Equity, drawdown and trades</h2>
{_charts(result)}
<h2>Return by month, %</h2>
{_months(result)}
</body>
</html>
"""


def _charts(result: Backtest) -> str:
    import plotly.io  # here and only here in the bot: it is no part of trading

    html: str = plotly.io.to_html(
        figure(result),
        config={"displaylogo": False, "scrollZoom": True, "showSendToCloud": False},
        include_plotlyjs=True,
        full_html=False,
        default_height="900px",
        validate=False,
        div_id="charts",
    )
    return html


def _table(head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], *, numbers: bool = True) -> str:
    kind = ' class="number"' if numbers else ""
    heads = "".join(f"<th{kind if column else ''}>{escape(name)}</th>" for column, name in enumerate(head))
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td{kind}>{escape(value)}</td>" for value in values)}</tr>'
        for name, values in rows
    )
    top = f"<thead><tr>{heads}</tr></thead>" if head else ""
    return f"<table>{top}<tbody>{body}</tbody></table>"


def _months(result: Backtest) -> str:
    months = monthly_pcts(result.equity_curve)
    heads = "".join(f'<th class="number">{name}</th>' for name in ("", *MONTHS, "Year"))
    rows = "".join(_year(year, months) for year in sorted({year for year, _ in months}))
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _year(year: int, months: dict[tuple[int, int], float]) -> str:
    cells = [_growth(months.get((year, month))) for month in range(1, 13)]
    return f'<tr><th scope="row">{year}</th>{"".join(cells)}{_growth(yearly_pct(months, year))}</tr>'


def _growth(pct: float | None) -> str:
    kind = "" if pct is None or abs(pct) < 0.005 else " gain" if pct > 0 else " loss"
    text: Any = NOTHING if pct is None else percent_text(pct, sign="+").removesuffix(" %")
    return f'<td class="number{kind}">{text}</td>'
