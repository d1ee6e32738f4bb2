"""Keeps out what an exchange sends and no price can be; counts it, so that nobody wonders in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from decimal import Decimal, InvalidOperation

LARGEST_STEP = Decimal(2)
"""A price that is more than twice or less than half the last one is not believed ..."""
BELIEVED_AFTER = 3
"""... until so many in a row say the same: then the market really is there."""
AHEAD_MS = 60_000
"""A time so far ahead of the bot's clock, and of the prices before, is not believed either."""
SET_BACK_MS = 3_000
"""Prices that have been older than the last one for so long are not late: the exchange set its clock back."""
LATE_MS = 2_000
"""A time before an estimated one is late only by more than this: an estimate is off by the ways of the line."""
REMEMBERED = 1_000
"""So many trades back a second copy is known for one."""


class PriceFilter:
    """Judges each price against the ones before.

    `dropped` counts by reason: `null`, `absurd`, `out of order`, `duplicate`.
    """

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self._last: Decimal | None = None
        self._last_ts = 0
        self._told_ts = 0
        self._last_seen_ms = 0
        self._absurd = 0
        self._behind: tuple[int, int] | None = None
        self._known: dict[Hashable, None] = {}

    def accept(
        self, price: object, ts: int | None, seen_ms: int, *, market_ms: int | None = None, key: Hashable = None
    ) -> tuple[Decimal, int] | None:
        """The price and its time, or None for one to be dropped. `seen_ms` is when it came, by the bot's clock.

        `market_ms` is the same moment by the exchange's clock, as far as it is known: a price without a time has that.
        `key` tells one trade from all others, where it has what that takes. Times never go back, unless the exchange
        sets its clock back; but one that it tells may be a little before one that was estimated.
        """
        value = decimal_of(price)
        if value is None:
            return self._drop("null")
        if key is not None and self._is_known(key):
            return self._drop("duplicate")
        if ts is not None and self._is_late(ts) and not self._is_set_back(ts, seen_ms):
            return self._drop("out of order")
        if self._is_absurd(value, ts, seen_ms):
            return self._drop("absurd")
        self._absurd, self._last, self._last_seen_ms = 0, value, seen_ms
        if ts is None:
            self._last_ts = max(self._last_ts, seen_ms if market_ms is None else market_ms)
        else:
            self._last_ts = self._told_ts = ts
            self._behind = None
        return value, self._last_ts

    def accept_quote(self, bid: object, ask: object) -> tuple[Decimal, Decimal] | None:
        """Best bid and ask, or None for what can be no quote: stops are judged by it, so it must be near the price."""
        best_bid, best_ask = decimal_of(bid), decimal_of(ask)
        if best_bid is None or best_ask is None:
            self.drop("null")
            return None
        if best_bid > best_ask or self._leaps(best_bid) or self._leaps(best_ask):
            self.drop("absurd")
            return None
        return best_bid, best_ask

    def drop(self, reason: str) -> None:
        """Count what was kept out."""
        self.dropped[reason] += 1

    def _is_known(self, key: Hashable) -> bool:
        if key in self._known:
            return True
        self._known[key] = None
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return False

    def _is_late(self, ts: int) -> bool:
        """Whether an exchange's time is before the last one that it told, or clearly before one that was estimated."""
        return ts < max(self._told_ts, self._last_ts - LATE_MS)

    def _is_set_back(self, ts: int, seen_ms: int) -> bool:
        """Whether times that are late go on as a clock does, which is then the exchange's.

        Beside estimates, old trades that are listed again when a line is opened must not be taken for that.
        """
        if seen_ms < self._last_seen_ms:  # the bot's own clock was set back, so it measures nothing
            self._behind = None
            return False
        first_seen_ms, first_ts = self._behind or (seen_ms, ts)
        is_estimated = self._last_ts != self._told_ts
        if is_estimated and abs(seen_ms - ts - (first_seen_ms - first_ts)) > LATE_MS:
            first_seen_ms, first_ts = seen_ms, ts
        self._behind = first_seen_ms, first_ts
        return seen_ms - first_seen_ms >= SET_BACK_MS

    def _is_absurd(self, value: Decimal, ts: int | None, seen_ms: int) -> bool:
        if self._last is None:
            return False
        expected = max(seen_ms, self._last_ts + seen_ms - self._last_seen_ms)
        ahead = ts is not None and ts > expected + AHEAD_MS
        self._absurd = self._absurd + 1 if self._leaps(value) or ahead else 0
        return 0 < self._absurd < BELIEVED_AFTER

    def _leaps(self, value: Decimal) -> bool:
        return self._last is not None and not self._last / LARGEST_STEP <= value <= self._last * LARGEST_STEP

    def _drop(self, reason: str) -> tuple[Decimal, int] | None:
        self.drop(reason)
        return None


def decimal_of(value: object) -> Decimal | None:
    """A positive finite number as ccxt gives it (float, int or text), without a float's noise; None for all else."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = plain_decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number > 0 else None


def plain_decimal(value: object) -> Decimal:
    """A number of ccxt's as it is written: 43000.0, which is how a float says 43000, without the `.0`."""
    return Decimal(str(value).removesuffix(".0"))
