"""What the relay asks is answered beside the trading, in time, and by one sentence where it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.events import Candle, to_wire
from bot.questions import Indicators, OrderStory
from bot.shell.journal import JournalError
from bot.shell.market import MarketError
from bot.shell.questions import MOST_AT_ONCE, Questions
from tests.support.trading import candle

STORY = OrderStory(
    id="o-1",
    client_order_id="abc",
    exchange_order_id=None,
    side="buy",
    type="market",
    amount=Decimal("0.1"),
    price=None,
    reason="a rule",
    life=(),
)


class Candles:
    """Gives what the test says, or raises it, or waits for ever."""

    def __init__(self, answer: list[Candle] | Exception | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, int]] = []

    async def last(self, timeframe: str, limit: int) -> list[Candle]:
        self.asked.append((timeframe, limit))
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or []


def no_order(order_id: str) -> OrderStory | None:
    if order_id == "broken":
        raise JournalError("The journal failed: mend it.")
    return STORY if order_id == "o-1" else None


def questions(source: Candles, **options: Any) -> Questions:
    return Questions(source, lambda limit: Indicators(timeframe=f"{limit}m", lines=()), no_order, **options)


def answer(name: str, args: object, source: Candles | None = None) -> dict[str, Any]:
    return asyncio.run(questions(source or Candles([]), within_s=0.05).answer(name, args))


def test_candles_come_oldest_first() -> None:
    source = Candles([candle(0, 40_000), candle(1, 40_001, closed=False)])
    told = answer("get_candles", {"timeframe": "5m", "limit": 2}, source)
    assert told == {"ok": True, "data": {"candles": [to_wire(one) for one in source.answer]}}  # type: ignore[union-attr]
    assert source.asked == [("5m", 2)]


def test_lines_and_orders_are_answered_at_once() -> None:
    assert answer("get_indicators", {"limit": 7}) == {"ok": True, "data": {"timeframe": "7m", "lines": []}}
    assert answer("get_indicators", None)["data"]["timeframe"] == "500m"
    assert answer("get_order", {"order_id": "o-1"}) == {"ok": True, "data": {"order": to_wire(STORY)}}
    assert answer("get_order", {"order_id": "o-2"}) == {"ok": True, "data": {"order": None}}


@pytest.mark.parametrize(
    ("name", "args", "sentence"),
    [
        ("get_candles", {"timeframe": "7x"}, "get_candles.timeframe: must be a timeframe such as 1m, 5m, 1h or 1d."),
        ("get_candles", {"timeframe": "1m", "limit": 0}, "get_candles.limit: must be a whole number from 1 to 1000."),
        ("get_candles", {"timeframe": "1m", "limit": "9"}, "get_candles.limit: must be a whole number from 1 to 1000."),
        ("get_candles", {}, "get_candles.timeframe: must be a timeframe such as 1m, 5m, 1h or 1d."),
        ("get_indicators", {"limit": 1001}, "get_indicators.limit: must be a whole number from 1 to 1000."),
        ("get_order", {"order_id": ""}, "get_order.order_id: must be the id of an order."),
        ("get_order", [], "get_order.args: must be an object."),
        ("get_order", {"order_id": "broken"}, "The journal failed: mend it."),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(name: str, args: object, sentence: str) -> None:
    assert answer(name, args) == {"ok": False, "error": sentence}


def test_a_market_that_does_not_answer_is_not_waited_for() -> None:
    assert answer("get_candles", {"timeframe": "1m"}, Candles()) == {
        "ok": False,
        "error": "The market did not answer within 0 s: ask again later.",
    }
    fault = Candles(MarketError("The exchange is away: check the network."))
    assert answer("get_candles", {"timeframe": "1m"}, fault)["error"] == "The exchange is away: check the network."


def test_a_mistake_of_ours_is_told_and_breaks_nothing(secret: str) -> None:
    told = answer("get_candles", {"timeframe": "1m"}, Candles(ZeroDivisionError(secret)))
    assert told == {"ok": False, "error": "The bot could not answer (ZeroDivisionError): see its log."}
    hidden = answer("get_candles", {"timeframe": "1m"}, Candles(MarketError(f"refused {secret}")))
    assert hidden["error"] == "refused ***"


async def commanded(command_id: object, name: object, args: object) -> dict[str, Any]:
    return {"ok": True, "data": {"command": [command_id, name, args]}}


def test_a_command_goes_its_own_way_while_a_question_waits() -> None:
    async def scene() -> None:
        handle = questions(Candles()).before(commanded)
        waiting = asyncio.ensure_future(handle("q", "get_candles", {"timeframe": "1m"}))
        await asyncio.sleep(0)
        assert await handle("k", "stop_bot", {"a": 1}) == {"ok": True, "data": {"command": ["k", "stop_bot", {"a": 1}]}}
        assert (await handle("q", ["odd"], None))["data"]["command"][1] == ["odd"]
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(scene())


def test_only_so_many_are_answered_at_once() -> None:
    async def scene() -> None:
        asked = questions(Candles(), within_s=0.2)
        ask: Callable[[], Awaitable[dict[str, Any]]] = lambda: asked.answer("get_candles", {"timeframe": "1m"})  # noqa: E731
        many = [asyncio.ensure_future(ask()) for _ in range(MOST_AT_ONCE)]
        await asyncio.sleep(0)
        assert (await ask())["error"] == "The bot is asked too much at once: ask again in a moment."
        assert {one["error"][:26] for one in await asyncio.gather(*many)} == {"The market did not answer "}
        assert (await asked.answer("get_indicators", {}))["ok"] is True

    asyncio.run(scene())
