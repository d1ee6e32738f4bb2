"""A market that moves by itself: its trades, its candles and its clock agree."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_day import Bar, OwnPace, WallPace, bars_of, list_past, read_bars, replay, walk, wander
from tests.standin.binance_exchange import SpotExchange

START = 1_790_000_040_000
TICK = Decimal("0.01")
FIRST = Decimal(43_000)


def shapes(rows: list[list[object]]) -> list[tuple[object, ...]]:
    """Open time and prices."""
    return [tuple(row[:5]) for row in rows]


def test_a_replayed_bar_becomes_the_same_candle_at_its_time() -> None:
    bars = [Bar(*map(Decimal, row)) for row in (("10", "12", "9", "11", "8"), ("11", "11", "7", "8", "4"))]

    async def run() -> BinanceStandIn:
        pace = OwnPace(START + 1)
        binance = BinanceStandIn(SpotExchange(clock=pace.now))
        await replay(binance, bars, pace, interval="1m")
        return binance

    binance = asyncio.run(run())
    rows = list(binance.klines.values())
    assert shapes(rows) == [(START + 60_000, "10", "12", "9", "11"), (START + 120_000, "11", "11", "7", "8")]
    assert [Decimal(row[5]) for row in rows] == [8, 4]
    tape = binance.exchange.market("BTCUSDT").tape
    assert [trade.ts - START - 60_000 for trade in tape][:5] == [0, 18_000, 36_000, 54_000, 60_000]


@given(st.integers(0, 2**32))
def test_a_walk_is_the_same_for_the_same_seed_in_ticks_and_stays_near(seed: int) -> None:
    prices = list(islice(walk(seed, FIRST, TICK), 500))
    assert prices == list(islice(walk(seed, FIRST, TICK), 500))
    assert all(price % TICK == 0 and FIRST / 2 < price < FIRST * 2 for price in prices)


def test_a_walk_crosses_its_own_averages_often() -> None:
    closes = [bar.close for bar in bars_of(walk(7, FIRST, TICK), 600)]
    above = [sum(closes[at - 3 : at]) * 8 > sum(closes[at - 8 : at]) * 3 for at in range(8, len(closes))]
    assert sum(before != after for before, after in pairwise(above)) > 60


def test_a_wandering_market_goes_on_where_its_past_ends() -> None:
    async def run() -> BinanceStandIn:
        pace, prices = OwnPace(START + 30_000), walk(7, FIRST, TICK)
        binance = BinanceStandIn(SpotExchange(clock=pace.now))
        list_past(binance, bars_of(prices, 50), pace.now(), interval="1m")
        assert (min(binance.klines), max(binance.klines)) == (START - 50 * 60_000, START - 60_000)
        await wander(binance, islice(prices, 400), pace, every_ms=250)
        return binance

    binance = asyncio.run(run())
    assert list(binance.klines) == [START + minute * 60_000 for minute in range(-50, 3)]
    assert binance.last == binance.klines[START + 120_000][4]


def test_in_real_time_a_candle_of_a_second_takes_a_second_of_the_clock() -> None:
    async def run() -> None:
        pace, binance = WallPace(), BinanceStandIn()
        began = pace.now()
        await replay(binance, [Bar(FIRST, FIRST, FIRST, FIRST, Decimal(1))], pace, interval="1s")
        (opens,) = binance.candles.of("BTCUSDT", "1s")
        assert began < opens <= began + 1_000
        assert opens + 900 <= pace.now()
        assert opens % 1_000 == 0

    asyncio.run(run())


def test_bars_are_read_from_a_file_and_rounded_to_ticks(tmp_path: Path) -> None:
    file = tmp_path / "bars.csv"
    file.write_text("timestamp,open,high,low,close,volume\n1,0.0984,0.09947660,0.09828605,0.09947001,1820.5\n")
    assert read_bars(file, Decimal("0.000001")) == [
        Bar(*map(Decimal, ("0.098400", "0.099477", "0.098286", "0.099470", "1820.5")))
    ]
