"""Keeps out what an exchange sends and no price can be; counts it, so that nobody wonders in silence."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, InvalidOperation

LARGEST_STEP = Decimal(2)
"""A price that is more than twice or less than half the last one is not believed ..."""
BELIEVED_AFTER = 3
"""... until so many in a row say the same: then the market really is there."""
AHEAD_MS = 60_000
"""A time so far ahead of the bot's clock, and of the prices before, is not believed either."""


class PriceFilter:
    """Judges each price against the ones before; `dropped` counts by reason: `null`, `absurd`, `out of order`."""

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self._last: Decimal | None = None
        self._last_ts = 0
        self._last_seen_ms = 0
        self._absurd = 0

    def accept(self, price: object, ts: int | None, seen_ms: int) -> tuple[Decimal, int] | None:
        """The price and its time, or None for one to be dropped. `seen_ms` is when it came, by the bot's clock."""
        value = decimal_of(price)
        if value is None:
            return self._drop("null")
        if ts is not None and ts < self._last_ts:
            return self._drop("out of order")
        if self._is_absurd(value, ts, seen_ms):
            return self._drop("absurd")
        self._absurd = 0
        self._last, self._last_seen_ms = value, seen_ms
        self._last_ts = max(self._last_ts, seen_ms if ts is None else ts)
        return value, self._last_ts

    def _is_absurd(self, value: Decimal, ts: int | None, seen_ms: int) -> bool:
        if self._last is None:
            return False
        leaps = not self._last / LARGEST_STEP <= value <= self._last * LARGEST_STEP
        expected = max(seen_ms, self._last_ts + seen_ms - self._last_seen_ms)
        ahead = ts is not None and ts > expected + AHEAD_MS
        self._absurd = self._absurd + 1 if leaps or ahead else 0
        return 0 < self._absurd < BELIEVED_AFTER

    def _drop(self, reason: str) -> tuple[Decimal, int] | None:
        self.dropped[reason] += 1
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
