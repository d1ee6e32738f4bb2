"""How a run has done, worked out from its whole curve and its round trips. `bot.core.statistics` counts as it goes.

A figure that would say nothing (too few candles, no loss, no fall) is None. Ratios are those of
a year: the one per candle times the root of the candles in a year, risk-free rate 0, as in `bot.core.statistics`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from statistics import fmean

from bot.core.portfolio import EXACT, ZERO
from bot.core.round_trips import RoundTrip
from bot.core.statistics import DAY_MS, SHARPE_CANDLES, YEAR_MS, shown

GROWTH_SHORTEST_MS = 7 * DAY_MS
"""A growth of less than a week, told as one of a year, is a guess made large by its exponent."""

SQN_TRIPS = 30
"""Van Tharp asks for at least so many trades before the number means anything."""

LARGEST_EXPONENT = 700.0
"""`exp` of more is no float; such growth is not worth telling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A worth in quote over time: `values[i]` at `times[i]` (ms UTC), a sample a closed candle, oldest first.

    The first sample is what the run began with. Values are floats, for reporting: balances stay `Decimal`.
    """

    times: Sequence[int]
    values: Sequence[float]
    candle_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveFigures:
    """What a curve says; percentages and ratios are floats, lengths of time in ms."""

    return_pct: float | None = None
    cagr_pct: float | None = None
    sharpe: float | None = None
    sortino: float | None = None
    calmar: float | None = None
    max_drawdown_pct: float | None = None
    max_drawdown_ms: int | None = None
    longest_drawdown_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripFigures:
    """What the round trips say; money in quote, after fees."""

    trips: int = 0
    wins: int = 0
    losses: int = 0
    win_rate: float | None = None
    profit_factor: float | None = None
    expectancy: Decimal | None = None
    best: Decimal | None = None
    worst: Decimal | None = None
    average_ms: int | None = None
    sqn: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """All figures of one run; `hold` are those of buying at the first price and holding, without fees."""

    account: CurveFigures
    hold: CurveFigures
    trips: TripFigures
    exposure_pct: float | None
    fees: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """A stay below a high: the deepest fall in percent of it, and how long until it was reached again, or the end."""

    depth_pct: float
    length_ms: int


def curve_figures(curve: Curve) -> CurveFigures:
    """Everything that one curve says."""
    falls = list(drawdowns(curve))
    deepest = max(falls, key=lambda fall: fall.depth_pct, default=None)
    returns = returns_of(curve.values)
    depth_pct = (deepest.depth_pct if deepest else 0.0) if curve.values else None
    growth = cagr_pct(curve)
    return CurveFigures(
        return_pct=return_pct(curve.values),
        cagr_pct=growth,
        sharpe=sharpe(returns, curve.candle_ms),
        sortino=sortino(returns, curve.candle_ms),
        calmar=growth / depth_pct if growth is not None and depth_pct else None,
        max_drawdown_pct=depth_pct,
        max_drawdown_ms=deepest.length_ms if deepest else None,
        longest_drawdown_ms=max((fall.length_ms for fall in falls), default=None),
    )


def return_pct(values: Sequence[float]) -> float | None:
    """Growth from the first value to the last, in percent of the first."""
    return (values[-1] / values[0] - 1) * 100 if values and values[0] > 0 else None


def returns_of(values: Sequence[float]) -> list[float]:
    """The growth from each sample to the next, as a part of the earlier one."""
    return [after / before - 1 if before > 0 else 0.0 for before, after in pairwise(values)]


def cagr_pct(curve: Curve) -> float | None:
    """The growth a year that compounds to the whole: `(last / first) ** (year / time) - 1`, in percent.

    CFA Institute, *Quantitative Investment Analysis*, 4th ed., ch. 1. None for less than a week.
    """
    if not curve.values or curve.times[-1] - curve.times[0] < GROWTH_SHORTEST_MS or curve.values[0] <= 0:
        return None
    if curve.values[-1] <= 0:
        return -100.0
    exponent = math.log(curve.values[-1] / curve.values[0]) * YEAR_MS / (curve.times[-1] - curve.times[0])
    return math.expm1(exponent) * 100 if exponent < LARGEST_EXPONENT else None


def sharpe(returns: Sequence[float], candle_ms: int) -> float | None:
    """Mean / standard deviation of the returns (W. Sharpe, "The Sharpe Ratio", J. of Portfolio Management, 1994).

    The same figure, from the same number of candles on, as `bot.core.statistics.sharpe` gives while it goes.
    """
    if _is_early(returns, candle_ms):
        return None
    mean = fmean(returns)
    squares = math.fsum((value - mean) ** 2 for value in returns)
    return _annual(mean, math.sqrt(squares / (len(returns) - 1)), candle_ms)


def sortino(returns: Sequence[float], candle_ms: int) -> float | None:
    """Mean / downside deviation, which is the root of the mean square of the losses, gains counting as 0.

    F. Sortino & L. Price, "Performance Measurement in a Downside Risk Framework", Journal of Investing, 1994, with
    target 0; all returns are counted, not only the losing ones, as quantstats and backtesting.py do.
    """
    if _is_early(returns, candle_ms):
        return None
    squares = math.fsum(value * value for value in returns if value < 0)
    return _annual(fmean(returns), math.sqrt(squares / len(returns)), candle_ms)


def _is_early(returns: Sequence[float], candle_ms: int) -> bool:
    return len(returns) < SHARPE_CANDLES or len(returns) * candle_ms < DAY_MS


def _annual(mean: float, deviation: float, candle_ms: int) -> float | None:
    return mean / deviation * math.sqrt(YEAR_MS / candle_ms) if deviation > 0 else None


def drawdown_pcts(values: Sequence[float]) -> list[float]:
    """How far each sample is below the highest one up to it, in percent of that, 0 or negative."""
    falls, peak = [], 0.0
    for value in values:
        peak = max(peak, value)
        falls.append((value / peak - 1) * 100 if peak > 0 else 0.0)
    return falls


def drawdowns(curve: Curve) -> Iterator[Drawdown]:
    """Each fall below a high, oldest first; the last one may not have recovered.

    Depth as in Magdon-Ismail & Atiya, "Maximum Drawdown", Risk, 2004; length from the high to its recovery.
    """
    peak_ts, depth_pct = None, 0.0
    for ts, fall_pct in zip(curve.times, drawdown_pcts(curve.values), strict=True):
        if fall_pct < 0:
            depth_pct = max(depth_pct, -fall_pct)
            continue
        if depth_pct and peak_ts is not None:
            yield Drawdown(depth_pct=depth_pct, length_ms=ts - peak_ts)
        peak_ts, depth_pct = ts, 0.0
    if depth_pct and peak_ts is not None:
        yield Drawdown(depth_pct=depth_pct, length_ms=curve.times[-1] - peak_ts)


def trip_figures(trips: Sequence[RoundTrip]) -> TripFigures:
    """What the round trips say.

    - `win_rate` wins / trips; `profit_factor` gross profit / gross loss; `expectancy` net profit / trips
      (Van Tharp, *Trade Your Way to Financial Freedom*, 2nd ed., ch. 7).
    - `sqn` see there.
    """
    if not trips:
        return TripFigures()
    profits = [trip.pnl for trip in trips]
    gains, losses = [pnl for pnl in profits if pnl > 0], [pnl for pnl in profits if pnl < 0]
    gross_loss = -_sum(losses)
    return TripFigures(
        trips=len(trips),
        wins=len(gains),
        losses=len(losses),
        win_rate=len(gains) / len(trips),
        profit_factor=float(_sum(gains) / gross_loss) if gross_loss else None,
        expectancy=shown(EXACT.divide(_sum(profits), Decimal(len(trips)))),
        best=shown(max(profits)),
        worst=shown(min(profits)),
        average_ms=round(fmean(trip.exit_ts - trip.entry_ts for trip in trips)),
        sqn=sqn([float(pnl) for pnl in profits]),
    )


def sqn(profits: Sequence[float]) -> float | None:
    """The System Quality Number: root of the number of trips * mean profit / standard deviation of the profits.

    Van Tharp, *Definitive Guide to Position Sizing*, 2008; on profits instead of multiples of the risk, which is the
    same where each trip risks the same. As in backtesting.py the root is not cut at 100 trips. None below 30 trips.
    """
    if len(profits) < SQN_TRIPS:
        return None
    mean = fmean(profits)
    deviation = math.sqrt(math.fsum((profit - mean) ** 2 for profit in profits) / (len(profits) - 1))
    return math.sqrt(len(profits)) * mean / deviation if deviation > 0 else None


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
