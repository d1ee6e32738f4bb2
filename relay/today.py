"""What a bot's closed trades have brought since midnight UTC; read from the tape, each trade once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot.core.portfolio import EXACT
from relay.tape import Event, Tape

DAY_MS = 86_400_000
PAGE = 200


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
        """Of the trades after the ones that are known; without any, back to the first of an earlier day."""
        total, before = Decimal(0), None
        while True:
            page = self._tape.newest("trade", PAGE, bot_id=bot_id, before_seq=before)
            for event in page:
                day = int(event.data["ts"]) // DAY_MS
                if event.seq <= known.seq or (known.seq == 0 and day < known.day):
                    return total
                if day == known.day:
                    total = EXACT.add(total, _pnl(event))
            if len(page) < PAGE:
                return total
            before = page[-1].seq


def _pnl(event: Event) -> Decimal:
    return Decimal(event.data["pnl"] or 0)
