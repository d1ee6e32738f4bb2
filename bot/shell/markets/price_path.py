"""The simulated market's price as a function of time: the same at every call, at any time, past or to come.

The logarithm of the price is a sum of smooth noises with periods from seconds to days. The faster ones breathe with a
volatility that is itself slow noise, so quiet and busy times cluster. A piecewise linear level gives the regimes: up,
down and range; short swings run through them. Slow noises grow less with their period than a random walk's would: the
price comes back, day after day, to where people know it. The first three quarters of an hour are livelier than the
rest, so that a newcomer sees trades, some won and some lost.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter

_MASK = (1 << 64) - 1
_SECOND_MS = 1_000
_MINUTE_MS = 60_000

MINUTE_VOLATILITY = 0.0003
"""Typical amplitude of the noise with a period of one minute: with the others, about 0.1 % a minute."""
KNEE_MS = 2 * _MINUTE_MS
SLOW_GROWTH = 0.15
REGIME_MS = 24 * _MINUTE_MS
REGIME_STEP = 0.010
SWING_CANDLES = 4.5
SWING_SIZE = 6.0
OPENING = (
    (-16, 0.0), (-2, -0.0008), (0, 0.0), (5, 0.009), (9, -0.002), (12, -0.004), (17, 0.005), (21, -0.005), (25, -0.006),
    (36, 0.013), (41, 0.001), (44, -0.001), (60, 0.0),
)  # fmt: skip
"""Candles after the first start, and the price there as a part above: a dip and a turn, then three runs up and down."""
_MOODS = ((-60, 1.0), (-24, 0.1), (47, 0.1), (70, 1.0))
"""How much of regime and swing there is at so many candles after the first start."""
_FAST, _SLOW = 9, 21
_WARM_UP = 120
_MARGIN = 0.00004
_LARGEST_RISE = 0.002
_TRIES = 200


def mixed(seed: int, channel: int, index: int) -> int:
    """64 well-mixed bits (splitmix64's finisher) for one place of one channel of a seed."""
    bits = (seed + channel * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


def uniform(seed: int, channel: int, index: int) -> float:
    """A number from 0 to below 1."""
    return (mixed(seed, channel, index) >> 11) / (1 << 53)


@lru_cache(maxsize=2_000)
def normal(seed: int, channel: int, index: int) -> float:
    """Nearly normal, mean 0 and deviation 1: four 16-bit uniforms added, so it never exceeds 3.5."""
    bits = mixed(seed, channel, index)
    total = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (total / 65536 - 2) * math.sqrt(3)


def smooth_noise(seed: int, channel: int, time_ms: float, period_ms: int) -> float:
    """Noise that is `normal` at each multiple of the period and eases from one to the next."""
    index, rest = divmod(time_ms, period_ms)
    left, right = normal(seed, channel, int(index)), normal(seed, channel, int(index) + 1)
    part = rest / period_ms
    return left + (right - left) * part * part * (3 - 2 * part)


@lru_cache(maxsize=2_000)
def regime_level(seed: int, index: int) -> int:
    """-1, 0 or 1: where a regime starts; from one to the next the market trends, between equals it ranges."""
    return mixed(seed, 3, index) % 3 - 1


@lru_cache(maxsize=2_000)
def swing_level(seed: int, index: int) -> float:
    """Where a swing turns: high and low by turns, each its own height."""
    return (0.3 + uniform(seed, 5, index)) * (1 if index % 2 else -1)


def amplitude(period_ms: float) -> float:
    """How far a noise of this period moves the price, as a part of it: a random walk's up to the knee, then less."""
    walk = MINUTE_VOLATILITY * math.sqrt(min(period_ms, KNEE_MS) / _MINUTE_MS)
    return walk * math.pow(max(1.0, period_ms / KNEE_MS), SLOW_GROWTH)


_PERIODS = [(2 * _SECOND_MS * 3**power, amplitude(2 * _SECOND_MS * 3**power)) for power in range(13)]


@dataclass(frozen=True, slots=True)
class PricePath:
    """One market's price over all time. At `dip_end_ms` ends a dip with the candle that rises by `rise`."""

    seed: int
    candle_ms: int
    start_price: float
    dip_end_ms: int
    rise: float = 0.0

    def price(self, time_ms: float) -> float:
        """The price at a time (ms UTC); `start_price` at the end of the dip."""
        return self.start_price * math.exp(self._log(time_ms) - _level(self))

    def volatility(self, time_ms: float) -> float:
        """How lively the market is at a time; 1 is usual, and it keeps between a fifth and five."""
        slow = smooth_noise(self.seed, 1, time_ms, 120 * _MINUTE_MS)
        fast = smooth_noise(self.seed, 2, time_ms, 15 * _MINUTE_MS)
        return min(5.0, max(0.2, math.exp(0.25 * slow + 0.35 * fast)))

    def _log(self, time_ms: float) -> float:
        fast = slow = 0.0
        for channel, (period, size) in enumerate(_PERIODS, start=10):
            move = size * smooth_noise(self.seed, channel, time_ms, period) if period >= self.candle_ms else 0.0
            fast, slow = (fast + move, slow) if period <= KNEE_MS else (fast, slow + move)
        candles = (time_ms - self.dip_end_ms) / self.candle_ms
        moods = (self._regime(time_ms) + self._swing(time_ms)) * _between(_MOODS, candles)
        return fast * self.volatility(time_ms) + slow + moods + self._opening(candles)

    def _regime(self, time_ms: float) -> float:
        index, rest = divmod(time_ms, REGIME_MS)
        left, right = (regime_level(self.seed, int(index) + side) for side in (0, 1))
        return REGIME_STEP * (left + (right - left) * rest / REGIME_MS)

    def _swing(self, time_ms: float) -> float:
        spacing = SWING_CANDLES * self.candle_ms
        wander = 0.4 * spacing * smooth_noise(self.seed, 4, time_ms, round(9 * spacing))
        index, rest = divmod(time_ms + wander, spacing)
        left, right = swing_level(self.seed, int(index)), swing_level(self.seed, int(index) + 1)
        ease = (1 - math.cos(math.pi * rest / spacing)) / 2
        return SWING_SIZE * amplitude(spacing) * (left + (right - left) * ease)

    def _opening(self, candles: float) -> float:
        rise = self.rise * min(1.0, max(0.0, candles + 1))
        return rise + _between(OPENING, candles) * amplitude(self.candle_ms) / MINUTE_VOLATILITY


@lru_cache(maxsize=256)
def _level(path: PricePath) -> float:
    """The logarithm that stands for the start price."""
    return path._log(path.dip_end_ms)


def _between(points: Sequence[tuple[float, float]], place: float) -> float:
    """The height at a place of the line through the points; beyond them that of the nearest."""
    after = bisect_right(points, place, key=itemgetter(0))
    if after in (0, len(points)):
        return points[max(0, after - 1)][1]
    (start, first), (end, last) = points[after - 1 : after + 1]
    return first + (last - first) * (place - start) / (end - start)


def ema(values: Sequence[float], length: int) -> list[float]:
    """Exponential moving averages, the first at the first value."""
    averages = [values[0]]
    for value in values[1:]:
        averages.append(averages[-1] + (value - averages[-1]) * 2 / (length + 1))
    return averages


def cross_margin(closes: Sequence[float]) -> float:
    """By how much of the price EMA 9 went from below to above EMA 21 on the last candle; negative: it did not."""
    fast, slow = ema(closes, _FAST), ema(closes, _SLOW)
    return min(slow[-2] - fast[-2], fast[-1] - slow[-1]) / closes[-1]


def missing_rise(closes: Sequence[float]) -> float:
    """By how much of the price the last close must be higher for a clear cross on it; infinite where none can be."""
    fast, slow = ema(closes, _FAST), ema(closes, _SLOW)
    if slow[-2] - fast[-2] < _MARGIN * closes[-1]:
        return math.inf
    weight = 2 / (_FAST + 1) - 2 / (_SLOW + 1)
    return max(0.0, (1.5 * _MARGIN * closes[-1] - (fast[-1] - slow[-1])) / weight / closes[-1])


def opening_path(seed: int, *, candle_ms: int, start_price: float, dip_end_ms: int) -> PricePath:
    """The first path of this seed whose candle that closes at `dip_end_ms` is a fresh up-cross of EMA 9 over EMA 21.

    A newcomer shall see the default strategy trade at once. The path has a dip there; of the paths that a seed gives,
    the first is taken where a small rise of the last candle, or none, completes the cross.
    """
    times = range(dip_end_ms - _WARM_UP * candle_ms, dip_end_ms + 1, candle_ms)
    path = PricePath(seed & _MASK, candle_ms, start_price, dip_end_ms)
    for attempt in range(_TRIES):
        path = PricePath(mixed(seed & _MASK, 0, attempt), candle_ms, start_price, dip_end_ms)
        rise = missing_rise([path.price(time) for time in times])
        if rise <= _LARGEST_RISE:
            return replace(path, rise=rise)
    return path
