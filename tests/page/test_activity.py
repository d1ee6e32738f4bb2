"""The activity list: levels, search, copy, folded lines, and nothing said twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

SHOWN = "return [...document.querySelectorAll('#activity-list > li:not([hidden])')].map(li => li.innerText)"
TRACE = 'The strategy failed.\nTraceback (most recent call last):\n  File "x.py", line 3\nZeroDivisionError: zero'


def entry(text: str, ts: int = 0, **changes: Any) -> dict[str, Any]:
    return {"bot_id": "b", "ts": ts, "level": "info", "title": "", "text": text, "isAlert": False, **changes}


def fold(scripts: Scripts, *batches: list[dict[str, Any]], limit: int = 500) -> list[str]:
    body = """
    let entries = [];
    for (const batch of a) entries = scripts.activity_log.fold(entries, batch, b).entries;
    return entries.map((one) => (one.isAlert ? "! " : "") + scripts.activity_log.words(one));
    """
    kept: list[str] = scripts.run(body, list(batches), limit)
    return kept


def test_a_log_that_is_sent_again_is_not_said_again(scripts: Scripts) -> None:
    lines = [entry("one", 1), entry("two", 2)]
    assert fold(scripts, lines, [*lines, entry("three", 3)]) == ["one", "two", "three"]


def test_the_same_line_at_another_time_is_another_line(scripts: Scripts) -> None:
    assert fold(scripts, [entry("one", 1), entry("one", 2)]) == ["one", "one"]


@pytest.mark.parametrize("is_alert_first", [True, False])
def test_of_an_alert_and_a_log_line_that_say_the_same_the_alert_stays(scripts: Scripts, is_alert_first: bool) -> None:
    alert = entry("was refused", 10, title="Order to buy", isAlert=True, level="warning")
    both = [alert, entry("Order to buy: was refused", 900)]
    assert fold(scripts, both if is_alert_first else both[::-1]) == ["! Order to buy: was refused"]


def test_what_the_bot_says_itself_stands_for_the_outcome_of_a_command(scripts: Scripts) -> None:
    done, told = entry("Start: done", 10, done="Start"), entry("Started: the strategy trades.", 900)
    assert fold(scripts, [done, told]) == fold(scripts, [told, done]) == ["Started: the strategy trades."]
    assert fold(scripts, [done, entry("Connected.", 900)]) == ["Start: done", "Connected."]


def test_another_bots_line_is_its_own(scripts: Scripts) -> None:
    assert fold(scripts, [entry("one", 1), entry("one", 1, bot_id="c")]) == ["one", "one"]


def test_it_has_a_limit_and_the_oldest_goes(scripts: Scripts) -> None:
    assert fold(scripts, [entry(str(n), n) for n in range(5)], limit=3) == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("wish", "shown"),
    [
        ({}, ["info", "warning", "error", "critical", "alert"]),
        ({"filter": "alerts"}, ["alert"]),
        ({"filter": "warnings"}, ["warning"]),
        ({"filter": "errors"}, ["error", "critical"]),
        ({"search": "CRIT"}, ["critical"]),
    ],
)
def test_levels_and_search(scripts: Scripts, wish: dict[str, str], shown: list[str]) -> None:
    lines = [entry(level, level=level) for level in ("info", "warning", "error", "critical")]
    lines.append(entry("alert", level="success", isAlert=True))
    wanted = {"filter": "all", "search": "", **wish}
    assert [one["text"] for one in lines if scripts.call("activity_log.matches", one, wanted)] == shown


def test_a_line_to_copy_has_its_time_in_utc_and_its_level(scripts: Scripts) -> None:
    line = scripts.call("activity_log.line", entry("it broke", 1_700_000_000_000, level="error", title="Oh"))
    assert line == "2023-11-14T22:13:20.000Z ERROR Oh: it broke"


def test_a_line_of_one_of_several_bots_says_whose_it_is(scripts: Scripts) -> None:
    said = entry("it broke", 1_700_000_000_000, level="error", title="Oh")
    assert scripts.call("activity.view", said, "grid")["text"] == "grid: Oh: it broke"
    assert scripts.call("activity_log.line", said, "grid") == "2023-11-14T22:13:20.000Z ERROR grid: Oh: it broke"
    assert scripts.call("activity_log.matches", said, {"filter": "all", "search": "grid broke"}, "grid")


def test_a_traceback_is_folded_until_asked_for(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("log", messages.log_line(TRACE, "error"))
    deck.wait_for(lambda: "The strategy failed." in deck.text("activity-list"), what="the line")
    assert "ZeroDivisionError" not in deck.text("activity-list")
    deck.js("document.querySelector('#activity-list .more').click()")
    assert "ZeroDivisionError" in deck.text("activity-list")
    assert deck.js("return document.querySelector('#activity-list .more').getAttribute('aria-expanded')") == "true"


def test_filter_and_search_decide_what_is_shown_and_copied(bot: ForeignBot, deck: DeckPage) -> None:
    for text, level in (("first", "info"), ("second", "warning"), ("third", "warning")):
        bot.call("log", messages.log_line(text, level))
    deck.wait_for(lambda: len(deck.js(SHOWN)) >= 3, what="the lines")
    deck.js("window.copied = []; navigator.clipboard.writeText = async (text) => { copied.push(text); }")
    deck.js("document.querySelector('#activity-filter [data-name=warnings]').click()")
    assert len(deck.js(SHOWN)) == 2
    field = deck.driver.find_element("css selector", "#activity-tools input")
    field.send_keys("thi")
    deck.wait_for(lambda: len(deck.js(SHOWN)) == 1, what="the search")
    deck.js("document.querySelector('#activity-tools button').click()")
    deck.wait_for(lambda: deck.js("return copied.length") == 1, what="the copy")
    [line] = deck.js("return copied[0].split('\\n')")
    assert line.endswith("Z WARNING third")
    assert "Copied" in deck.text("activity-tools")


def test_new_lines_are_counted_for_a_reader_who_scrolled(bot: ForeignBot, deck: DeckPage) -> None:
    for number in range(60):
        bot.call("log", messages.log_line(f"line {number}"))
    deck.wait_for(lambda: "line 59" in deck.text("activity-list"), what="the lines")
    deck.js("document.getElementById('activity-list').scrollTop = 200")
    for number in (60, 61):
        bot.call("log", messages.log_line(f"line {number}"))
    deck.wait_for(lambda: deck.text("activity-news") == "2 new lines ↑", what="the button")
    deck.js("document.querySelector('#activity-news button').click()")
    deck.wait_for(lambda: deck.js("return document.getElementById('activity-list').scrollTop") == 0, what="the top")
    assert deck.text("activity-news") == ""
