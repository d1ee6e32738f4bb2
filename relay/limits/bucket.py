"""Token buckets: so much at once, so much a second for ever. Pure: the clock comes in as seconds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`burst` at once, and `per_second` from then on."""

    per_second: float
    burst: float


class Bucket:
    """Full at first."""

    __slots__ = ("_left", "_rate", "_seen_s")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate = rate
        self._left = rate.burst
        self._seen_s = now_s

    def take(self, now_s: float, count: float = 1) -> bool:
        """Is there as much? Then it is taken, else nothing is."""
        self._fill(now_s)
        if self._left < count:
            return False
        self._left -= count
        return True

    def owe(self, now_s: float, count: float = 1) -> float:
        """Take it in any case; returns the seconds to wait for it, 0 where it is there."""
        self._fill(now_s)
        self._left -= count
        return max(0.0, -self._left / self._rate.per_second)

    def _fill(self, now_s: float) -> None:
        gained = (now_s - self._seen_s) * self._rate.per_second
        self._left = min(self._rate.burst, self._left + gained)
        self._seen_s = now_s


class Buckets:
    """A bucket for each of at most `limit` keys; the one that was asked for longest ago goes."""

    def __init__(self, rate: Rate, limit: int = 10_000) -> None:
        self._rate = rate
        self._limit = limit
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def of(self, key: Hashable, now_s: float) -> Bucket:
        """That key's; a full one where it is not known."""
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = Bucket(self._rate, now_s)
            if len(self._buckets) > self._limit:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return found
