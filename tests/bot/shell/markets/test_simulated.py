"""The simulated market: what streams is what history says, and a newcomer, a restart and a nap all find it in order."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import Candle, Price
from bot.settings import SettingsError
from bot.shell.markets.simulated import SimulatedConfig, SimulatedMarket
from bot.shell.markets.timeframe import timeframe_ms
from tests.standin.clock import FakeClock

ORIGIN = 1_790_000_000_000


def a_market(clock: FakeClock, *, symbol: str = "BTC/USDT", timeframe: str = "1m", **config: Any) -> SimulatedMarket:
    return SimulatedMarket(
        SimulatedConfig.read(config),
        symbol=symbol,
        timeframe=timeframe,
        origin_ms=ORIGIN,
        clock=clock,
        sleep=clock.sleep,
    )


async def streamed(market: SimulatedMarket, until_closed: int) -> list[Price | Candle]:
    """What the stream gives up to and including so many closed candles."""
    messages: list[Price | Candle] = []
    stream = market.stream()
    async for message in stream:
        messages.append(message)
        until_closed -= isinstance(message, Candle) and message.closed
        if until_closed == 0:
            break
    await stream.aclose()  # type: ignore[attr-defined]
    return messages


def closed(messages: list[Price | Candle]) -> list[Candle]:
    return [message for message in messages if isinstance(message, Candle) and message.closed]


def prices(messages: list[Price | Candle]) -> list[Price]:
    return [message for message in messages if isinstance(message, Price)]


def shape(candle: Candle) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return candle.open, candle.high, candle.low, candle.close


@pytest.mark.parametrize("timeframe", ["1s", "7s", "1m", "3m", "5m"])
def test_a_candle_is_made_of_its_ticks_and_history_agrees(timeframe: str) -> None:
    clock = FakeClock(ORIGIN // timeframe_ms(timeframe) * timeframe_ms(timeframe))

    async def scenario() -> None:
        messages = await streamed(a_market(clock, timeframe=timeframe), 2)
        first, second = closed(messages)
        for candle in (first, second):
            own = [tick.price for tick in prices(messages) if 0 <= tick.ts - candle.ts < timeframe_ms(timeframe)]
            assert shape(candle) == (own[0], max(own), min(own), own[-1])
        assert await a_market(clock, timeframe=timeframe).history(2) == [first, second]

    asyncio.run(scenario())


def test_a_candle_closes_before_the_first_price_of_the_next() -> None:
    async def scenario() -> None:
        ended = 0
        for message in await streamed(a_market(FakeClock(ORIGIN)), 3):
            if isinstance(message, Candle) and message.closed:
                ended = message.ts + 60_000
            assert not isinstance(message, Price) or message.ts >= ended

    asyncio.run(scenario())


def test_a_forming_candle_shows_about_once_a_second_and_only_grows() -> None:
    async def scenario() -> None:
        messages = await streamed(a_market(FakeClock(ORIGIN // 60_000 * 60_000)), 1)
        forming = [message for message in messages if isinstance(message, Candle) and not message.closed]
        assert 45 <= len(forming) <= 61
        for candle, later in pairwise([*forming, *closed(messages)]):
            assert later.high >= candle.high
            assert later.low <= candle.low
            assert later.volume >= candle.volume
            assert later.open == candle.open

    asyncio.run(scenario())


def test_5_to_20_ticks_a_second_come_in_order_with_a_spread_and_never_early() -> None:
    clock = FakeClock(ORIGIN)

    async def scenario() -> None:
        ticks: list[Price] = []
        async for message in a_market(clock).stream():
            if isinstance(message, Price):
                ticks.append(message)
                assert 0 <= clock() - message.ts < 100
                assert message.bid is not None and message.ask is not None
                assert message.bid < message.ask
                assert message.price in (message.bid, message.ask)
                assert message.change_24h_pct is not None
                assert message.price == message.price.quantize(Decimal("0.01"))
            if len(ticks) == 2_000:
                break
        a_second = Counter(tick.ts // 1000 for tick in ticks[30:-30])
        assert all(4 <= count <= 21 for count in list(a_second.values())[1:-1])
        assert len(set(a_second.values())) > 3
        assert all(later.ts >= tick.ts for tick, later in pairwise(ticks))

    asyncio.run(scenario())


def test_a_restarted_bot_finds_the_same_market() -> None:
    async def scenario() -> None:
        first = await streamed(a_market(FakeClock(ORIGIN)), 4)
        again = await streamed(a_market(FakeClock(ORIGIN + 70_000)), 2)
        assert again[-1] in first
        assert set(prices(again)) <= set(prices(first))

    asyncio.run(scenario())


def test_a_candle_that_closes_between_history_and_stream_is_not_lost() -> None:
    clock = FakeClock(ORIGIN)

    async def scenario() -> None:
        market = a_market(clock)
        history = await market.history(3)
        clock.now_ms += 150_000
        messages = await streamed(market, 3)
        assert [candle.ts - history[-1].ts for candle in closed(messages)] == [60_000, 120_000, 180_000]
        assert all(tick.ts >= ORIGIN + 150_000 for tick in prices(messages))

    asyncio.run(scenario())


def test_after_a_nap_of_the_machine_only_candles_are_caught_up() -> None:
    clock = FakeClock(ORIGIN)

    async def scenario() -> None:
        seen: list[Price | Candle] = []
        async for message in a_market(clock).stream():
            seen.append(message)
            if len(seen) == 50:
                clock.now_ms += 8 * 3_600_000
            if isinstance(message, Price) and message.ts > ORIGIN + 3_600_000:
                break
        late = seen[50:]
        assert len(closed(late)) == 480
        assert all(later.ts - candle.ts == 60_000 for candle, later in pairwise(closed(late)))
        assert prices(late)[-1].ts > clock() - 6_000

    asyncio.run(scenario())


def test_history_ends_before_now_and_begins_after_the_last_known() -> None:
    async def scenario() -> None:
        market = a_market(FakeClock(ORIGIN))
        whole = await market.history(500)
        assert len(whole) == 500
        assert all(later.ts - candle.ts == 60_000 and later.open == candle.close for candle, later in pairwise(whole))
        assert whole[-1].ts == ORIGIN // 60_000 * 60_000 - 60_000
        assert await market.history(500, after_ts=whole[-3].ts) == whole[-2:]
        assert await market.history(500, after_ts=whole[-1].ts) == []
        assert await market.history(0) == []

    asyncio.run(scenario())


@settings(max_examples=30, deadline=None)
@given(phase=st.integers(0, 59_999), start_up_ms=st.integers(0, 10_000))
def test_a_first_start_at_any_moment_meets_the_cross_within_seconds(phase: int, start_up_ms: int) -> None:
    """The cross is on the last closed candle that the bot finds, or on the one that closes within 15 seconds."""
    origin = ORIGIN // 60_000 * 60_000 + phase
    clock = FakeClock(origin + start_up_ms)
    market = SimulatedMarket(SimulatedConfig(), symbol="BTC/USDT", timeframe="1m", origin_ms=origin, clock=clock)

    last = asyncio.run(market.history(1))[0]
    end_of_cross = next(ts for ts in range(last.ts, last.ts + 180_000, 60_000) if market.bar(ts).close == 4_300_000)

    assert end_of_cross == last.ts or end_of_cross + 60_000 - clock() <= 15_000


@pytest.mark.parametrize(("speed", "busiest"), [(1, 25), (10, 25), (60, 25), (600, 80)])
def test_a_fast_market_does_not_flood(speed: float, busiest: int) -> None:
    clock = FakeClock(ORIGIN)

    async def scenario() -> None:
        begun, count = clock(), 0
        async for _ in a_market(clock, speed=speed).stream():
            count += 1
            if clock() - begun >= 10_000:
                break
        assert count / 10 <= busiest

    asyncio.run(scenario())


def test_even_a_market_that_is_late_lets_the_other_tasks_run() -> None:
    clock = FakeClock(ORIGIN)

    async def scenario() -> None:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        count = 0
        async for _ in a_market(clock, speed=10_000).stream():
            count += 1
            clock.now_ms += 50
            if count == 2_000:
                break
        task.cancel()
        assert turns >= 20

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("symbol", "price_step", "amount_step", "min_cost"),
    [
        ("BTC/USDT", "0.01", "0.00001", "5"),
        ("ETH/USDT", "0.01", "0.0001", "5"),
        ("DOGE/USDT", "0.000001", "1", "5"),
        ("ETH/BTC", "0.000001", "0.0001", "0.0005"),
        ("XYZ/USD", "0.001", "0.01", "5"),
    ],
)
def test_any_symbol_has_sensible_rules(symbol: str, price_step: str, amount_step: str, min_cost: str) -> None:
    market = a_market(FakeClock(ORIGIN), symbol=symbol)

    rules = asyncio.run(market.rules())

    assert (rules.price_step, rules.amount_step) == (Decimal(price_step), Decimal(amount_step))
    assert (rules.min_cost, rules.taker_fee_rate) == (Decimal(min_cost), Decimal("0.001"))
    assert (rules.base_currency, rules.quote_currency) == tuple(symbol.split("/"))
    assert len({candle.close for candle in asyncio.run(market.history(50))}) > 25


def test_the_start_price_can_be_set() -> None:
    [last] = asyncio.run(a_market(FakeClock(ORIGIN), start_price="0.0984", symbol="ETH/BTC").history(1))

    assert last.close == Decimal("0.098400")


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"seed": "x"}, "TAPEDECK_EXCHANGE_CONFIG.seed: got 'x'; takes a whole number"),
        ({"speed": 0}, "TAPEDECK_EXCHANGE_CONFIG.speed: got 0; takes a number from 0.1 to 10,000"),
        ({"speed": True}, "TAPEDECK_EXCHANGE_CONFIG.speed: got True; takes a number from 0.1 to 10,000"),
        ({"start_price": -1}, "TAPEDECK_EXCHANGE_CONFIG.start_price: got -1; takes a price above zero"),
        ({"sped": 2}, "TAPEDECK_EXCHANGE_CONFIG.sped: is not known to the simulated market; it takes seed, speed,"),
    ],
)
def test_a_bad_key_of_the_config_is_one_line(config: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        SimulatedConfig.read(config)

    [told] = caught.value.lines
    assert told.startswith(line)


def test_a_timeframe_it_does_not_have_is_refused() -> None:
    with pytest.raises(SettingsError, match="takes 1s to 1d with the simulated market"):
        a_market(FakeClock(ORIGIN), timeframe="1w")
