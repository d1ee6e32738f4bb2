"""The phone that slept: ten minutes frozen, true again within a second, and no old price shown as new in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.chaos import ChaosLine
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

pytestmark = [pytest.mark.chart, pytest.mark.hidden_page]

SLEPT_MS = 600_000
STILL_S = 4
"""Longer than any hop may be silent and be called fresh."""
TRUE_WITHIN_MS = 1_000
LAST = "43999.90"

LATER = """
const now = Date.now;
let slept = 0;
Date.now = () => now() + slept;
document.addEventListener('resume', () => { slept = %d; window.wake(); });
document.addEventListener('visibilitychange', () => { window.lookedAt = document.hidden ? null : performance.now(); });
"""
"""The clock has gone on while the page was frozen. Runs before any script of the page."""

WATCH = """
const samples = window.samples = [];
const deck = document.getElementById('deck');
const look = () => samples.push({
  ms: window.lookedAt ? performance.now() - window.lookedAt : null,
  price: deck.dataset.price, connection: deck.dataset.connection,
  isGrey: deck.dataset.stale.split(' ').includes('market'),
  level: document.getElementById('hop-market').dataset.level,
  updated: document.getElementById('last-update').innerText,
});
window.wake = () => { samples.length = 0; look(); };
document.addEventListener('visibilitychange', look);
new MutationObserver(look).observe(deck, {attributes: true});
"""
"""What the page says from the waking on: before any script of its own has run, and at every change."""


def lifecycle(page: DeckPage, state: str) -> None:
    page.driver.execute_cdp_cmd("Page.setWebLifecycleState", {"state": state})


def look_away_and_back(page: DeckPage) -> None:
    """A page that was frozen is hidden until somebody comes to it."""
    deck = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.driver.close()
    page.driver.switch_to.window(deck)


def renderers(page: DeckPage) -> list[psutil.Process]:
    def is_renderer(process: psutil.Process) -> bool:
        try:
            return "--type=renderer" in process.cmdline()
        except psutil.NoSuchProcess:
            return False

    family = psutil.Process(page.driver.service.process.pid).children(recursive=True)
    return [process for process in family if is_renderer(process)]


def lies(page: DeckPage) -> list[dict[str, Any]]:
    """Moments at which an older price than the last stood there as if it were new."""
    return [one for one in page.js("return samples") if one["price"] != LAST and not one["isGrey"]]


def wait_true(page: DeckPage) -> None:
    page.wait_for(lambda: page.price == LAST and "market" not in (page.data("stale") or ""), what="the truth")


@pytest.mark.alone
def test_a_phone_that_slept_wakes_to_the_truth(
    relay: Relay, bot: ForeignBot, bad_line: Callable[..., ChaosLine], new_page: Callable[..., DeckPage]
) -> None:
    """Hidden, frozen, ten minutes gone, and the line with it."""
    line = bad_line(relay.port)
    page = new_page(line.url)
    page.expect_outage()
    page.before_load(LATER % SLEPT_MS)
    page.open()
    page.wait_for(lambda: page.price == "43250.10", what="the price before")
    page.watch_toasts()
    page.js(WATCH)

    lifecycle(page, "frozen")
    line.cut()
    for number in (1, 3, 5):
        bot.call("trade_executed", messages.trade(number, pnl="4.10"))
    bot.call("price_update", messages.price(LAST))
    lifecycle(page, "active")
    look_away_and_back(page)

    wait_true(page)
    seen: list[dict[str, Any]] = page.js("return samples")
    assert seen[0]["isGrey"] and seen[0]["level"] != "fresh", "the page as it was left looked fresh"
    assert lies(page) == []
    assert not any("just now" in one["updated"] for one in seen if one["isGrey"])
    looked = [one for one in seen if one["ms"] is not None]
    true = next(one["ms"] for one in looked if not one["isGrey"] and one["connection"] == "connected")
    assert true <= TRUE_WITHIN_MS, f"true {true:.0f} ms after somebody looked"
    page.wait_for(lambda: page.toasts, what="the digest")
    told = [toast["text"] for toast in page.toasts]
    assert ["While you were away: 3 trades, +12.30" in text for text in told] == [True], told


def test_what_waited_in_the_socket_while_the_page_stood_still_is_not_new(bot: ForeignBot, deck: DeckPage) -> None:
    """The renderer stopped in full sight, as by a laptop's lid: nobody told the page, and its socket went on."""
    deck.wait_drawn()
    deck.js(WATCH)
    stopped = renderers(deck)
    for process in stopped:
        process.suspend()
    try:
        bot.call("price_update", messages.price("43260.20"))
        time.sleep(STILL_S)
        bot.call("price_update", messages.price(LAST))
    finally:
        for process in stopped:
            process.resume()
    wait_true(deck)
    assert [one for one in lies(deck) if one["price"] == "43260.20"] == []


def test_asleep_nothing_is_fresh_and_the_price_says_its_time_of_day(scripts: Scripts) -> None:
    now = 1_700_000_000_000
    line = {"phase": "live", "everLive": True, "heardAt": now, "lostAt": None, "retryAt": None, "attempt": 0}
    known = {"heard": now, "beat": {}, "feed": {"at": now, "ageMs": 0}, "price": {"at": now}}
    picture = {"bots": [{"bot_id": "b", "connected": True}], "selected": "b", "per": {"b": known}}
    truth = scripts.call("connection.view", line, picture, now, True, True)
    assert {hop["level"] for hop in truth["hops"].values()} == {"unknown"}
    assert truth["stale"] == ["page", "bot", "market"]
    assert truth["updated"].startswith("updated at ")
