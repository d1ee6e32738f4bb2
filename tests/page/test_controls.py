"""The buttons: what they show, when they are off and why, and what became of a press."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts
from tests.support.balances import differing, live

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


@pytest.mark.parametrize(("state", "offered"), [("stopped", ["start"]), ("running", ["stop"])])
def test_one_of_start_and_stop_is_offered(scripts: Scripts, state: str, offered: list[str]) -> None:
    seen = view(scripts, state)
    assert [name for name in ("start", "stop") if seen[name]["isShown"]] == offered
    assert not seen[offered[0]]["off"]


def test_a_bot_in_error_can_be_stopped_for_it_may_go_on_by_itself(scripts: Scripts) -> None:
    seen = view(scripts, "error")
    assert [(seen[name]["isShown"], seen[name]["off"]) for name in ("start", "stop")] == [(True, False)] * 2
    assert not seen["test"]["isShown"], "on the narrowest phone there is no room for three"


def test_that_a_bot_in_error_was_stopped_is_said_for_its_state_does_not_tell(scripts: Scripts) -> None:
    settled = settle(scripts, pressed(scripts, "stop_bot"), "error", {"id": "c", "ok": True})
    assert (settled["asked"]["acts"], settled["refused"]) == ([], [])
    assert view(scripts, "error", settled["asked"])["note"].startswith("Stopped: the bot opens nothing new")


def test_a_halted_bot_cannot_be_started_and_says_what_to_do(scripts: Scripts) -> None:
    seen = view(scripts, "halted")
    assert (seen["start"]["isShown"], seen["start"]["off"], seen["resume"]["isShown"]) == (True, True, True)
    assert seen["start"]["why"] == seen["note"] == "Start is off: the bot is halted. Resume it first."


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


FRESH = {"level": "fresh", "since": None}
LATE = {"level": "late", "since": NOW}
STALE = {"level": "stale", "since": NOW}


@pytest.mark.parametrize(
    ("hops", "off", "why"),
    [
        ({"page": STALE}, ["start", "stop", "test", "close", "halt"], "Off: the relay has been silent since "),
        ({"bot": STALE}, ["start", "stop", "test", "close", "halt"], "Off: the bot has been silent since "),
        ({"page": LATE}, ["start", "test", "close"], "Off: the relay has been silent since "),
        ({"bot": LATE}, ["start", "test", "close"], "Off: the bot has been silent since "),
        ({"market": LATE}, ["test"], "Test trade is off: no new price since "),
    ],
)
def test_buttons_that_need_a_silent_hop_are_off_and_say_since_when(
    scripts: Scripts, hops: dict[str, Any], off: list[str], why: str
) -> None:
    held = picture("running")
    held["per"]["b"]["status"]["position"] = {"amount": "1"}
    every = {"page": FRESH, "bot": FRESH, "market": FRESH, **hops}
    seen = scripts.call("controls.view", held, "connected", scripts.call("controls.start"), every)
    assert [name for name in ("start", "stop", "test", "close", "halt") if seen[name]["off"]] == off
    assert seen["note"].startswith(why)
    assert seen["note"].endswith("Stop and halt are sent all the same.") == (
        LATE in (hops.get("page"), hops.get("bot"))
    )


DIFFERS = differing(live(), quote=-500).account.difference
"""What a live bot says while the exchange's figures and its own differ."""


@pytest.mark.parametrize(
    ("status", "is_shown"),
    [
        ({"state": "running", "mode": "live", "message": DIFFERS}, True),
        ({"state": "stopped", "mode": "live", "message": DIFFERS}, True),
        ({"state": "running", "mode": "live", "message": "Daily loss of 2 % reached."}, False),
        ({"state": "running", "mode": "live", "message": None}, False),
        ({"state": "running", "mode": "paper", "message": DIFFERS}, False),
        ({"state": "offline", "mode": "live", "message": DIFFERS}, False),
    ],
)
def test_a_difference_that_stands_can_be_settled_by_resume(
    scripts: Scripts, status: dict[str, Any], is_shown: bool
) -> None:
    held = picture("running")
    held["per"]["b"]["status"] = status
    seen = scripts.call("controls.view", held, "connected", scripts.call("controls.start"))
    assert seen["resume"]["isShown"] == is_shown
    assert not seen["resume"]["off"]


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [("halt", "running", "halted"), ("resume", "halted", "running")],
)
def test_halt_and_resume_settle_on_the_bots_own_word(scripts: Scripts, command: str, before: str, after: str) -> None:
    agreed = settle(scripts, pressed(scripts, command), before, {"id": "c", "ok": True})["asked"]
    assert view(scripts, before, agreed)[command]["off"]
    assert settle(scripts, agreed, after)["asked"]["acts"] == []


def test_a_position_is_closed_when_the_bot_holds_none(scripts: Scripts) -> None:
    held = picture("running")
    held["per"]["b"]["status"]["position"] = {"amount": "1"}
    outcome = {"id": "c", "ok": True}
    asked = scripts.call("controls.settle", pressed(scripts, "close_position"), [outcome], [], held, NOW)["asked"]
    assert len(asked["acts"]) == 1
    assert settle(scripts, asked, "running")["asked"]["acts"] == []


def test_a_refusal_is_said_of_its_own_bot_alone(scripts: Scripts) -> None:
    refused = settle(scripts, pressed(scripts, "stop_bot"), "running", {"id": "c", "ok": False, "error": "No."})
    other = {**picture("running"), "selected": "d"}
    other["bots"] = [*other["bots"], {"bot_id": "d", "connected": True}]
    assert scripts.call("controls.view", other, "connected", refused["asked"])["note"] == ""


def test_a_word_about_a_button_is_no_refusal(scripts: Scripts) -> None:
    asked = scripts.call("controls.hint", scripts.call("controls.start"), "b", "Hold for 1 second.", NOW)
    seen = view(scripts, "stopped", asked)
    assert (seen["note"], seen["isRefusal"]) == ("Hold for 1 second.", False)
