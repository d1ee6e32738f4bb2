"""The truth line: never green when stale."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts

NOW = 1_700_000_000_000


def view(
    scripts: Scripts, *, page: int = 0, bot: int = 0, feed: int = 0, connected: bool = True, phase: str = "live"
) -> Any:
    """The truth where the page heard the relay, the bot and the market so many ms ago."""
    line = {
        "phase": phase,
        "everLive": True,
        "heardAt": NOW - page,
        "lostAt": None,
        "retryAt": NOW + 1500,
        "attempt": 3,
    }
    known = {"heard": NOW - bot, "beat": {}, "feed": {"at": NOW - feed, "ageMs": 0}, "price": {"at": NOW - feed}}
    picture = {"bots": [{"bot_id": "b", "connected": connected}], "selected": "b", "per": {"b": known}}
    return scripts.call("connection.view", line, picture, NOW, True)


def levels(truth: Any) -> list[str]:
    return [truth["hops"][name]["level"] for name in ("page", "bot", "market")]


def test_all_fresh(scripts: Scripts) -> None:
    truth = view(scripts, page=12, bot=200, feed=400)
    assert levels(truth) == ["fresh", "fresh", "fresh"]
    assert truth["hops"]["market"]["text"] == "Market 0.4 s"
    assert truth["stale"] == []


@pytest.mark.parametrize(
    ("ages", "expected", "stale"),
    [
        ({"feed": 6_000}, ["fresh", "fresh", "late"], ["market"]),
        ({"feed": 21_000}, ["fresh", "fresh", "stale"], ["market"]),
        ({"bot": 3_000}, ["fresh", "late", "unknown"], ["bot", "market"]),
        ({"bot": 6_000, "feed": 6_000}, ["fresh", "stale", "late"], ["bot", "market"]),
        ({"page": 3_000, "bot": 3_000}, ["late", "late", "unknown"], ["page", "bot", "market"]),
    ],
)
def test_a_late_hop_is_never_green_and_nor_is_what_comes_through_it(
    scripts: Scripts, ages: dict[str, Any], expected: list[str], stale: list[str]
) -> None:
    truth = view(scripts, **ages)
    assert levels(truth) == expected
    assert truth["stale"] == stale


def test_trouble_says_since_when(scripts: Scripts) -> None:
    assert " since " in view(scripts, bot=6_000)["hops"]["bot"]["text"]


def test_a_bot_that_is_not_connected_is_away_at_once(scripts: Scripts) -> None:
    truth = view(scripts, connected=False)
    assert truth["hops"]["bot"]["text"].startswith("Bot away since ")


def test_a_lost_line_says_which_attempt_comes_when(scripts: Scripts) -> None:
    truth = view(scripts, phase="waiting")
    assert truth["connection"] == "reconnecting"
    assert truth["text"] == "Reconnecting, attempt 3, next try in 2 s"


def test_a_price_says_how_old_it_is(scripts: Scripts) -> None:
    assert view(scripts, feed=3_200)["updated"] == "updated 3 s ago"


def test_what_stands_still_is_not_green_at_the_tick_before_three_seconds(scripts: Scripts) -> None:
    limits = scripts.run("return scripts.connection.LIMITS;")
    assert max(limits[name]["late"] for name in ("page", "bot", "market")) + 500 < 3_000


def test_a_bot_this_page_never_heard_is_away_since_the_relay_says_so(scripts: Scripts) -> None:
    line = {"phase": "live", "everLive": True, "heardAt": NOW, "lostAt": None}
    known = {"heard": None, "beat": None, "feed": None, "status": {"state": "offline", "since": NOW - 60_000}}
    picture = {"bots": [{"bot_id": "b", "connected": False}], "selected": "b", "per": {"b": known}}
    hop = scripts.call("connection.hopsOf", line, picture, "b", NOW)["bot"]
    assert hop["level"] == "stale"
    assert hop["text"].startswith("Bot away since ")
