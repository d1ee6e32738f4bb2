"""How the bot has done: a few running sums, never a list, so a year takes the memory of a minute.

Two inputs: the P&L of each round trip (from flat to flat, after fees) and the equity curve, sampled at each closed
candle and each fill. Everything that is shown is derived from them by `stats`.

- `win_rate` wins / trades; `profit_factor` gross profit / gross loss; `expectancy` net profit / trades
  (Van Tharp, *Trade Your Way to Financial Freedom*, 2nd ed., ch. 7; freqtrade counts alike).
- `sharpe` mean / standard deviation of the return per candle, times the root of the candles in a year, risk-free rate 0
  (W. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management, 1994). Null before 30 candles and a day of them:
  earlier it is noise, made large by the annual factor.
  Mean and variance by Welford's method (Technometrics 4, 1962), which needs no history and loses no digits.
- `max_drawdown_pct` the deepest fall of the curve below its highest point so far, in percent of that point
  (Magdon-Ismail & Atiya, "Maximum Drawdown", Risk, 2004).
- `exposure_pct` closed candles with a position / closed candles, in percent (backtesting.py's "Exposure Time").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.core.frozen import replace
from bot.core.portfolio import EXACT, ZERO, Portfolio, plain
from bot.events import Stats

SHARPE_CANDLES = 30
DAY_MS = 24 * 60 * 60 * 1000
YEAR_MS = 365 * DAY_MS
SHOWN = Decimal("1E-12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Running sums over the round trips and the equity curve; money in quote."""

    started_ts: int | None = None
    wins: int = 0
    losses: int = 0
    evens: int = 0
    gross_profit: Decimal = ZERO
    gross_loss: Decimal = ZERO
    peak_equity: Decimal | None = None
    last_equity: Decimal | None = None
    max_drawdown_pct: float = 0.0
    candles: int = 0
    candles_in_market: int = 0
    candle_equity: Decimal | None = None
    candle_ms: int | None = None
    """How long the candles are that were counted; null before the first one, and in an account of an older bot."""
    returns: int = 0
    return_mean: float = 0.0
    return_m2: float = 0.0

    @property
    def trades(self) -> int:
        """Round trips that are over."""
        return self.wins + self.losses + self.evens


def add_round_trip(statistics: Statistics, pnl: Decimal) -> Statistics:
    """After a position was closed with `pnl`."""
    if pnl > 0:
        return replace(statistics, wins=statistics.wins + 1, gross_profit=EXACT.add(statistics.gross_profit, pnl))
    if pnl < 0:
        return replace(statistics, losses=statistics.losses + 1, gross_loss=EXACT.subtract(statistics.gross_loss, pnl))
    return replace(statistics, evens=statistics.evens + 1)


def add_equity(statistics: Statistics, equity: Decimal) -> Statistics:
    """After the equity curve reached `equity`."""
    return replace(statistics, **_at_equity(statistics, equity))


def add_candle(statistics: Statistics, equity: Decimal, *, in_market: bool, candle_ms: int) -> Statistics:
    """After a candle closed with the account worth `equity`.

    The first one of another length starts what is counted by candles anew: minutes and hours have no common mean.
    """
    if statistics.candle_ms != candle_ms:
        statistics = _with_length(statistics, candle_ms)
    before = statistics.candle_equity
    return replace(
        statistics,
        candles=statistics.candles + 1,
        candles_in_market=statistics.candles_in_market + in_market,
        candle_equity=equity,
        **_at_equity(statistics, equity),
        **(_with_return(statistics, float(equity / before) - 1.0) if before else {}),
    )


def _with_length(statistics: Statistics, candle_ms: int) -> Statistics:
    if statistics.candle_ms is None:
        return replace(statistics, candle_ms=candle_ms)
    return replace(
        statistics,
        candle_ms=candle_ms,
        candles=0,
        candles_in_market=0,
        candle_equity=None,
        returns=0,
        return_mean=0.0,
        return_m2=0.0,
    )


def with_transfer(statistics: Statistics, moved: Decimal) -> Statistics:
    """After so much came to the account without a trade, or left it: no gain and no loss, so the curve moves along."""
    known = {
        "peak_equity": statistics.peak_equity,
        "last_equity": statistics.last_equity,
        "candle_equity": statistics.candle_equity,
    }
    shifted = {name: EXACT.add(value, moved) for name, value in known.items() if value is not None}
    return replace(statistics, **shifted)


def _at_equity(statistics: Statistics, equity: Decimal) -> dict[str, Any]:
    peak = equity if statistics.peak_equity is None else max(statistics.peak_equity, equity)
    deepest = max(statistics.max_drawdown_pct, _fall_pct(peak, equity))
    return {"peak_equity": peak, "last_equity": equity, "max_drawdown_pct": deepest}


def _with_return(statistics: Statistics, value: float) -> dict[str, Any]:
    count = statistics.returns + 1
    delta = value - statistics.return_mean
    mean = statistics.return_mean + delta / count
    return {"returns": count, "return_mean": mean, "return_m2": statistics.return_m2 + delta * (value - mean)}


def _fall_pct(peak: Decimal, equity: Decimal) -> float:
    return float((peak - equity) / peak * 100) if peak > 0 else 0.0


def stats(statistics: Statistics, portfolio: Portfolio, price: Decimal | None, candle_ms: int) -> Stats:
    """What the page shows; `candle_ms` is the length of a candle where the account does not know it (`sharpe`)."""
    trades = statistics.trades
    net = EXACT.subtract(statistics.gross_profit, statistics.gross_loss)
    return Stats(
        trades=trades,
        wins=statistics.wins,
        losses=statistics.losses,
        win_rate=statistics.wins / trades if trades else None,
        realized_pnl=plain(portfolio.realized_pnl),
        unrealized_pnl=shown(portfolio.unrealized_pnl(price)) if price else None,
        fees=plain(portfolio.fees_paid),
        profit_factor=float(statistics.gross_profit / statistics.gross_loss) if statistics.gross_loss else None,
        expectancy=shown(EXACT.divide(net, Decimal(trades))) if trades else None,
        sharpe=sharpe(statistics, candle_ms),
        max_drawdown_pct=statistics.max_drawdown_pct if statistics.peak_equity is not None else None,
        current_drawdown_pct=_current_drawdown(statistics),
        exposure_pct=100 * statistics.candles_in_market / statistics.candles if statistics.candles else None,
        started_ts=statistics.started_ts,
    )


def sharpe(statistics: Statistics, candle_ms: int) -> float | None:
    """The annualized Sharpe ratio of the returns per candle, or None while it would say nothing.

    The candles that were counted may be others than those that are traded now: until one of these closes.
    """
    candle_ms = statistics.candle_ms or candle_ms
    is_early = statistics.returns < SHARPE_CANDLES or statistics.returns * candle_ms < DAY_MS
    if is_early or statistics.return_m2 <= 0:
        return None
    deviation = math.sqrt(statistics.return_m2 / (statistics.returns - 1))
    return statistics.return_mean / deviation * math.sqrt(YEAR_MS / candle_ms)


def _current_drawdown(statistics: Statistics) -> float | None:
    if statistics.peak_equity is None or statistics.last_equity is None:
        return None
    return _fall_pct(statistics.peak_equity, statistics.last_equity)


def shown(value: Decimal) -> Decimal:
    """What a division gave, for the wire: 12 decimals, no needless zeros. The account keeps every digit."""
    return plain(value.quantize(SHOWN, context=EXACT))
