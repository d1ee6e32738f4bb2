"""What comes in at `/` is answered, whatever it carries besides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.foreign_bot import ForeignBot
from tests.support.modes import both_modes
from tests.support.relay import API_TOKEN, Relay
from tests.support.socket_line import socket_line

pytestmark = both_modes
AUTH = {"token": API_TOKEN}


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (("command", {"command": "get_bots"}, 1), "command: takes one object, got 2 arguments."),
        (("command",), 'A command must be an object such as {"command": "get_status"}.'),
        (("dance", {}), "dance: is not an event of this namespace; it takes command."),
    ],
)
def test_an_event_that_cannot_be_done_is_acknowledged_in_a_sentence(
    relay: Relay, event: tuple[Any, ...], error: str
) -> None:
    with socket_line(relay.url) as line:
        line.join("/", AUTH)
        assert line.ask_event(*event) == {"ok": False, "error": error}
    assert "Traceback" not in relay.output()


def test_nobody_connects_or_leaves_by_an_event(relay: Relay, bot: ForeignBot) -> None:
    with socket_line(relay.url) as line:
        line.join("/", AUTH)
        for name in ("connect", "disconnect", "connec\\u0074"):
            line.send(f'42["{name}",{{}},{{"token":"x"}}]')
            line.send(f'42/?x=1,["{name}",{{}},{{"token":"x"}}]')
        line.send("42[[1],{}]")
        assert line.ask({"command": "get_bots"})["ok"]
    assert "Traceback" not in relay.output()
