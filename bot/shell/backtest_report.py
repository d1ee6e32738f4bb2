"""A backtest in words and numbers: the same rows for the terminal and for the HTML report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bot.core.performance import CurveFigures, Performance
from bot.core.portfolio import EXACT
from bot.core.view import position
from bot.core.words import amount_text
from bot.shell.backtest import Backtest, Warned

NOTHING = "–"
"""Stands where a figure would say nothing."""

MOST_FAULTS = 5
MONEY_STEP = Decimal("1E-8")

Row = tuple[str, str]
Pair = tuple[str, str, str]

_UNITS_MS = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was run, in a person's words."""

    file: str
    timeframe: str
    strategy: str
    params: Mapping[str, Any]


def settings_rows(result: Backtest, asked: Asked) -> list[Row]:
    """What was run, over what."""
    params = ", ".join(f"{name} {_value(value)}" for name, value in asked.params.items())
    first, last = time_text(result.first_ts), time_text(result.last_ts)
    return [
        ("Market", f"{result.state.config.symbol}, {result.candles:,} candles of {asked.timeframe}, {asked.file}"),
        ("From, to", f"{first}, {last}, {length_text(result.last_ts - result.first_ts)}"),
        ("Strategy", asked.strategy),
        ("Parameters", params or "none"),
        ("Fee rates", _fees_text(result)),
        *(("Fault", fault) for fault in result.faults[:MOST_FAULTS]),
        *(("Warning", _warning_text(warned)) for warned in result.warnings),
    ]


def _warning_text(warned: Warned) -> str:
    times = "once" if warned.count == 1 else f"{warned.count:,} times, first"
    return f"{warned.title}, {times}: {warned.example}"


def _fees_text(result: Backtest) -> str:
    rules = result.state.rules
    assert rules is not None
    maker, taker = (amount_text(rate * 100) for rate in (rules.maker_fee_rate, rules.taker_fee_rate))
    return f"maker {maker} %, taker {taker} %"


def compared_rows(performance: Performance) -> list[Pair]:
    """The figures that the account and holding have alike: name, strategy, buy and hold."""
    account, hold = _curve_values(performance.account), _curve_values(performance.hold)
    return [(name, value, hold[name]) for name, value in account.items()]


def _curve_values(figures: CurveFigures) -> dict[str, str]:
    return {
        "Return": percent_text(figures.return_pct, sign="+"),
        "Return a year (CAGR)": percent_text(figures.cagr_pct, sign="+"),
        "Sharpe ratio": number_text(figures.sharpe),
        "Sortino ratio": number_text(figures.sortino),
        "Calmar ratio": number_text(figures.calmar),
        "Deepest drawdown": percent_text(figures.max_drawdown_pct),
        "Its length": _length_or_nothing(figures.max_drawdown_ms),
        "Longest drawdown": _length_or_nothing(figures.longest_drawdown_ms),
    }


def account_rows(result: Backtest, performance: Performance) -> list[Row]:
    """The figures of the account and its round trips."""
    trips, config = performance.trips, result.state.config
    quote = config.quote_currency
    held = position(result.state)
    return [
        ("Deposit", money_text(result.state.account.portfolio.deposit, quote)),
        ("Equity", money_text(result.state.account.portfolio.equity(result.last_price), quote)),
        ("Fees", money_text(performance.fees, quote)),
        ("Round trips", f"{trips.trips} ({trips.wins} won, {trips.losses} lost), {len(result.trades)} fills"),
        ("Win rate", percent_text(None if trips.win_rate is None else 100 * trips.win_rate)),
        ("Profit factor", number_text(trips.profit_factor)),
        ("Expectancy", money_text(trips.expectancy, quote)),
        ("Best, worst trip", f"{money_text(trips.best, quote)}, {money_text(trips.worst, quote)}"),
        ("Average trip", _length_or_nothing(trips.average_ms)),
        ("SQN", number_text(trips.sqn)),
        ("Exposure", percent_text(performance.exposure_pct)),
        ("Open at the end", f"{amount_text(held.amount)} {config.base_currency}" if held else "nothing"),
    ]


def report_lines(result: Backtest, performance: Performance, asked: Asked) -> Iterator[str]:
    """The table for a terminal."""
    rows = compared_rows(performance)
    names = [name for name, *_ in (*rows, *account_rows(result, performance))]
    width = max(map(len, names))
    yield from aligned(settings_rows(result, asked), width)
    yield ""
    head = ("", "Strategy", "Buy and hold")
    columns = [max(len(row[column]) for row in (head, *rows)) for column in (1, 2)]
    for name, own, hold in (head, *rows):
        yield f"{name.ljust(width)}  {own.rjust(columns[0])}  {hold.rjust(columns[1])}"
    yield ""
    yield from aligned(account_rows(result, performance), width)


def aligned(rows: Iterable[Row], width: int) -> Iterator[str]:
    """A name and a value a line."""
    for name, value in rows:
        yield f"{name.ljust(width)}  {value}"


def percent_text(value: float | None, sign: str = "") -> str:
    """`12.34 %`, or a dash."""
    return NOTHING if value is None else f"{value:{sign},.2f} %"


def number_text(value: float | None) -> str:
    """`1,234.56`, or a dash."""
    return NOTHING if value is None else f"{value:,.2f}"


def money_text(value: Decimal | None, currency: str) -> str:
    """All that is there, up to eight decimals, with its currency; or a dash."""
    return NOTHING if value is None else f"{amount_text(value.quantize(MONEY_STEP, context=EXACT))} {currency}"


def length_text(length_ms: int) -> str:
    """A stretch of time by its two largest units: `3 d 4 h`, `5 min`."""
    counts, rest = [], length_ms
    for unit, unit_ms in _UNITS_MS:
        count, rest = divmod(rest, unit_ms)
        counts.append((count, unit))
    largest = next((place for place, (count, _) in enumerate(counts) if count), len(counts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in counts[largest : largest + 2] if count) or "0 s"


def time_text(ts: int) -> str:
    """`2018-01-10 04:55 UTC`."""
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _length_or_nothing(length_ms: int | None) -> str:
    return NOTHING if length_ms is None else length_text(length_ms)


def _value(value: Any) -> str:
    return "off" if value is None else str(value)
