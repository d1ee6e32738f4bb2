"""How old what the bot knows of its market is, by the bot's own clock: an exchange's may be hours away from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _News:
    """A price's time, ms by the market's clock, and when it came, in seconds by the bot's."""

    ts: int
    at: float


class FeedAge:
    """Remembers when the newest price came, and the last silence: one longer than `limit_ms`, where there is a limit.

    `monotonic` gives seconds; only their differences count.
    """

    def __init__(self, monotonic: Callable[[], float], *, limit_ms: int | None) -> None:
        self._monotonic, self._limit_ms = monotonic, limit_ms
        self._newest: _News | None = None
        self._silence_ms = 0
        self._fresh_since: float | None = None

    def heard(self, ts: int, arrived_at: float) -> None:
        """A price of the market's time `ts` came at `arrived_at`."""
        silence_ms = 0 if self._newest is None else round((arrived_at - self._newest.at) * 1000)
        if self._limit_ms is not None and silence_ms > self._limit_ms:
            self._silence_ms, self._fresh_since = silence_ms, arrived_at
        self._newest = _News(ts, arrived_at)

    @property
    def ms(self) -> int | None:
        """How long ago the newest price came; None before the first."""
        return None if self._newest is None else round((self._monotonic() - self._newest.at) * 1000)

    def of_candle(self, closed_ts: int) -> int | None:
        """The same for what a candle tells that closed at `closed_ts` by the market's clock.

        One that closed in a silence, and was made up for after it, is as old as that silence was long.
        """
        if self._newest is None:
            return None
        closed_at = self._newest.at - (self._newest.ts - closed_ts) / 1000
        was_silent = self._fresh_since is not None and closed_at < self._fresh_since
        return max(self.ms or 0, self._silence_ms if was_silent else 0)
