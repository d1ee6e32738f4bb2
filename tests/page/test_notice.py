"""What the bot says of its state stays on the page for as long as that is so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts

NOW = 1_700_000_000_000


def view(scripts: Scripts, state: str, message: str | None = None, *, shown: str | None = None) -> Any:
    status = {"state": state, "message": message, "since": NOW - 60_000}
    controls = {"state": shown or state, "mode": "paper", "bot": "b", "resume": {"isShown": state == "halted"}}
    return scripts.call("notice.view", status, controls, NOW)


def test_a_message_is_told_with_its_state(scripts: Scripts) -> None:
    seen = view(scripts, "stopped", "Balances differ by 0.1 BTC.")
    assert (seen["level"], seen["head"], seen["text"]) == ("info", "Stopped", "Balances differ by 0.1 BTC.")


@pytest.mark.parametrize("state", ["running", "stopped", "starting", "stopping"])
def test_an_ordinary_state_without_a_message_says_nothing(scripts: Scripts, state: str) -> None:
    assert view(scripts, state) is None


@pytest.mark.parametrize(("state", "level"), [("halted", "warning"), ("error", "error"), ("offline", "warning")])
def test_a_state_that_needs_a_person_is_told_without_a_message_too(scripts: Scripts, state: str, level: str) -> None:
    seen = view(scripts, state)
    assert seen["level"] == level
    assert (" since " in seen["head"]) == (state != "offline"), "when a bot was last heard is told by the truth line"
    assert seen["text"]


def test_a_halted_bot_offers_resume(scripts: Scripts) -> None:
    assert view(scripts, "halted")["resume"]["isShown"]


def test_what_a_bot_said_before_it_went_away_is_not_told_as_if_it_said_it_now(scripts: Scripts) -> None:
    seen = view(scripts, "running", "Cooling down.", shown="offline")
    assert seen["head"] == "Offline"
    assert "Cooling down" not in seen["text"]
