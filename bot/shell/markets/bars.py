"""Bars in whole steps of price and amount, and how a bar is cut into shorter ones and at last into ticks.

A long bar comes first and its parts are derived from it, so a year of bars costs no ticks; and because all parts are
whole steps, what is put together again is the bar to the last digit: `join(split(bar)) == bar`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, expm1, sqrt
from random import Random

PART_LENGTHS_MS = (86_400_000, 3_600_000, 600_000, 60_000, 10_000, 1_000)
FEWEST_PARTS = 3
FEWEST_TICKS = 4
WIDTH = 0.5
"""A walk's deviation over a bar, as a part of the bar's height."""
REACH = 0.4
"""How far a part goes beyond its ends: the same part of a height, for a part of that length."""
STEP_SPREAD = 0.3
MOST_STRETCH = 4.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the market: prices in steps of price, volume in steps of amount, times in ms UTC."""

    ts: int
    length_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int


@dataclass(frozen=True, slots=True)
class Tick:
    """One trade: price and amount in steps; `is_buy` when the taker bought, so at the ask."""

    ts: int
    price: int
    amount: int
    is_buy: bool


def join(bars: Sequence[Bar]) -> Bar:
    """The one bar that neighbouring bars make, oldest first."""
    return Bar(
        ts=bars[0].ts,
        length_ms=sum(bar.length_ms for bar in bars),
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum(bar.volume for bar in bars),
    )


def join_ticks(ts: int, length_ms: int, ticks: Sequence[Tick]) -> Bar:
    """The bar that ticks make, oldest first."""
    prices = [tick.price for tick in ticks]
    volume = sum(tick.amount for tick in ticks)
    return Bar(ts, length_ms, prices[0], max(prices), min(prices), prices[-1], volume)


def part_length_ms(length_ms: int, leaf_ms: int) -> int | None:
    """How long the parts of a bar are; None for one that is not cut but gives ticks."""
    for part_ms in PART_LENGTHS_MS:
        if part_ms >= leaf_ms and length_ms % part_ms == 0 and length_ms // part_ms >= FEWEST_PARTS:
            return part_ms
    return None


def split(bar: Bar, part_ms: int, seed: int) -> list[Bar]:
    """The bar in parts of `part_ms`; the same for the same seed. They join to the bar exactly.

    The parts meet well inside the bar; the one that gets highest has the bar's high, the lowest its low.
    """
    random = Random(seed)
    count = bar.length_ms // part_ms
    reach = REACH * (bar.high - bar.low) / sqrt(count)
    prices = _walk(bar, count, random, margin=reach / 2)
    volumes = _shares(bar.volume, count, random)
    ends = list(pairwise(prices))
    tops, bottoms = [max(pair) for pair in ends], [min(pair) for pair in ends]
    highs = [top + _overshoot(bar.high - top, reach, random) for top in tops]
    lows = [bottom - _overshoot(bottom - bar.low, reach, random) for bottom in bottoms]
    highs[tops.index(max(tops))], lows[bottoms.index(min(bottoms))] = bar.high, bar.low
    return [
        Bar(bar.ts + index * part_ms, part_ms, first, highs[index], lows[index], last, volumes[index])
        for index, (first, last) in enumerate(ends)
    ]


def _overshoot(room: int, reach: float, random: Random) -> int:
    """How far a part goes beyond its ends: about `reach`, and never all of the room that there is."""
    return int(room * -expm1(-random.expovariate(1) * reach / room)) if room else 0


def ticks(bar: Bar, count: int, seed: int) -> list[Tick]:
    """The bar as `count` ticks (at least four), spread over its length; they join to the bar exactly."""
    random = Random(seed)
    count = max(FEWEST_TICKS, count)
    prices = _touching(bar, _walk(bar, count - 1, random))
    times = sorted(random.randrange(bar.length_ms) for _ in range(count))
    sizes = _shares(bar.volume, count, random)
    drawn = []
    for index, price in enumerate(prices):
        move = price - prices[index - 1] if index else bar.close - bar.open
        is_buy = move > 0 or (move == 0 and random.random() < 0.5)
        drawn.append(Tick(bar.ts + times[index], price, sizes[index], is_buy))
    return drawn


def _walk(bar: Bar, steps: int, random: Random, *, margin: float = 0.0) -> list[int]:
    """`steps + 1` prices from open to close, a random walk that turns back `margin` before high and low."""
    low = min(bar.open, bar.close, bar.low + margin)
    high = max(bar.open, bar.close, bar.high - margin)
    inner = [round(_turned_back(at, low, high)) for at in _bridge(bar, steps, random)]
    return [bar.open, *inner, bar.close]


def _turned_back(price: float, low: float, high: float) -> float:
    """The price mirrored at the limits as often as it takes: a cut would leave flat tops."""
    height = high - low
    if height <= 0:
        return low
    beyond = (price - low) % (2 * height)
    return low + min(beyond, 2 * height - beyond)


def _touching(bar: Bar, prices: list[int]) -> list[int]:
    """The prices with the highest and the lowest exactly where they have to be, and what is near them drawn along."""
    between = range(1, len(prices) - 1)
    highest = max(between, key=prices.__getitem__)
    lowest = min((index for index in between if index != highest), key=prices.__getitem__)
    top, bottom = max(bar.open, bar.close), min(bar.open, bar.close)
    up, down = _stretch(prices[highest] - top, bar.high - top), _stretch(bottom - prices[lowest], bottom - bar.low)
    drawn = [
        round(top + (at - top) * up) if at > top else round(bottom - (bottom - at) * down) if at < bottom else at
        for at in prices
    ]
    drawn[highest], drawn[lowest] = bar.high, bar.low
    return drawn


def _stretch(reached: int, wanted: int) -> float:
    """By how much to draw out what lies beyond open and close: up to where it should reach, never beyond."""
    return min(MOST_STRETCH, wanted / reached) if reached > 0 else 1.0


def _bridge(bar: Bar, steps: int, random: Random) -> list[float]:
    """What lies between open and close: a Brownian bridge as wide as the bar, with now and then a larger step."""
    sums = [0.0]
    for _ in range(steps):
        sums.append(sums[-1] + random.gauss(0, 1) * exp(STEP_SPREAD * random.gauss(0, 1)))
    width = WIDTH * (bar.high - bar.low) / sqrt(steps)
    drift = (bar.close - bar.open - width * sums[-1]) / steps
    return [bar.open + drift * index + width * sums[index] for index in range(1, steps)]


def _shares(total: int, count: int, random: Random) -> list[int]:
    """`total` in `count` uneven whole parts."""
    weights = [random.expovariate(1) + 0.05 for _ in range(count)]
    whole, done, shares = sum(weights), 0.0, []
    for weight in weights:
        before = int(total * done / whole)
        done += weight
        shares.append(int(total * min(done, whole) / whole) - before)
    shares[-1] += total - sum(shares)
    return shares
