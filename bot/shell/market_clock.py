"""Whether a market's times say how old its news are."""

from __future__ import annotations

from collections import deque

DAY_MS = 86_400_000
LEAP_MS = 1_000
LEAPS, LEAPS_WITHIN_S = 5, 60.0
CANDLES_APART = 3
LEAST_APART_MS = 60_000


class MarketClock:
    """Looks on while prices and candles come.

    On an exchange both are dated by one clock, which goes as fast as the bot's. One that plays its past back dates
    candles by then and prices by now, or lets hours pass in minutes: how old its news are is told by when they come.
    """

    def __init__(self) -> None:
        self._newest_ts: int | None = None
        self._newest_at = 0.0
        self._ahead_ms: float | None = None
        self._leapt_at: deque[float] = deque(maxlen=LEAPS)
        self._candles_apart = 0

    @property
    def tells_age(self) -> bool:
        """False where market time runs away from the bot's, or candles and prices are not dated by one clock."""
        return not self._is_fast and self._candles_apart < CANDLES_APART

    @property
    def _is_fast(self) -> bool:
        return len(self._leapt_at) == LEAPS and self._newest_at - self._leapt_at[0] < LEAPS_WITHIN_S

    def price(self, ts: int, arrived_at: float) -> None:
        """A price of the market's time `ts` came at `arrived_at`, in seconds of the bot's clock.

        Delays keep a price behind; one that is ahead of all before it is a leap. The first after a quiet hour may leap
        too, so it takes some.
        """
        ahead_ms = ts - arrived_at * 1000
        if self._ahead_ms is None or self._newest_ts is None or ts < self._newest_ts:  # the market's clock was set back
            self._ahead_ms = ahead_ms
        elif ahead_ms > self._ahead_ms + LEAP_MS:
            self._leapt_at.append(arrived_at)
        self._ahead_ms = max(ahead_ms, self._ahead_ms)
        self._newest_ts, self._newest_at = ts, arrived_at

    def candle(self, ts: int, length_ms: int) -> None:
        """A candle that opened at `ts` closed; the newest price should be of its time, or shortly after."""
        if self._newest_ts is None:
            return
        apart_ms = apart(self._newest_ts, ts, length_ms)
        if apart_ms <= max(length_ms, LEAST_APART_MS):
            self._candles_apart = 0
        else:
            self._candles_apart += 1 if apart_ms <= DAY_MS else CANDLES_APART


def apart(price_ts: int, candle_ts: int, length_ms: int) -> int:
    """How far, in ms, a price's time is outside of a candle's; 0 within it."""
    return max(candle_ts - price_ts, price_ts - (candle_ts + length_ms), 0)


def is_of_another_clock(price_ts: int, candle_ts: int, length_ms: int) -> bool:
    """Whether the two are so far apart that no delay explains it."""
    return apart(price_ts, candle_ts, length_ms) > DAY_MS
