"""The feed brings what the market has, and tries again for as long as it takes."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Any

from bot.core.messages import FeedEnded, FeedFailed
from bot.shell.feed import Arrived, Feed, FeedItem, MarketOpened, waits
from bot.shell.market import MarketError
from tests.support.trading import ENDED, RULES, ClosedMarket, FakeMarket, SlowToClose, candle, price


def brought(markets: list[FakeMarket], *, last_candle_ts: int | None = None) -> tuple[list[FeedItem], list[float]]:
    """What comes out of the feed when it opens these markets one after the other; the last must end."""
    items: list[FeedItem] = []
    slept: list[float] = []

    async def put(item: FeedItem) -> None:
        items.append(item)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    opened = iter(markets)
    feed = Feed(
        lambda: next(opened), put, last_candle_ts=lambda: last_candle_ts, random=lambda: 0.5, sleep=sleep, history=10
    )
    asyncio.run(asyncio.wait_for(feed.run(), 10))
    return items, slept


def test_rules_and_history_come_first_then_the_stream_then_its_end() -> None:
    market = FakeMarket([price(1), candle(3, 1), ENDED], history=[candle(1, 1), candle(2, 1)])
    items, slept = brought([market])
    assert items == [
        MarketOpened(rules=RULES, history=[candle(1, 1), candle(2, 1)]),
        price(1),
        candle(3, 1),
        FeedEnded(message=str(ENDED)),
    ]
    assert slept == []
    assert market.is_closed


def test_a_market_that_is_away_is_tried_again_with_growing_pauses() -> None:
    items, slept = brought([ClosedMarket(), ClosedMarket(), ClosedMarket(), FakeMarket([ENDED])])
    assert items[:3] == [FeedFailed(message="The exchange does not answer: check the network.")] * 3
    assert slept == [1, 2, 4]


def test_pauses_start_small_again_after_a_price() -> None:
    broken = FakeMarket([price(1), MarketError("The stream broke: it is opened again.")])
    assert brought([ClosedMarket(), ClosedMarket(), broken, FakeMarket([ENDED])])[1] == [1, 2, 1]


def test_an_error_that_no_market_should_raise_is_a_fault_like_others() -> None:
    market: Any = FakeMarket([KeyError("bid")])
    items, _ = brought([market, FakeMarket([ENDED])])
    assert FeedFailed(message="The market failed (KeyError: 'bid').") in items
    assert market.is_closed


def test_a_fault_is_told_without_the_secrets_in_it(secret: str) -> None:
    faults: list[Any] = [MarketError(f"refused {secret}"), ValueError(secret), ENDED]
    items, _ = brought([FakeMarket([fault]) for fault in faults])
    told = [item.message for item in items if isinstance(item, FeedFailed)]
    assert told == ["refused ***", "The market failed (ValueError: ***)."]


def test_a_feed_that_is_ended_while_the_bot_is_busy_has_closed_its_market() -> None:
    market = SlowToClose([price(1)])

    async def scene() -> None:
        waits_for_the_bot = asyncio.Event()

        async def put(item: FeedItem) -> None:
            waits_for_the_bot.set()
            await asyncio.Event().wait()

        feed = Feed(lambda: market, put, last_candle_ts=lambda: None, random=lambda: 0.5)
        task = asyncio.create_task(feed.run())
        await waits_for_the_bot.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert market.is_closed

    asyncio.run(scene())


class FarMarket(FakeMarket):
    """Its prices came over a line, at the moment that stands here."""

    arrived_at: float | None = 7.5


def test_a_price_of_a_line_says_when_it_came() -> None:
    items, slept = brought([ClosedMarket(), FarMarket([price(1), candle(3, 1), ENDED])])
    assert items[2:4] == [Arrived(price=price(1), at=7.5), candle(3, 1)]
    assert slept == [1]


def test_a_market_that_asks_for_rest_gets_it() -> None:
    tired = FakeMarket([MarketError("Too many requests: binance asks for 90 s of rest.", wait_s=90)])
    assert brought([tired, ClosedMarket(), FakeMarket([ENDED])])[1] == [90, 2]


def test_a_replay_is_told_where_to_go_on() -> None:
    market = FakeMarket([ENDED], history=[candle(number, 1) for number in range(5)])
    items, _ = brought([market], last_candle_ts=candle(3, 1).ts)
    assert market.asked_after == [candle(3, 1).ts, None]
    assert isinstance(items[0], MarketOpened)
    assert len(items[0].history) == 5


def test_pauses_are_bounded_and_not_in_step() -> None:
    assert max(islice(waits(lambda: 1.0), 20)) <= 36.1
    assert next(waits(lambda: 0.0)) == 0.8
