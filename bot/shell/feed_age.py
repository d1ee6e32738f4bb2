"""How old what the bot knows of its market is, by the bot's own clock: an exchange's may be hours away from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.shell.market_clock import MarketClock


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
        self._clock = MarketClock()

    def heard(self, ts: int, arrived_at: float) -> None:
        """A price of the market's time `ts` came at `arrived_at`."""
        silence_ms = 0 if self._newest is None else round((arrived_at - self._newest.at) * 1000)
        if self._limit_ms is not None and silence_ms > self._limit_ms:
            self._silence_ms, self._fresh_since = silence_ms, arrived_at
        self._newest = _News(ts, arrived_at)
        self._clock.price(ts, arrived_at)

    @property
    def ms(self) -> int | None:
        """How long ago the newest price came; None before the first."""
        return None if self._newest is None else round((self._monotonic() - self._newest.at) * 1000)

    @property
    def times_tell(self) -> bool:
        """Whether the market's own times say how old its news are (`MarketClock`)."""
        return self._clock.tells_age

    def of_candle(self, ts: int, length_ms: int) -> int | None:
        """The same for what a candle tells that opened at `ts` by the market's clock, and has just closed.

        One that closed in a silence, and was made up for after it, is as old as that silence was long.
        """
        if self._newest is None:
            return None
        self._clock.candle(ts, length_ms)
        return max(self.ms or 0, self._silence_ms if self._closed_in_silence(self._newest, ts + length_ms) else 0)

    def _closed_in_silence(self, newest: _News, closed_ts: int) -> bool:
        """Where times tell nothing, what comes right after a silence is taken for what was missed in it."""
        if self._fresh_since is None:
            return False
        if not self.times_tell:
            return (self._monotonic() - self._fresh_since) * 1000 <= (self._limit_ms or 0)
        return newest.at - (newest.ts - closed_ts) / 1000 < self._fresh_since
