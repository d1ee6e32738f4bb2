"""From fills to round trips: what was bought from flat, until all of it was sold again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from bot.core.portfolio import EXACT, ZERO
from bot.events import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """From flat to flat; `pnl` in quote after all fees."""

    entry_ts: int
    exit_ts: int
    pnl: Decimal
    fills: int


def round_trips(trades: Iterable[Trade], base_currency: str) -> Iterator[RoundTrip]:
    """The round trips of one market's fills, oldest first; a position still open at the end is none."""
    held, pnl, entry_ts, fills = ZERO, ZERO, 0, 0
    for trade in trades:
        if held == 0:
            pnl, entry_ts, fills = ZERO, trade.ts, 0
        held = EXACT.add(held, _base_change(trade, base_currency))
        pnl, fills = EXACT.add(pnl, trade.pnl or ZERO), fills + 1
        if held == 0:
            yield RoundTrip(entry_ts=entry_ts, exit_ts=trade.ts, pnl=pnl, fills=fills)


def _base_change(trade: Trade, base_currency: str) -> Decimal:
    """What the fill did to the base held; a fee in base is taken from it either way."""
    fee = (trade.fee or ZERO) if trade.fee_currency == base_currency else ZERO
    moved = trade.amount if trade.side == "buy" else trade.amount.copy_negate()
    return EXACT.subtract(moved, fee)
