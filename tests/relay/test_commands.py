"""Commands reach the bot once, whatever is repeated, and their outcome reaches whoever asked and everyone."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pytest
from socketio.exceptions import SocketIOError

from tests.support import messages
from tests.support.credentials import Credentials
from tests.support.foreign_bot import Command, ForeignBot
from tests.support.listener import Listener
from tests.support.modes import both_modes
from tests.support.relay import Relay
from tests.support.socket_line import socket_line
from tests.support.waiting import eventually

pytestmark = both_modes
Listen = Callable[..., Listener]


@pytest.fixture
def client(relay: Relay, bot: ForeignBot, listen: Listen) -> Listener:
    return listen(relay.url)


def test_a_new_client_is_told_status_stats_and_price(client: Listener) -> None:
    eventually(lambda: len(client.heard) >= 3)
    assert [envelope["type"] for envelope in client.heard[:3]] == ["status", "stats", "price"]
    assert client.data("status")[0]["state"] == "running"
    assert client.data("price")[0]["price"] == "43250.10"


def test_the_same_id_gives_the_first_outcome_and_reaches_the_bot_once(client: Listener, bot: ForeignBot) -> None:
    bot.answer = lambda command: {"ok": True, "data": {"count": len(bot.commands)}}
    first = client.command("start_bot", id="k1")
    assert first == {"ok": True, "data": {"count": 1}}
    assert client.command("start_bot", id="k1") == first
    assert client.command("stop_bot", id="k1") == first
    assert [command["name"] for command in bot.commands] == ["start_bot"]
    eventually(lambda: client.data("outcome"))
    assert client.data("outcome") == [{"id": "k1", "command": "start_bot", "ok": True}]


def test_an_outcome_survives_the_relay(relay: Relay, bot: ForeignBot, client: Listener, listen: Listen) -> None:
    bot.answer = lambda command: {"ok": False, "error": "Not today."}
    assert client.command("test_trade", id="k", args={"side": "buy"}) == {"ok": False, "error": "Not today."}
    relay.kill()
    relay.restart()
    assert listen(relay.url).command("test_trade", id="k") == {"ok": False, "error": "Not today."}
    assert len(bot.commands) == 1


NO_OUTCOMES = (
    "CREATE TRIGGER no_outcomes BEFORE INSERT ON tape_events WHEN NEW.type = 'outcome'"
    " BEGIN SELECT RAISE(ABORT, 'not now'); END"
)


def test_an_outcome_is_acknowledged_once_its_event_is_on_the_tape(
    relay: Relay, bot: ForeignBot, client: Listener
) -> None:
    tape = Credentials(relay.data_dir)
    tape.run(NO_OUTCOMES)
    assert "cannot be written down" in client.command("start_bot", id="k")["error"]
    assert client.command("stop_bot", id="s") == {"ok": True, "data": {}}, "nothing keeps a bot from being stopped"
    assert client.command("start_bot", id="k")["ok"] is False
    assert client.data("outcome") == []
    tape.run("DROP TRIGGER no_outcomes")
    eventually(lambda: len(client.data("outcome")) == 2)
    assert client.command("start_bot", id="k") == {"ok": True, "data": {}}
    assert [command["id"] for command in bot.commands] == ["k", "s"]


def test_a_command_under_way_at_a_kill_ends_with_an_event_that_says_so(
    relay: Relay, bot: ForeignBot, client: Listener, listen: Listen
) -> None:
    go = threading.Event()
    bot.answer = lambda command: {"ok": go.wait(20), "data": {}}

    def ask() -> None:
        with pytest.raises(SocketIOError):
            client.command("halt", 3, id="k")

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: bot.commands)
    relay.kill()
    go.set()
    asking.join(20)
    relay.restart()
    answer = listen(relay.url).command("halt", id="k")
    assert "restarted while" in answer["error"]
    events = Credentials(relay.data_dir).texts("SELECT data FROM tape_events WHERE type = 'outcome'")
    assert [json.loads(text) for text in events] == [{"id": "k", "command": "halt", **answer}]
    assert len(bot.commands) == 1


def test_two_at_once_with_one_id_are_one_command(relay: Relay, bot: ForeignBot, listen: Listen) -> None:
    go = threading.Event()

    def slow(command: Command) -> dict[str, object]:
        go.wait(4)
        return {"ok": True, "data": {}}

    bot.answer = slow
    answers: list[object] = []
    clients = [listen(relay.url) for _ in range(2)]
    asking = [threading.Thread(target=lambda c=c: answers.append(c.command("stop_bot", id="same"))) for c in clients]
    for thread in asking:
        thread.start()
    eventually(lambda: bot.commands)
    go.set()
    for thread in asking:
        thread.join(10)
    assert answers == [{"ok": True, "data": {}}] * 2
    assert len(bot.commands) == 1


def test_a_bot_that_is_away_gives_the_error_at_once(client: Listener, bot: ForeignBot) -> None:
    bot.end()
    eventually(lambda: client.state() == "offline", 3)
    began = time.monotonic()
    answer = client.command("start_bot")
    assert answer["ok"] is False
    assert "away" in answer["error"]
    assert time.monotonic() - began < 1


def test_a_bot_that_does_not_answer_gives_the_error_after_five_seconds(client: Listener, bot: ForeignBot) -> None:
    go = threading.Event()

    def never_in_time(command: Command) -> None:
        go.wait(30)

    bot.answer = never_in_time
    began = time.monotonic()
    answer = client.command("start_bot")
    go.set()
    assert answer["ok"] is False
    assert "did not answer within 5 s" in answer["error"]
    assert 4.5 < time.monotonic() - began < 7


def test_a_bot_that_says_nothing_did_not_go_away(client: Listener, bot: ForeignBot) -> None:
    bot.answer = lambda command: None
    assert client.command("start_bot")["error"] == "Bot bot-1 gave no readable answer: look at its status."
    assert client.state() == "running"


def test_reads_are_answered_without_the_bot(client: Listener, bot: ForeignBot) -> None:
    for number in range(3):
        bot.call("trade_executed", messages.trade(number))
    bot.call("candle_update", messages.candle(60_000))
    trades = client.command("get_trades", args={"limit": 2})["data"]["trades"]
    assert [trade["id"] for trade in trades] == ["t-00002", "t-00001"]
    older = client.command("get_trades", args={"before_seq": trades[-1]["seq"]})["data"]["trades"]
    assert [trade["id"] for trade in older] == ["t-00000"]
    assert client.command("get_status")["data"]["state"] == "running"
    assert client.command("get_stats")["data"]["wins"] == 1
    assert client.command("get_candles")["data"]["candles"][0]["ts"] == 60_000
    bots = client.command("get_bots")["data"]["bots"]
    assert [(b["bot_id"], b["connected"], b["state"]) for b in bots] == [("bot-1", True, "running")]
    assert bot.commands == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"command": "dance"}, "dance is not a command"),
        ({"command": "get_trades", "args": {"limit": -1}}, "args.limit: must be a whole number from 1, got -1."),
        ({"command": "get_status", "bot_id": "nobody"}, "There is no bot nobody; known are: bot-1."),
        ({}, "command: is missing."),
        ({"command": "get_status", "id": ""}, "id: must not be empty."),
        ({"command": "get_status", "bot_id": "b" * 201}, "bot_id: must have at most 200 characters."),
        ({"command": 7}, "command: must be a text."),
        ({"command": "get_status", "args": [1]}, "args: must be an object."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(client: Listener, fields: dict[str, object], error: str) -> None:
    answer = client.ask(fields, 5)
    assert answer["ok"] is False
    assert error in answer["error"]


def test_a_broken_tape_stops_no_stop_and_lets_nothing_start(relay: Relay, bot: ForeignBot, client: Listener) -> None:
    Credentials(relay.data_dir).run("ALTER TABLE tape_commands RENAME TO elsewhere")
    refused = client.command("start_bot")
    assert "mend its database" in refused["error"]
    assert client.command("stop_bot") == {"ok": True, "data": {}}
    assert client.command("halt", id="k") == {"ok": True, "data": {}}
    assert [command["name"] for command in bot.commands] == ["stop_bot", "halt"]
    Credentials(relay.data_dir).run("ALTER TABLE elsewhere RENAME TO tape_commands")
    assert client.command("start_bot")["ok"]


def test_what_a_broken_tape_cannot_tell_is_said_in_a_sentence_at_every_door(
    relay: Relay, bot: ForeignBot, client: Listener
) -> None:
    tape = Credentials(relay.data_dir)
    tape.run("ALTER TABLE tape_events RENAME TO elsewhere")
    assert "mend its database" in client.command("get_trades")["error"]
    assert "mend its database" in client.command("get_bots")["error"]
    with socket_line(relay.url) as page:
        page.join("/page")
        assert "mend its database" in page.ask_as_page({"command": "get_trades", "id": "k"})["error"]
    for path in ("trades", "bots", "trades/t-1"):
        code, answer = relay.get(f"/api/v1/{path}")
        assert (code, "mend its database" in answer["error"]) == (503, True), path
    assert relay.command("get_trades")[0] == 503
    assert client.command("get_status")["ok"], "which is known without it"
    tape.run("ALTER TABLE elsewhere RENAME TO tape_events")
    assert client.command("get_trades")["ok"]


def test_a_broken_audit_stops_no_stop_and_no_live_bot_starts_by_it(
    relay: Relay, start_bot: Callable[..., ForeignBot], listen: Listen
) -> None:
    bot, client = start_bot(relay.url).come_up(mode="live"), listen(relay.url)
    Credentials(relay.data_dir).run("DROP TABLE deck_audit")
    for command in ("start_bot", "resume", "close_position"):
        assert "cannot be written down" in client.command(command)["error"]
    for command in ("stop_bot", "halt"):
        assert client.command(command)["ok"]
    assert [command["name"] for command in bot.commands] == ["stop_bot", "halt"]
