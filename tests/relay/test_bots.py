"""A bot counts as heard or not by what it sent, never by hope."""

from __future__ import annotations

from relay.bots import CLOSED_GRACE, FEED_FRESH_MS, SILENCE_LIMIT, Bots


def test_a_bot_with_heartbeats_is_offline_once_it_is_silent() -> None:
    bots = Bots()
    bots.connected("b", None, "sid", 0.0)
    bot = bots.add("b")
    bot.heard(1.0, 1_000)
    bot.beat(1.0, 10)
    assert not bot.is_silent(1.0 + SILENCE_LIMIT)
    assert bot.is_silent(1.1 + SILENCE_LIMIT)


def test_a_silent_bot_that_is_connected_is_said_to_be_silent() -> None:
    bots = Bots()
    bots.connected("b", None, "sid", 0.0)
    bot = bots.add("b")
    bot.heard(1.0, 1_000)
    bot.beat(1.0, 10)
    assert bot.why_not_ready(11.0) == "Bot b is connected but has been silent for 10.0 s."
    bots.disconnected("sid", 12.0)
    assert bot.why_not_ready(12.1) == "Bot b is not connected."


def test_a_bot_without_heartbeats_is_judged_by_its_last_price() -> None:
    bots = Bots()
    bots.connected("b", None, "sid", 0.0)
    bot = bots.add("b")
    bot.heard(1.0, 1_000)
    bot.priced(1.0)
    assert not bot.is_silent(500.0)
    assert bot.why_not_ready(1.0 + FEED_FRESH_MS / 1000) is None
    assert "feed" in str(bot.why_not_ready(1.1 + FEED_FRESH_MS / 1000))


def test_a_closed_connection_has_a_moment_to_come_back() -> None:
    bots = Bots()
    bots.connected("b", None, "one", 0.0)
    bot = bots.disconnected("one", 5.0)
    assert bot is not None
    assert not bot.is_silent(5.0)
    assert bot.is_silent(5.0 + CLOSED_GRACE)
    bots.connected("b", None, "two", 5.5)
    assert not bot.is_silent(100.0)


def test_the_newest_connection_of_a_bot_counts() -> None:
    bots = Bots()
    assert bots.connected("b", None, "one", 0.0) is None
    assert bots.connected("b", None, "two", 0.1) == "one"
    assert bots.disconnected("one", 0.2) is None
    assert bots.add("b").connected


def test_the_first_is_the_first_that_came_of_those_that_spoke() -> None:
    bots = Bots()
    for number, bot_id in enumerate(("never", "late", "early")):
        bots.connected(bot_id, None, bot_id, float(number))
    first = bots.get(None)
    assert first is not None
    assert first.bot_id == "never", "who else"
    bots.add("early").heard(5.0, 5_000)
    bots.add("late").heard(6.0, 6_000)
    assert [bot.bot_id for bot in bots] == ["late", "early", "never"]
    assert bots.get(None) is bots.add("late")


def test_a_bot_that_comes_later_comes_after_those_whose_place_is_known() -> None:
    bots = Bots()
    bots.add("b", place=7)
    bots.add("a", place=3)
    bots.add("c")
    assert [bot.bot_id for bot in bots] == ["a", "b", "c"]
