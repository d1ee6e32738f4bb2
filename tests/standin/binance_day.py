"""A market that moves by itself: candles of a file, or a seeded walk, as trades and candles of a stand-in.

Time is a `Pace`: the wall clock, in which a candle of one second takes one second, or an own time that jumps to each
trade as soon as the one before is through. Trades and candles always agree: a candle is made of its trades.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple, Protocol

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_account import wall_clock_ms
from tests.standin.binance_candles import INTERVAL_MS

TRADES_A_CANDLE = 4
LATEST_PART = Decimal("0.9")
"""The last trade of a candle comes when so much of it is over."""
RUN_LENGTH = 20
"""A walk keeps its direction for so many trades on average, so that averages of a few candles cross often."""
RUN_STEP = 0.0003
NOISE = 0.0004
PULL = 0.002
"""How much of its distance to the first price a walk loses with each trade."""


class Bar(NamedTuple):
    """A candle of the past, without its time; prices in quote, volume in base."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    def path(self) -> tuple[Decimal, ...]:
        """Four prices in an order that the candle allows: the far end first, then the end that the close is nearer."""
        rises = self.close >= self.open
        return (self.open, self.low, self.high, self.close) if rises else (self.open, self.high, self.low, self.close)


class Pace(Protocol):
    """Whose time it is."""

    def now(self) -> int: ...

    async def until(self, ts: int) -> None: ...


class WallPace:
    """Real time."""

    def now(self) -> int:
        return wall_clock_ms()

    async def until(self, ts: int) -> None:
        """Waits; not at all for what is past."""
        await asyncio.sleep(max(ts - wall_clock_ms(), 0) / 1000)


class OwnPace:
    """Time that jumps. Give it to the exchange too: `SpotExchange(clock=pace.now)`."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now(self) -> int:
        return self._now_ms

    async def until(self, ts: int) -> None:
        """It is `ts` now; everybody else has their turn."""
        self._now_ms = max(ts, self._now_ms)
        await asyncio.sleep(0)


def read_bars(file: Path, tick: Decimal) -> list[Bar]:
    """The bars of a CSV file with the columns open, high, low, close, volume; prices are rounded to ticks."""
    with file.open(newline="") as lines:
        return [_bar(row, tick) for row in csv.DictReader(lines)]


def walk(seed: int, first: Decimal, tick: Decimal) -> Iterator[Decimal]:
    """Prices without end: runs up and down with noise, never far from the first one. The same for the same seed."""
    random, distance, direction = Random(seed), 0.0, 1
    while True:
        direction = -direction if random.random() < 1 / RUN_LENGTH else direction
        distance += direction * RUN_STEP + random.gauss(0, NOISE) - PULL * distance
        yield max(_rounded(first * Decimal(1 + distance), tick), tick)


async def replay(binance: BinanceStandIn, bars: Sequence[Bar], pace: Pace, *, interval: str = "1m") -> None:
    """Each bar becomes a candle of `interval`, four trades long, from the next whole one on."""
    width = INTERVAL_MS[interval]
    starts = pace.now() - pace.now() % width + width
    for number, bar in enumerate(bars):
        quantity = _quantity(binance, bar.volume / TRADES_A_CANDLE)
        for part, price in enumerate(bar.path()):
            ts = starts + number * width + int(width * LATEST_PART) * part // (TRADES_A_CANDLE - 1)
            await pace.until(ts)
            await binance.tick(format(price, "f"), ts, quantity, (interval,))


async def wander(
    binance: BinanceStandIn,
    prices: Iterable[Decimal],
    pace: Pace,
    *,
    intervals: tuple[str, ...] = ("1m",),
    every_ms: int = 200,
    quantity: str = "0.5",
) -> None:
    """A trade at each of `prices`, one every `every_ms`; without end where they have none."""
    for price in prices:
        ts = pace.now()
        await binance.tick(format(price, "f"), ts, quantity, intervals)
        await pace.until(ts + every_ms)


def bars_of(prices: Iterator[Decimal], count: int, volume: Decimal = Decimal(2)) -> list[Bar]:
    """So many bars of the next `prices`."""
    parts = [list(islice(prices, TRADES_A_CANDLE)) for _ in range(count)]
    return [Bar(part[0], max(part), min(part), part[-1], volume) for part in parts]


def list_past(binance: BinanceStandIn, bars: Sequence[Bar], before_ms: int, *, interval: str) -> None:
    """The bars as closed candles, the last one over just before `before_ms`; its close is the last price."""
    width = INTERVAL_MS[interval]
    opens = before_ms - before_ms % width - len(bars) * width
    for number, bar in enumerate(bars):
        prices = (str(bar.open), str(bar.high), str(bar.low), str(bar.close))
        binance.list_kline(opens + number * width, prices, str(bar.volume), interval)
        binance.last = format(bar.close, "f")


def _bar(row: dict[str, str], tick: Decimal) -> Bar:
    opening, high, low, close = (_rounded(Decimal(row[name]), tick) for name in ("open", "high", "low", "close"))
    return Bar(opening, high, low, close, Decimal(row["volume"]))


def _rounded(price: Decimal, tick: Decimal) -> Decimal:
    return (price / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick


def _quantity(binance: BinanceStandIn, volume: Decimal) -> str:
    step = binance.exchange.market(binance.symbol).rules.step_size
    return format(max(volume // step * step, step), "f")
