"""The buttons: what they show, when they are off and why, and what became of a press."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts

NOW = 1_000_000


def picture(state: str | None, *, connected: bool = True, mode: str = "paper") -> dict[str, Any]:
    known = {"status": None if state is None else {"state": state, "mode": mode}}
    return {"bots": [{"bot_id": "b", "connected": connected}], "selected": "b", "per": {"b": known}}


def view(scripts: Scripts, state: str, asked: Any = None, *, connection: str = "connected", **bot: Any) -> Any:
    asked = asked or scripts.call("controls.start")
    return scripts.call("controls.view", picture(state, **bot), connection, asked)


def pressed(scripts: Scripts, command: str) -> Any:
    made = {"id": "c", "command": command, "bot_id": "b", "args": {}}
    return scripts.call("controls.begin", scripts.call("controls.start"), made, NOW)


def settle(scripts: Scripts, asked: Any, state: str, *outcomes: Any, at: int = NOW, expired: Any = ()) -> Any:
    return scripts.call("controls.settle", asked, list(outcomes), list(expired), picture(state), at)


@pytest.mark.parametrize(
    ("state", "start", "stop"),
    [("stopped", True, False), ("running", False, True), ("halted", True, False), ("error", True, False)],
)
def test_one_of_start_and_stop_is_offered(scripts: Scripts, state: str, start: bool, stop: bool) -> None:
    seen = view(scripts, state)
    assert (seen["start"]["isShown"], seen["stop"]["isShown"]) == (start, stop)
    assert not seen["start" if start else "stop"]["off"]


def test_a_press_waits_for_the_bots_own_word(scripts: Scripts) -> None:
    asked = pressed(scripts, "start_bot")
    assert view(scripts, "stopped", asked)["start"] == {"text": "Starting…", "off": True, "isShown": True, "why": ""}
    agreed = settle(scripts, asked, "stopped", {"id": "c", "ok": True})["asked"]
    assert view(scripts, "stopped", agreed)["start"]["text"] == "Starting…"
    done = settle(scripts, agreed, "running")["asked"]
    assert done["acts"] == []


def test_while_it_starts_it_can_be_stopped(scripts: Scripts) -> None:
    seen = view(scripts, "stopped", pressed(scripts, "start_bot"))
    assert seen["stop"]["isShown"] and not seen["stop"]["off"]


def test_a_refusal_says_why(scripts: Scripts) -> None:
    asked = pressed(scripts, "start_bot")
    settled = settle(scripts, asked, "stopped", {"id": "c", "ok": False, "error": "The market is closed."})
    assert [one["text"] for one in settled["refused"]] == ["Start refused: The market is closed."]
    assert view(scripts, "stopped", settled["asked"])["note"] == "Start refused: The market is closed."


def test_no_answer_is_said_and_not_guessed(scripts: Scripts) -> None:
    settled = settle(scripts, pressed(scripts, "stop_bot"), "running", expired=[{"id": "c"}])
    assert settled["refused"][0]["text"].startswith("Stop: no answer. It may have happened")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"connection": "reconnecting"}, "Off: no line to the relay."),
        ({"connection": "connecting"}, "Connecting to the relay."),
        ({"connected": False}, "Off: the bot is not connected to the relay."),
    ],
)
def test_buttons_that_are_off_say_why(scripts: Scripts, options: dict[str, Any], why: str) -> None:
    seen = view(scripts, "running", **options)
    assert all(seen[name]["off"] for name in ("start", "stop", "test"))
    assert seen["note"] == why


def test_no_test_trade_with_real_money(scripts: Scripts) -> None:
    assert view(scripts, "running", mode="live")["test"]["off"]
    assert not view(scripts, "running", mode="simulated")["test"]["off"]
