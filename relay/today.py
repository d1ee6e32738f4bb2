"""What a bot's closed trades have brought since midnight UTC; read from the tape, each trade once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from bot.core.portfolio import EXACT
from relay.tape import Tape

DAY_MS = 86_400_000
PAGE = 50
"""So many trades of earlier days in a row are the end of this day's: one that was told late is not."""


@dataclass(slots=True)
class Sum:
    """The P&L of one day's trades, of all those up to `seq`."""

    day: int
    pnl: Decimal
    seq: int


class TodayPnl:
    """Asking again costs one look at the tape's newest trades, and none where nothing was added to the tape."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._sums: dict[str, Sum] = {}

    def of(self, bot_id: str, now_ms: int) -> Decimal:
        """The sum for the day of `now_ms`, which is the market's time: a replay's day is its own."""
        day, last_seq = now_ms // DAY_MS, self._tape.last_seq
        known = self._sums.get(bot_id)
        if known is None or known.day != day:
            known = Sum(day, Decimal(0), 0)
        if known.seq < last_seq:
            known = self._sums[bot_id] = Sum(day, EXACT.add(known.pnl, self._later(bot_id, known)), last_seq)
        return known.pnl

    def _later(self, bot_id: str, known: Sum) -> Decimal:
        """Of the trades after the ones that are known, back to a page of them that has none of this day."""
        total, before = Decimal(0), None
        while True:
            page = self._tape.newest("trade", PAGE, bot_id=bot_id, before_seq=before)
            trades = [event.data for event in page if event.seq > known.seq]
            gains = [Decimal(trade["pnl"] or 0) for trade in trades if int(trade["ts"]) // DAY_MS == known.day]
            total = reduce(EXACT.add, gains, total)
            if len(trades) < PAGE or not gains:
                return total
            before = page[-1].seq
