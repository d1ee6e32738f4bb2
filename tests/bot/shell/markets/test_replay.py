"""The replay: candles walked the way they went, at any speed, and gone on with where a bot stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.candle_names import symbol_of
from bot.events import Candle, Price
from bot.settings import SettingsError
from bot.shell.market import MarketEnded
from bot.shell.markets.bars import Bar
from bot.shell.markets.candle_csv import read_candles
from bot.shell.markets.replay import ReplayConfig, ReplayMarket, fitting_timeframe, walk
from tests.standin.clock import FakeClock

REAL = Path(__file__).parents[5] / "shared" / "data" / "ETH_BTC-5m.csv"
FIVE_MINUTES_MS = 300_000
START = 1_515_560_400_000


def rising_and_falling(count: int, start: int = START) -> list[Bar]:
    """Candles of 5m around 0.1, each at its own level."""
    bars = []
    for index in range(count):
        level = 10_000_000 + index * 1_000
        opening, close = (level, level + 500) if index % 2 else (level + 500, level)
        bars.append(
            Bar(
                start + index * FIVE_MINUTES_MS,
                FIVE_MINUTES_MS,
                opening,
                level + 900,
                level - 100,
                close,
                10**8 + index,
            )
        )
    return bars


def a_replay(bars: Iterable[Bar], clock: FakeClock | None = None, **options: Any) -> ReplayMarket:
    clock = clock or FakeClock(0)
    return ReplayMarket(list(bars), name="x.csv", symbol="ETH/BTC", clock=clock, sleep=clock.sleep, **options)


async def to_the_end(market: ReplayMarket) -> list[Price | Candle]:
    messages: list[Price | Candle] = []
    try:
        async for message in market.stream():
            messages.append(message)
    except MarketEnded:
        return messages
    raise AssertionError("a replay says when it ends")


def test_the_end_is_one_sentence() -> None:
    async def scenario() -> None:
        await anext(aiter(a_replay(rising_and_falling(4)).stream()))
        market = a_replay(rising_and_falling(4))
        await market.history(10, after_ts=START + 3 * FIVE_MINUTES_MS)
        with pytest.raises(
            MarketEnded, match=r"^x.csv has shown its last candle \(2018-01-10 05:15 UTC\); name another"
        ):
            await anext(aiter(market.stream()))

    asyncio.run(scenario())


def closed(messages: Iterable[Price | Candle]) -> list[Candle]:
    return [message for message in messages if isinstance(message, Candle) and message.closed]


def test_a_green_candle_goes_open_low_high_close_and_a_red_one_open_high_low_close() -> None:
    green = Bar(0, 300, 100, 120, 90, 110, 0)
    red = Bar(0, 300, 110, 120, 90, 100, 0)

    assert [price for _, price in walk(green, 1, 1)] == [100, 90, 120, 110]
    assert [price for _, price in walk(red, 1, 1)] == [110, 120, 90, 100]
    assert [offset for offset, _ in walk(red, 1, 1)] == [0, 100, 200, 299]


@given(st.lists(st.integers(1, 10**10), min_size=4, max_size=4), st.booleans(), st.integers(1, 50), st.integers(0, 8))
def test_a_walk_keeps_inside_its_candle_and_touches_all_four_prices(
    four: list[int], is_green: bool, steps: int, digits: int
) -> None:
    low, one, other, high = (price * 10**digits for price in sorted(four))
    opening, close = (one, other) if is_green else (other, one)

    way = [price for _, price in walk(Bar(0, 60_000, opening, high, low, close, 0), steps, 10**digits)]

    assert (way[0], min(way), max(way), way[-1]) == (opening, low, high, close)
    assert len(way) == 3 * steps + 1
    assert all(price % 10**digits == 0 for price in way)


def test_the_stream_shows_every_candle_once_after_its_prices_and_says_when_it_ends() -> None:
    bars = rising_and_falling(12)

    async def scenario() -> None:
        messages = await to_the_end(a_replay(bars, speed=300))
        assert [candle.ts for candle in closed(messages)] == [bar.ts for bar in bars]
        ended = 0
        for message in messages:
            if isinstance(message, Price):
                assert message.ts >= ended
            elif message.closed:
                ended = message.ts + FIVE_MINUTES_MS
        assert closed(messages)[1].open == Decimal("0.10001")
        assert closed(messages)[1].volume == Decimal("1.00000001")

    asyncio.run(scenario())


@pytest.mark.parametrize("speed", [300.0, 1_000.0, 10_000.0])
def test_it_takes_the_time_that_its_speed_says(speed: float) -> None:
    clock = FakeClock(0)

    asyncio.run(to_the_end(a_replay(rising_and_falling(100), clock, speed=speed)))

    assert clock() == pytest.approx(100 * FIVE_MINUTES_MS / speed, rel=0.02)


def test_a_slow_replay_fills_the_way_between_the_prices() -> None:
    clock = FakeClock(0)

    async def scenario() -> None:
        prices = []
        async for message in a_replay(rising_and_falling(2), clock, speed=1).stream():
            if isinstance(message, Price):
                prices.append(message)
            if clock() > 20_000:
                break
        assert 60 <= len(prices) <= 90
        assert all(later.ts - price.ts <= 300 for price, later in pairwise(prices))

    asyncio.run(scenario())


def test_a_fast_replay_leaves_the_loop_to_others() -> None:
    async def scenario() -> None:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        clock = FakeClock(0)
        task = asyncio.create_task(other())
        messages = 0
        async for _ in a_replay(rising_and_falling(800), clock, speed=10_000).stream():
            clock.now_ms += 100
            messages += 1
            if messages == 2_000:
                break
        task.cancel()
        assert turns >= messages / 60

    asyncio.run(scenario())


def test_a_machine_that_slept_goes_on_and_does_not_rush() -> None:
    clock = FakeClock(0)

    async def scenario() -> None:
        times = []
        async for message in a_replay(rising_and_falling(100), clock, speed=300).stream():
            if isinstance(message, Candle) and message.closed:
                times.append(clock())
                if len(times) == 10:
                    clock.now_ms += 3_600_000
                if len(times) == 20:
                    break
        assert times[-1] - times[10] >= 8_000

    asyncio.run(scenario())


def test_a_fresh_replay_begins_after_a_warm_up_of_100_candles() -> None:
    bars = rising_and_falling(500)

    async def scenario() -> None:
        market = a_replay(bars)
        history = await market.history(500)
        assert [candle.ts for candle in history] == [bar.ts for bar in bars[:100]]
        assert await market.history(10) == history[-10:]
        assert closed(market.play())[0].ts == bars[100].ts

    asyncio.run(scenario())


@settings(max_examples=25)
@given(st.integers(0, 499), st.integers(0, 600))
def test_a_restarted_bot_goes_on_after_the_last_candle_it_saw(last: int, limit: int) -> None:
    bars = rising_and_falling(500)

    async def scenario() -> None:
        market = a_replay(bars)
        assert await market.history(limit, after_ts=bars[last].ts) == []
        known = await market.history(limit)
        assert [candle.ts for candle in known] == [bar.ts for bar in bars[max(0, last + 1 - limit) : last + 1]]
        assert [candle.ts for candle in closed(market.play())] == [bar.ts for bar in bars[last + 1 :]]

    asyncio.run(scenario())


def test_a_short_file_keeps_most_of_itself_for_the_stream() -> None:
    market = a_replay(rising_and_falling(8))

    assert len(asyncio.run(market.history(100))) == 2
    assert len(closed(market.play())) == 6


@given(st.integers(0, 11), st.integers(5, 60))
def test_longer_candles_are_made_of_whole_ones_on_the_grid(first: int, count: int) -> None:
    bars = rising_and_falling(count + first)[first:]
    try:
        market = a_replay(bars, timeframe="15m")
    except SettingsError:
        assert count < 5
        return

    candles = closed(market.play())

    assert all(candle.ts % 900_000 == 0 for candle in candles)
    for candle in candles:
        parts = [bar for bar in bars if candle.ts <= bar.ts < candle.ts + 900_000]
        assert len(parts) == 3
        assert candle.open * 10**8 == parts[0].open
        assert candle.high * 10**8 == max(part.high for part in parts)
        assert candle.low * 10**8 == min(part.low for part in parts)
        assert candle.close * 10**8 == parts[-1].close
        assert candle.volume * 10**8 == sum(part.volume for part in parts)


def test_missing_candles_take_no_time() -> None:
    bars = rising_and_falling(4) + rising_and_falling(4, START + 100 * FIVE_MINUTES_MS)
    clock = FakeClock(0)

    messages = asyncio.run(to_the_end(a_replay(bars, clock, speed=300)))

    assert len(closed(messages)) == 8
    assert clock() == pytest.approx(8_000, rel=0.05)


@pytest.mark.parametrize(
    ("wanted", "shown", "has_notice"),
    [
        (None, "5m", False),
        ("5m", "5m", False),
        ("15m", "15m", False),
        ("1h", "1h", False),
        ("7m", "5m", True),
        ("1m", "5m", True),
    ],
)
def test_the_files_own_length_wins_where_the_wanted_one_does_not_fit(
    wanted: str | None, shown: str, has_notice: bool
) -> None:
    timeframe, notice = fitting_timeframe(wanted, FIVE_MINUTES_MS)

    assert timeframe == shown
    assert (notice is not None) is has_notice


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("ETH_BTC-5m.csv", "ETH/BTC"),
        ("btc-usdt.csv", "BTC/USDT"),
        ("BTC_USDT_1h.csv", "BTC/USDT"),
        ("candles.csv", None),
    ],
)
def test_the_symbol_is_in_the_files_name(name: str, symbol: str | None) -> None:
    assert symbol_of(Path("folder") / name) == symbol


def test_the_config_names_one_file() -> None:
    assert ReplayConfig.read({"file": "a.csv", "speed": 300}) == ReplayConfig(file=Path("a.csv"), speed=300)
    assert (
        ReplayConfig.read({"data": "a.csv"}) == ReplayConfig.read({"path": "a.csv"}) == ReplayConfig(file=Path("a.csv"))
    )
    for bad in ({}, {"file": "a", "path": "b"}, {"file": ""}, {"file": "a", "speed": 100_000}, {"file": "a", "x": 1}):
        with pytest.raises(SettingsError, match="TAPEDECK_EXCHANGE_CONFIG"):
            ReplayConfig.read(bad)


@pytest.mark.skipif(
    not REAL.exists(), reason="needs ../shared/data/ETH_BTC-5m.csv, real candles that are not in the repository"
)
def test_real_candles_play_with_all_their_digits() -> None:
    market = a_replay(read_candles(REAL))

    messages = list(market.play())

    assert len(closed(messages)) == 5_760
    assert isinstance(messages[0], Price)
    assert messages[0].price == Decimal("0.0984")
    assert closed(messages)[1].open == Decimal("0.09946999")
    assert asyncio.run(market.rules()).price_step == Decimal("0.00000001")
    assert isinstance(messages[-2], Price)
    assert messages[-2].change_24h_pct is not None
