"""What a chart and a trade's detail ask for: of our bot, of somebody else's, of one that is away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.support import messages
from tests.support.foreign_bot import Command, ForeignBot
from tests.support.listener import Listener
from tests.support.modes import both_modes
from tests.support.relay import Relay
from tests.support.waiting import eventually

MINUTE = 60_000
MIDNIGHT = 1_700_006_400_000
Listen = Callable[..., Listener]

LINE = {
    "name": "EMA 9",
    "pane": "price",
    "range": None,
    "points": [[MIDNIGHT, "43250.1"], [MIDNIGHT + MINUTE, "43251"]],
}
ORDER = {
    "id": "order-1",
    "client_order_id": "abc",
    "exchange_order_id": "4711",
    "side": "buy",
    "type": "market",
    "amount": "0.01",
    "price": None,
    "reason": "a rule",
    "life": [{"ts": 5, "state": "filled", "text": "0.01 filled at 43000."}],
}


def telling(**answers: Any) -> Callable[[Command], dict[str, Any]]:
    """A bot's answers by the name of the question; everything else it does not know, as a bot of before questions."""

    def answer(command: Command) -> dict[str, Any]:
        if command["name"] in answers:
            return {"ok": True, "data": answers[command["name"]]}
        return {"ok": False, "error": f"{command['name']} is not a command of the bot."}

    return answer


def streamed(bot: ForeignBot, first: int, last: int) -> None:
    for number in range(first, last):
        bot.call("candle_update", messages.candle(MIDNIGHT + number * MINUTE, str(40_000 + number)))


@both_modes
def test_candles_of_a_timeframe_are_the_bots_word(relay: Relay, bot: ForeignBot, listen: Listen) -> None:
    told = [messages.candle(MIDNIGHT + number * 5 * MINUTE, timeframe="5m") for number in range(3)]
    bot.answer = telling(get_candles={"candles": told[::-1]})
    assert relay.get("/api/v1/candles?timeframe=5m&limit=3") == (200, {"candles": told})
    assert listen(relay.url).command("get_candles", args={"timeframe": "5m", "limit": 3})["data"] == {"candles": told}
    assert [(one["name"], one["args"]) for one in bot.commands][:1] == [
        ("get_candles", {"timeframe": "5m", "limit": 3})
    ]
    relay.get("/api/v1/candles?limit=3")
    assert {one["args"]["timeframe"] for one in bot.commands} == {"5m"}


def test_ten_pages_that_ask_at_once_are_one_question(relay: Relay, bot: ForeignBot) -> None:
    go = threading.Event()
    told = {"candles": [messages.candle(MIDNIGHT)]}

    def slow(_command: Command) -> dict[str, Any]:
        go.wait(4)
        return {"ok": True, "data": told}

    bot.answer = slow
    answers: list[Any] = []
    asking = [
        threading.Thread(target=lambda: answers.append(relay.get("/api/v1/candles?timeframe=1m"))) for _ in range(10)
    ]
    for thread in asking:
        thread.start()
    eventually(lambda: bot.commands)
    go.set()
    for thread in asking:
        thread.join(10)
    assert answers == [(200, told)] * 10
    assert len(bot.commands) == 1


def test_a_bot_that_knows_no_questions_has_the_candles_that_it_streamed(relay: Relay, bot: ForeignBot) -> None:
    bot.answer = telling()
    streamed(bot, 3, 17)
    code, body = relay.get("/api/v1/candles?timeframe=5m")
    assert code == 200
    assert [
        (one["ts"] - MIDNIGHT, one["open"], one["close"], one["volume"], one["closed"]) for one in body["candles"]
    ] == [
        (5 * MINUTE, "40005", "40009", "7.5", True),
        (10 * MINUTE, "40010", "40014", "7.5", True),
        (15 * MINUTE, "40015", "40016", "3.0", False),
    ]
    assert len(relay.get("/api/v1/candles?timeframe=1m&limit=5")[1]["candles"]) == 5
    assert relay.get("/api/v1/candles?timeframe=1d") == (200, {"candles": []})


def test_an_answer_that_is_none_is_no_chart(relay: Relay, bot: ForeignBot) -> None:
    bot.answer = telling(get_candles={"candles": [{"ts": 5}]}, get_indicators={"lines": 7}, get_order={})
    streamed(bot, 0, 2)
    bot.call("trade_executed", messages.trade(1))
    assert len(relay.get("/api/v1/candles?timeframe=1m")[1]["candles"]) == 2
    assert relay.get("/api/v1/indicators") == (200, {"timeframe": "1m", "lines": []})
    assert relay.get("/api/v1/trades/t-00001")[1]["order_error"] == "Bot bot-1 gave no readable answer."


def test_the_strategys_lines_are_the_bots_word(relay: Relay, bot: ForeignBot) -> None:
    bot.answer = telling(get_indicators={"timeframe": "1m", "lines": [LINE], "more": "is left out"})
    assert relay.get("/api/v1/indicators?limit=2") == (200, {"timeframe": "1m", "lines": [LINE]})
    assert bot.commands[0]["args"] == {"limit": 2}


def test_a_trade_has_its_order_with_its_life(relay: Relay, bot: ForeignBot) -> None:
    bot.answer = telling(get_order={"order": ORDER})
    bot.call("trade_executed", messages.trade(1))
    (trade,) = relay.get("/api/v1/trades")[1]["trades"]
    assert relay.get("/api/v1/trades/t-00001") == (200, {"trade": trade, "order": ORDER, "order_error": None})
    assert bot.commands[0]["args"] == {"order_id": "order-1"}


def test_a_trade_without_its_order_says_why(relay: Relay, bot: ForeignBot) -> None:
    bot.call("trade_executed", messages.trade(1))
    bot.answer = telling(get_order={"order": None})
    body = relay.get("/api/v1/trades/t-00001?bot_id=bot-1")[1]
    assert (body["trade"]["id"], body["order"]) == ("t-00001", None)
    assert body["order_error"] == "Bot bot-1 has no order order-1 in its journal."
    bot.answer = telling()
    bot.call("trade_executed", messages.trade(2))
    assert relay.get("/api/v1/trades/t-00002")[1]["order_error"] == "get_order is not a command of the bot."


def test_a_bot_that_is_away_has_its_trades_and_its_candles(relay: Relay, bot: ForeignBot) -> None:
    streamed(bot, 0, 3)
    bot.call("trade_executed", messages.trade(1, id="odd/id?"))
    bot.end()
    eventually(lambda: not relay.get("/api/v1/bots")[1]["bots"][0]["connected"])
    assert len(relay.get("/api/v1/candles?timeframe=1m")[1]["candles"]) == 3
    body = relay.get("/api/v1/trades/odd%2Fid%3F")[1]
    assert body["trade"]["id"] == "odd/id?"
    assert body["order_error"] == "Bot bot-1 is away: ask again when it is back."


def test_what_cannot_be_shown_is_said_in_one_sentence(relay: Relay, bot: ForeignBot) -> None:
    nobody = "There is no bot nobody; known are: bot-1."
    for path, code, sentence in (
        ("candles?timeframe=7x", 400, "args.timeframe: must be one of 1m, 5m, 15m, 1h, 1d, got '7x'."),
        ("candles?timeframe=1m&limit=0", 400, "args.limit: must be a whole number from 1, got 0."),
        ("candles?timeframe=1m&bot_id=nobody", 404, nobody),
        ("indicators?limit=many", 400, "limit: must be a whole number from 1, got 'many'."),
        ("indicators?bot_id=nobody", 404, nobody),
        ("equity?limit=-1", 400, "limit: must be a whole number from 1, got '-1'."),
        ("equity?bot_id=nobody", 404, nobody),
        ("trades/nothing", 404, "There is no trade nothing."),
        ("trades/t-00001?bot_id=nobody", 404, nobody),
    ):
        assert relay.get(f"/api/v1/{path}") == (code, {"error": sentence}), path
    assert bot.commands == []


def test_a_trade_is_found_whichever_bot_made_it(
    relay: Relay, bot: ForeignBot, start_bot: Callable[..., ForeignBot]
) -> None:
    second = start_bot(relay.url, "bot-2").come_up()
    second.call("trade_executed", messages.trade(1))
    assert relay.get("/api/v1/trades/t-00001")[1]["trade"]["bot_id"] == "bot-2"
    assert relay.get("/api/v1/trades/t-00001?bot_id=bot-1")[0] == 404


def test_the_bots_have_their_equity_and_what_today_brought(relay: Relay, bot: ForeignBot) -> None:
    bot.call("heartbeat", messages.heartbeat(equity="10000.12"))
    for number in range(4):
        bot.call("trade_executed", messages.trade(number))
    bot.call("trade_executed", messages.trade(5, ts=5, pnl="99"))
    assert relay.get("/api/v1/equity")[1]["equity"][0][1] == "10000.12"
    (listed,) = relay.get("/api/v1/bots")[1]["bots"]
    assert (listed["equity"], listed["today_pnl"]) == ("10000.12", "2.50")
    relay.kill()
    relay.restart()
    (listed,) = relay.get("/api/v1/bots")[1]["bots"]
    assert listed["today_pnl"] == "2.50"


@both_modes
def test_our_own_bot_tells_all_of_it(start_product: Callable[..., Relay]) -> None:
    product = start_product(env={"TAPEDECK_EXCHANGE_CONFIG": '{"speed": 30}'})
    trades = eventually(lambda: product.get("/api/v1/trades")[1].get("trades"), 60)
    for timeframe, minutes, count in (("1m", 1, 200), ("5m", 5, 100), ("15m", 15, 100), ("1h", 60, 20)):
        code, body = product.get(f"/api/v1/candles?timeframe={timeframe}&limit={count}")
        times = [candle["ts"] for candle in body["candles"]]
        assert (code, len(times)) == (200, count)
        assert times == list(range(times[0], times[-1] + 1, minutes * MINUTE))
        assert {candle["closed"] for candle in body["candles"][:-1]} == {True}
    lines = product.get("/api/v1/indicators")[1]
    assert (lines["timeframe"], [line["name"] for line in lines["lines"]]) == ("1m", ["EMA 9", "EMA 21"])
    assert len(lines["lines"][1]["points"]) > 400
    detail = product.get(f"/api/v1/trades/{trades[-1]['id']}")[1]
    assert (detail["trade"], detail["order_error"]) == (trades[-1], None)
    assert detail["order"]["reason"] == trades[-1]["reason"]
    assert [moment["state"] for moment in detail["order"]["life"]] == ["decided", "sent", "filled"]
