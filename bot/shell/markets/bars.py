"""Bars in whole steps of price and amount, and how a bar is cut into shorter ones and at last into ticks.

A long bar comes first and its parts are derived from it, so a year of bars costs no ticks; and because all parts are
whole steps, what is put together again is the bar to the last digit: `join(split(bar)) == bar`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

PART_LENGTHS_MS = (86_400_000, 3_600_000, 600_000, 60_000, 10_000, 1_000)
FEWEST_PARTS = 3
FEWEST_TICKS = 4


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
    """The bar in parts of `part_ms`; the same for the same seed. They join to the bar exactly."""
    random = Random(seed)
    count = bar.length_ms // part_ms
    prices = _walk(bar, count, random)
    volumes = _shares(bar.volume, count, random)
    reach = (bar.high - bar.low) / count
    parts = []
    for index, volume in enumerate(volumes):
        first, last = prices[index], prices[index + 1]
        high = min(bar.high, max(first, last) + int(random.expovariate(1) * reach))
        low = max(bar.low, min(first, last) - int(random.expovariate(1) * reach))
        parts.append(Bar(bar.ts + index * part_ms, part_ms, first, high, low, last, volume))
    return parts


def ticks(bar: Bar, count: int, seed: int) -> list[Tick]:
    """The bar as `count` ticks (at least four), spread over its length; they join to the bar exactly."""
    random = Random(seed)
    count = max(FEWEST_TICKS, count)
    prices = _walk(bar, count - 1, random)
    times = sorted(random.randrange(bar.length_ms) for _ in range(count))
    sizes = _shares(bar.volume, count, random)
    drawn = []
    for index, price in enumerate(prices):
        move = price - prices[index - 1] if index else bar.close - bar.open
        is_buy = move > 0 or (move == 0 and random.random() < 0.5)
        drawn.append(Tick(bar.ts + times[index], price, sizes[index], is_buy))
    return drawn


def _walk(bar: Bar, steps: int, random: Random) -> list[int]:
    """`steps + 1` prices from open to close that touch high and low and never leave them: bridges between the four."""
    early, late = sorted(random.sample(range(1, steps), 2))
    rising = random.random() < (0.3 if bar.close >= bar.open else 0.7)
    extremes = (bar.high, bar.low) if rising else (bar.low, bar.high)
    prices = [bar.open]
    for target, end in ((extremes[0], early), (extremes[1], late), (bar.close, steps)):
        prices += _bridge(prices[-1], target, end - len(prices) + 1, bar, random)
    return prices


def _bridge(start: int, target: int, steps: int, bar: Bar, random: Random) -> list[int]:
    deviation = (bar.high - bar.low) * 0.5 / max(1.0, steps**0.5)
    price, bridge = float(start), []
    for left in range(steps, 1, -1):
        price += (target - price) / left + random.gauss(0, deviation * ((left - 1) / left) ** 0.5)
        price = _kept_inside(price, bar)
        bridge.append(round(price))
    return [*bridge, target]


def _kept_inside(price: float, bar: Bar) -> float:
    """The price, thrown back where it would leave the bar: a clamp alone would stick to the extremes."""
    if price > bar.high:
        price = 2 * bar.high - price
    elif price < bar.low:
        price = 2 * bar.low - price
    return min(bar.high, max(bar.low, price))


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
