"""The figures that a sweep can be sorted by, and its table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.core.performance import Performance
from bot.shell.backtest_report import number_text, percent_text, time_text
from bot.shell.refusal import Refusal

if TYPE_CHECKING:
    from bot.shell.backtest_file import Span
    from bot.shell.backtest_sweep import Pick, Sweep


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a run: how it is read, written and compared."""

    title: str
    read: Callable[[Performance], float | None]
    write: Callable[[float | None], str] = number_text
    less_is_better: bool = False
    is_boundless: Callable[[Performance], bool] = lambda _: False
    """Whether a figure that is not there is so because nothing was lost: better than any number."""

    def rank(self, performance: Performance) -> tuple[bool, float, float]:
        """Higher is better; who closed no trip comes last, and among equals the larger return first."""
        return bool(performance.trips.trips), self._value(performance), performance.account.return_pct or 0.0

    def _value(self, performance: Performance) -> float:
        value = self.read(performance)
        if value is None:
            return math.inf if self.is_boundless(performance) else -math.inf
        return -value if self.less_is_better else value

    def text(self, performance: Performance) -> str:
        """As it stands in the table."""
        return self.write(self.read(performance))


def _signed_percent(value: float | None) -> str:
    return percent_text(value, sign="+")


def _whole(value: float | None) -> str:
    return f"{value or 0:.0f}"


def _share(value: float | None) -> str:
    return percent_text(None if value is None else 100 * value)


def _expectancy(performance: Performance) -> float | None:
    expectancy = performance.trips.expectancy
    return None if expectancy is None else float(expectancy)


def _money(value: float | None) -> str:
    return number_text(value) if value is None or abs(value) >= 1 else f"{value:.6f}"


def _never_lost(performance: Performance) -> bool:
    return performance.trips.wins > 0 and performance.trips.losses == 0


def _never_fell(performance: Performance) -> bool:
    account = performance.account
    return account.max_drawdown_pct == 0 and (account.return_pct or 0.0) > 0


FIGURES: dict[str, Figure] = {
    "return": Figure("Return", lambda run: run.account.return_pct, _signed_percent),
    "cagr": Figure("CAGR", lambda run: run.account.cagr_pct, _signed_percent),
    "sharpe": Figure("Sharpe", lambda run: run.account.sharpe),
    "sortino": Figure("Sortino", lambda run: run.account.sortino, is_boundless=_never_fell),
    "calmar": Figure("Calmar", lambda run: run.account.calmar, is_boundless=_never_fell),
    "drawdown": Figure("Drawdown", lambda run: run.account.max_drawdown_pct, percent_text, less_is_better=True),
    "profit_factor": Figure("Profit factor", lambda run: run.trips.profit_factor, is_boundless=_never_lost),
    "win_rate": Figure("Win rate", lambda run: run.trips.win_rate, _share),
    "expectancy": Figure("Expectancy", _expectancy, _money),
    "sqn": Figure("SQN", lambda run: run.trips.sqn),
    "trips": Figure("Trips", lambda run: float(run.trips.trips), _whole),
}
SHOWN = ("sharpe", "return", "drawdown", "trips")
"""Beside the one that is sorted by."""
GAP = "    "


def figure_named(name: str) -> Figure:
    """The figure to sort by. Raises `Refusal` with the names there are."""
    if name not in FIGURES:
        raise Refusal(f"--sort: got '{name[:60]}'; takes {', '.join(FIGURES)}.")
    return FIGURES[name]


def sweep_lines(sweep: Sweep, sort: str, times: Sequence[int]) -> Iterator[str]:
    """The table for a terminal; `times` are those of the file's candles."""
    refused = f", {sweep.refused:,} refused by the strategy" if sweep.refused else ""
    yield f"Combinations   {sweep.runs:,} run{refused}"
    yield f"In sample      {_part(sweep.inside, times, sweep.picks[0].inside)}"
    yield f"Out of sample  {_part(sweep.outside, times, sweep.picks[0].outside)}"
    yield ""
    yield f"The best {len(sweep.picks)} by {FIGURES[sort].title} in sample, and the same parameters out of it:"
    yield ""
    yield from _table(sweep.picks, (sort, *(name for name in SHOWN if name != sort)))


def _part(span: Span, times: Sequence[int], run: Performance) -> str:
    within = [ts for ts in times if ts in span]
    held = _signed_percent(run.hold.return_pct)
    return f"{time_text(within[0])} to {time_text(within[-1])}, {len(within):,} candles; buy and hold {held}"


def _table(picks: Sequence[Pick], names: Sequence[str]) -> Iterator[str]:
    figures = [FIGURES[name] for name in names]
    titles = [figure.title for figure in figures]
    blocks = [
        _block([list(picks[0].params), *(_params(pick.params) for pick in picks)]),
        _block([titles, *([figure.text(pick.inside) for figure in figures] for pick in picks)]),
        _block([titles, *([figure.text(pick.outside) for figure in figures] for pick in picks)]),
    ]
    over = zip(("", "In sample", "Out of sample"), blocks, strict=True)
    yield GAP.join(title.center(len(block[0])) for title, block in over).rstrip()
    for line in zip(*blocks, strict=True):
        yield GAP.join(line)


def _block(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines, each column as wide as its widest text, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]


def _params(params: Mapping[str, Any]) -> list[str]:
    return ["off" if value is None else str(value) for value in params.values()]
