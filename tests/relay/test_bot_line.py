"""What a bot sends is checked, kept once, in order, and passed on to everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import socketio.exceptions
from engineio.payload import Payload

from tests.support import messages
from tests.support.foreign_bot import ForeignBot
from tests.support.listener import Listener
from tests.support.modes import both_modes
from tests.support.relay import Relay
from tests.support.waiting import eventually

pytestmark = both_modes


def test_a_thousand_trades_in_one_loop_reach_a_client_once_and_in_order(
    relay: Relay, bot: ForeignBot, listen: Callable[..., Listener]
) -> None:
    client = listen(relay.url)
    bot.trade_in_one_loop(range(1_000))
    bot.wait_for_answers(1_000)
    eventually(lambda: len(client.of("trade")) >= 1_000)
    assert [trade["id"] for trade in client.data("trade")] == [messages.trade_id(n) for n in range(1_000)]
    seqs = [envelope["seq"] for envelope in client.of("trade")]
    assert seqs == list(range(seqs[0], seqs[0] + 1_000))


def test_a_burst_of_a_bot_that_can_only_poll_arrives(
    relay: Relay, start_bot: Callable[..., ForeignBot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Payload, "max_decode_packets", 1_000)  # the Python client's own limit for what it gets
    bot = start_bot(relay.url, transports=["polling"]).connect()
    bot.trade_in_one_loop(range(300))
    bot.wait_for_answers(300)
    kept = relay.get("/api/v1/trades?limit=1000")[1]["trades"]
    assert [trade["id"] for trade in reversed(kept)] == [messages.trade_id(number) for number in range(300)]


def test_repeats_are_acknowledged_and_dropped(relay: Relay, bot: ForeignBot) -> None:
    assert bot.call("trade_executed", messages.trade(1)) == {"ok": True}
    assert bot.call("trade_executed", messages.trade(1)) == {"ok": True}
    assert len(relay.get("/api/v1/trades")[1]["trades"]) == 1


def test_a_bad_message_names_its_field_and_the_line_stays(relay: Relay, bot: ForeignBot) -> None:
    answer = bot.call("trade_executed", messages.trade(1, price="cheap"))
    assert answer["ok"] is False
    assert answer["error"].startswith("trade_executed.price: must be")
    assert bot.call("trade_executed", None)["ok"] is False
    assert bot.call("no_such_event", {})["ok"] is False
    assert bot.call("trade_executed", messages.trade(2, surplus="kept out")) == {"ok": True}
    (kept,) = relay.get("/api/v1/trades")[1]["trades"]
    assert kept["id"] == messages.trade_id(2)
    assert "surplus" not in kept


@pytest.mark.parametrize(
    ("event", "data", "field"),
    [
        ("heartbeat", messages.heartbeat(equity=float("nan")), "heartbeat.equity"),
        ("price_update", messages.price(change_24h_pct=float("inf")), "price_update.change_24h_pct"),
        ("alert", messages.alert(1, message="half \ud800 a character"), "alert"),
        ("half \ud800 a name", {}, "event"),
    ],
)
def test_what_only_python_takes_for_json_is_refused_in_a_sentence_however_often(
    bot: ForeignBot, event: str, data: object, field: str
) -> None:
    for _ in range(150):
        bot.emit(event, data)
    answer = bot.call(event, data)
    assert answer["ok"] is False
    assert answer["error"].startswith(f"{field}: must be")
    assert bot.call("trade_executed", messages.trade(1)) == {"ok": True}, "the line stays"


def test_a_commands_answer_of_pythons_own_json_is_taken(relay: Relay, bot: ForeignBot) -> None:
    bot.answer = lambda command: {"ok": True, "data": {"share": float("nan"), "said": "half \ud800"}}
    assert relay.command("check_strategy", args={}) == (200, {"ok": True, "data": {"share": None, "said": "half ?"}})
    bot.answer = lambda command: {"ok": False, "error": "half \ud800"}
    assert relay.command("start_bot")[1] == {"ok": False, "error": "half ?"}


def test_a_wrong_token_is_refused(relay: Relay, start_bot: Callable[..., ForeignBot]) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        start_bot(relay.url, token="wrong").connect()


def test_a_bot_that_leaves_is_offline_and_is_shown_again_when_it_is_back(
    relay: Relay, bot: ForeignBot, start_bot: Callable[..., ForeignBot], listen: Callable[..., Listener]
) -> None:
    client = listen(relay.url)
    bot.end()
    eventually(lambda: client.state() == "offline", 3)
    assert relay.get("/readyz")[0] == 503
    back = start_bot(relay.url).connect()
    back.call("heartbeat", messages.heartbeat())
    eventually(lambda: client.state() == "running", 3)
    assert relay.get("/readyz")[0] == 200


def test_two_bots_are_kept_apart(relay: Relay, bot: ForeignBot, start_bot: Callable[..., ForeignBot]) -> None:
    other = start_bot(relay.url, "bot-2", name="Second").come_up(state="stopped")
    bot.call("trade_executed", messages.trade(1))
    other.call("trade_executed", messages.trade(1))
    assert len(relay.get("/api/v1/trades?bot_id=bot-2")[1]["trades"]) == 1
    assert relay.get("/api/v1/status?bot_id=bot-2")[1]["state"] == "stopped"
    assert [b["name"] for b in relay.get("/api/v1/bots")[1]["bots"]] == ["bot-1", "Second"]
