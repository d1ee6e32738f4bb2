"""Clients that begin by polling and upgrade, as python-socketio and the JavaScript client do where nobody says more."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable

import pytest
import websocket

from tests.support import messages
from tests.support.credentials import Credentials
from tests.support.foreign_bot import ForeignBot
from tests.support.modes import both_modes
from tests.support.relay import BOT_TOKEN, Relay
from tests.support.waiting import eventually

pytestmark = both_modes
BY_DEFAULT = ("polling", "websocket")
LONG = {**messages.alert(1, message="x" * 4_000), "padding": "z" * 100_000}
"""`padding` is no field that an event has: it makes the message long, and is left out."""


class JavaScriptBot:
    """Joins `/bot` while it polls, and upgrades then."""

    def __init__(self, relay: Relay) -> None:
        self.address = f"{relay.url}/socket.io/?EIO=4"
        self.address += f"&sid={json.loads(self.poll()[1:])['sid']}"
        self.post(f"40/bot,{json.dumps({'token': BOT_TOKEN, 'bot_id': 'bot-1'})}")
        assert self.poll().startswith("40/bot")
        self.line = self.open_websocket()
        self.line.send("2probe")
        assert self.line.recv() == "3probe"

    def poll(self) -> str:
        with urllib.request.urlopen(f"{self.address}&transport=polling", timeout=10) as answer:
            return str(answer.read().decode())

    def post(self, text: str) -> None:
        urllib.request.urlopen(f"{self.address}&transport=polling", text.encode(), timeout=10).close()

    def open_websocket(self) -> websocket.WebSocket:
        address = f"{self.address}&transport=websocket".replace("http", "ws", 1)
        return websocket.create_connection(address, timeout=10, suppress_origin=True)

    def upgrade(self) -> None:
        self.line.send("5")

    def call(self, event: str, data: object) -> object:
        self.line.send(f"42/bot,7{json.dumps([event, data])}")
        while not (text := str(self.line.recv())).startswith("43/bot,7"):
            assert text
        return json.loads(text.removeprefix("43/bot,7"))[0]


@pytest.fixture
def default_bot(relay: Relay, start_bot: Callable[..., ForeignBot]) -> ForeignBot:
    made = start_bot(relay.url, transports=BY_DEFAULT).connect()
    assert made.client.transport() == "websocket"
    return made


def test_a_long_event_of_a_bot_that_connects_by_default_is_taken(default_bot: ForeignBot) -> None:
    assert default_bot.call("alert", LONG) == {"ok": True}
    assert default_bot.call("status_change", messages.status()) == {"ok": True}


def test_thousands_of_trades_of_such_a_bot_are_taken_as_they_come(relay: Relay, default_bot: ForeignBot) -> None:
    default_bot.wait_for_answers(default_bot.trade_in_one_loop(range(2_000)))
    assert len(relay.get("/api/v1/trades?limit=1000")[1]["trades"]) == 1_000


def test_a_bot_whose_token_ends_is_cut_off_there_too(relay: Relay, default_bot: ForeignBot) -> None:
    Credentials(relay.data_dir).issue_bot_token("bot-1")
    eventually(lambda: not default_bot.client.connected, 3, what="the bot was not cut off")


def test_a_bot_that_joins_by_polling_may_say_as_much_after_it_upgraded(relay: Relay) -> None:
    bot = JavaScriptBot(relay)
    bot.upgrade()
    assert bot.call("alert", LONG) == {"ok": True}
    bot.line.shutdown()


def test_a_second_websocket_of_the_same_client_is_refused(relay: Relay) -> None:
    bot = JavaScriptBot(relay)
    with pytest.raises(websocket.WebSocketBadStatusException, match="400"):
        bot.open_websocket()
    bot.upgrade()
    assert bot.call("heartbeat", messages.heartbeat()) == {"ok": True}
    bot.line.shutdown()
