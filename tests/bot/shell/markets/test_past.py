"""The past of a made-up market in candles of any length: what its own candles say, asked for while it streams."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.core.aggregation import aggregated, from_a_start
from bot.events import Candle
from bot.shell.market import MarketError
from bot.shell.markets.bars import Bar
from bot.shell.markets.past import WITHIN_S, PastBars
from tests.bot.shell.markets.test_replay import START, a_replay, rising_and_falling, to_the_end
from tests.bot.shell.markets.test_simulated import ORIGIN, a_market, closed, prices, streamed
from tests.standin.clock import FakeClock

MINUTE = 60_000
DAY = 86_400_000


def minutes(first_ts: int, end_ts: int) -> list[Bar]:
    return [
        Bar(ts, MINUTE, ts // MINUTE, ts // MINUTE, ts // MINUTE, ts // MINUTE, 1)
        for ts in range(first_ts, end_ts, MINUTE)
    ]


class Asked:
    """Bars of a minute, the times at which they were asked for, and a clock that each of them takes time of."""

    def __init__(self, bar_s: float = 0.0, **options: int) -> None:
        self.now, self.bar_s = 0.0, bar_s
        self.looked_at: list[int] = []
        self.turns = 0
        self.past = PastBars(self.stretch, length_ms=MINUTE, monotonic=lambda: self.now, sleep=self.sleep, **options)

    def stretch(self, first_ts: int, end_ts: int) -> list[Bar]:
        bars = minutes(first_ts, end_ts)
        self.looked_at += [bar.ts for bar in bars]
        self.now += self.bar_s * len(bars)
        return bars

    async def sleep(self, seconds: float) -> None:
        assert seconds == 0
        self.turns += 1

    def last(self, timeframe: str, limit: int, before_ts: int) -> list[tuple[Bar, bool]]:
        return asyncio.run(self.past.last(timeframe, limit, before_ts=before_ts))


def test_the_last_one_is_as_far_as_its_parts_have_closed() -> None:
    found = Asked().last("5m", 2, before_ts=100 * DAY + 7 * MINUTE)
    assert [(bar.ts - 100 * DAY, bar.length_ms, bar.volume, is_closed) for bar, is_closed in found] == [
        (0, 5 * MINUTE, 5, True),
        (5 * MINUTE, 5 * MINUTE, 2, False),
    ]


def test_what_can_change_no_more_is_made_once() -> None:
    asked = Asked()
    asked.last("1h", 10, before_ts=100 * DAY + MINUTE)
    looked = len(asked.looked_at)
    asked.last("1h", 10, before_ts=100 * DAY + 2 * MINUTE)
    assert looked == 9 * 60 + 1
    assert len(asked.looked_at) == looked + 2


def test_the_loop_gets_its_turn_after_a_few_bars() -> None:
    asked = Asked()
    asked.last("1d", 1, before_ts=100 * DAY)
    assert asked.turns >= 1_440 / 20


def test_one_question_takes_so_long_and_the_next_goes_on_there() -> None:
    asked = Asked(bar_s=WITHIN_S / 1_440 / 1.5)
    counts = [len(asked.last("1d", 30, before_ts=100 * DAY)) for _ in range(3)]
    assert counts == [2, 4, 6]


def test_it_ends_where_the_market_begins() -> None:
    asked = Asked(earliest_ts=100 * DAY + 3 * MINUTE)
    found = asked.last("5m", 10, before_ts=100 * DAY + 15 * MINUTE)
    assert [bar.ts - 100 * DAY for bar, _ in found] == [5 * MINUTE, 10 * MINUTE]


def test_a_timeframe_that_the_bars_do_not_make_is_refused() -> None:
    with pytest.raises(MarketError, match="has candles of 1m, which make no candles of 30s"):
        Asked().last("30s", 1, before_ts=DAY)


def assert_joined(longer: Sequence[Candle], own: Sequence[Candle], timeframe: str) -> None:
    """The longer candles are what the own ones make, wherever those are known."""
    expected = {candle.ts: candle for candle in aggregated(from_a_start(own, timeframe), timeframe)}
    assert {candle.ts: candle for candle in longer if candle.ts in expected} == expected
    assert len(longer) >= len(expected) > 1


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "1h"])
def test_the_simulated_market_tells_what_it_streams(timeframe: str) -> None:
    async def scene() -> None:
        clock = FakeClock(ORIGIN)
        market = a_market(clock, seed=3, speed=60)
        history = await market.history(200)
        before = await market.past(timeframe, 10)
        seen = closed(await streamed(market, 5))
        assert_joined(await market.past(timeframe, 400), [*history, *seen], timeframe)
        assert {candle.ts for candle in before} <= {candle.ts for candle in await market.past(timeframe, 400)}

    asyncio.run(scene())


def test_asking_for_the_past_leaves_the_stream_as_it_is() -> None:
    async def seen(*, asks: bool) -> list[int]:
        clock = FakeClock(ORIGIN)
        market = a_market(clock)
        await market.history(10)
        await clock.sleep(130)
        if asks:
            await market.past("5m", 50)
        return [candle.ts for candle in closed(await streamed(market, 4))]

    assert asyncio.run(seen(asks=True)) == asyncio.run(seen(asks=False))


def test_a_replay_tells_its_file_up_to_where_it_is() -> None:
    async def scene() -> None:
        bars = rising_and_falling(100)
        market = a_replay(bars, timeframe="15m", speed=10_000)
        assert await market.past("5m", 10) == []
        history = await market.history(500)
        place = history[-1].ts + 15 * MINUTE
        five = await market.past("5m", 500)
        assert [candle.ts for candle in five] == [bar.ts for bar in bars if bar.ts < place]
        assert aggregated(five, "15m")[-len(history) :] == history
        assert (await market.past("15m", 500))[-len(history) :] == history
        await to_the_end(market)
        assert (await market.past("5m", 500))[-1].ts == START + 98 * 5 * MINUTE

    asyncio.run(scene())


@pytest.mark.parametrize(("own", "speed"), [("5m", 1), ("1h", 60), ("3m", 10), ("2m", 1)])
def test_shorter_candles_of_the_simulated_market_are_what_its_prices_made(own: str, speed: float) -> None:
    async def scene() -> None:
        clock = FakeClock(ORIGIN)
        market = a_market(clock, timeframe=own, speed=speed)
        await market.history(1)
        messages = await streamed(market, 2)
        whole = closed(messages)[1]
        minutes = [candle for candle in await market.past("1m", 1_000) if candle.ts >= whole.ts]
        assert aggregated(minutes, own) == [whole]
        for minute in minutes:
            seen = [one.price for one in prices(messages) if minute.ts <= one.ts < minute.ts + MINUTE]
            assert seen[:1] + seen[-1:] + [max(seen), min(seen)] == [minute.open, minute.close, minute.high, minute.low]

    asyncio.run(scene())


def test_minutes_that_no_price_was_drawn_from_are_not_made_up() -> None:
    async def scene() -> None:
        market = a_market(FakeClock(ORIGIN), timeframe="1h", speed=5_000)
        with pytest.raises(MarketError, match="has candles of 1h, which make no candles of 1m"):
            await market.past("1m", 10)

    asyncio.run(scene())
