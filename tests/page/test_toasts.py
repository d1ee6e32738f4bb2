"""Toasts: what they say, how long they stay, and that none comes twice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, islice
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.waiting import stays

NOW = 1_000_000
TRADE = {
    "id": "t1",
    "symbol": "BTC/USDT",
    "side": "buy",
    "price": "43250.10",
    "amount": "0.01150",
    "pnl": None,
    "reason": "EMA 9 crossed above EMA 21",
}


def card(scripts: Scripts, item: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = scripts.call("toasts.card", {"key": "k", **item})
    return made


def news(*keys: str, count: int | None = None) -> dict[str, Any]:
    total = count or len(keys)
    items = [
        {"key": key, "n": total - len(keys) + i + 1, "kind": "alert", "level": "info", "title": key, "text": ""}
        for i, key in enumerate(keys)
    ]
    return {"count": total, "items": items}


def test_a_buy_is_green_and_says_price_amount_and_reason(scripts: Scripts) -> None:
    made = card(scripts, {"kind": "trade", "trade": TRADE})
    assert (made["kind"], made["title"]) == ("success", "New trade: BUY at 43,250.10")
    assert made["text"] == "0.01150 BTC · EMA 9 crossed above EMA 21"
    assert made["tradeId"] == "t1"


def test_a_long_reason_is_cut_at_a_word_so_that_the_way_to_all_of_it_stays_in_sight(scripts: Scripts) -> None:
    made = card(scripts, {"kind": "trade", "trade": {**TRADE, "reason": "rather long " * 20}})
    assert made["text"] == "0.01150 BTC · " + "rather long " * 6 + "rather…"


def test_a_sell_is_blue_and_says_what_it_brought(scripts: Scripts) -> None:
    made = card(scripts, {"kind": "trade", "trade": {**TRADE, "side": "sell", "pnl": "12.40"}})
    assert (made["kind"], made["title"]) == ("info", "New trade: SELL at 43,250.10")
    assert made["text"].startswith("+12.40 USDT")


@pytest.mark.parametrize(
    ("item", "title"),
    [
        ({"kind": "trade", "trade": TRADE}, "grid: New trade: BUY at 43,250.10"),
        ({"kind": "state", "state": "stopped", "text": None}, "grid: Bot stopped"),
        ({"kind": "alert", "level": "error", "title": "No line", "text": ""}, "grid: No line"),
    ],
)
def test_of_one_of_several_bots_it_says_whose_it_is(scripts: Scripts, item: dict[str, Any], title: str) -> None:
    assert card(scripts, {**item, "bot": "grid"})["title"] == title


@pytest.mark.parametrize(
    ("item", "kind", "lasts"),
    [
        ({"kind": "trade", "trade": TRADE}, "success", 5000),
        ({"kind": "alert", "level": "info", "title": "x", "text": ""}, "info", 5000),
        ({"kind": "alert", "level": "error", "title": "x", "text": ""}, "error", 10000),
        ({"kind": "state", "state": "running", "text": None}, "warning", 7000),
        ({"kind": "state", "state": "stopped", "text": None}, "warning", 7000),
        ({"kind": "state", "state": "error", "text": None}, "error", 10000),
        ({"kind": "refusal", "text": "Start refused: no."}, "error", 10000),
    ],
)
def test_how_long_each_kind_stays(scripts: Scripts, item: dict[str, Any], kind: str, lasts: int) -> None:
    made = card(scripts, item)
    assert (made["kind"], made["lasts"]) == (kind, lasts)


def test_the_digest(scripts: Scripts) -> None:
    made = card(scripts, {"kind": "digest", "trades": 3, "earned": {"USDT": "12.40"}, "errors": 0, "others": 3})
    assert made["title"] == "While you were away: 3 trades, +12.40"
    both = card(
        scripts, {"kind": "digest", "trades": 3, "earned": {"EUR": "-2", "USDT": "12.40"}, "errors": 0, "others": 3}
    )
    assert both["title"] == "While you were away: 3 trades, −2.00 EUR, +12.40 USDT"


@pytest.mark.parametrize(
    ("states", "errors", "title", "kind", "lasts"),
    [
        ([{"state": "stopped"}], 0, "1 trade, bot stopped", "warning", 7000),
        (
            [{"state": "halted", "bot": "grid"}, {"state": "running", "bot": "dca"}],
            0,
            "1 trade, grid halted, dca running",
            "warning",
            7000,
        ),
        ([{"state": "error"}], 1, "1 trade, 1 error, bot in error", "error", 10000),
    ],
)
def test_the_digest_says_how_a_bot_stands_that_stopped_or_failed(
    scripts: Scripts, states: list[Any], errors: int, title: str, kind: str, lasts: int
) -> None:
    digest = {
        "kind": "digest",
        "trades": 1,
        "earned": {},
        "errors": errors,
        "others": 1 + len(states),
        "states": states,
    }
    made = card(scripts, digest)
    assert made["title"] == f"While you were away: {title}"
    assert (made["kind"], made["lasts"]) == (kind, lasts)


def test_the_same_key_is_told_once(scripts: Scripts) -> None:
    stack = scripts.call("toasts.push", scripts.call("toasts.start"), news("a"), NOW)
    again = scripts.call("toasts.push", stack, news("a", count=2), NOW)
    assert [one["key"] for one in again["cards"]] == ["a"]


def test_what_does_not_fit_is_counted(scripts: Scripts) -> None:
    stack = scripts.call(
        "toasts.push", scripts.call("toasts.start"), news(*(f"k{i}" for i in range(60)), count=1000), NOW
    )
    assert len(stack["cards"]) == 20
    assert stack["more"] == 980


def test_time_stands_still_while_the_reader_points_at_them(scripts: Scripts) -> None:
    stack = scripts.call("toasts.push", scripts.call("toasts.start"), news("a"), NOW)
    assert scripts.call("toasts.age", stack, NOW + 5001, 200)["cards"] == []
    paused = {**stack, "paused": True}
    for passed in range(200, 8001, 200):
        paused = scripts.call("toasts.age", paused, NOW + passed, 200)
    assert len(paused["cards"]) == 1
    assert len(scripts.call("toasts.age", {**paused, "paused": False}, NOW + 12000, 200)["cards"]) == 1


def test_a_trade_makes_one_toast_with_a_way_to_its_detail(bot: ForeignBot, deck: DeckPage) -> None:
    deck.watch_toasts()
    bot.call("trade_executed", messages.trade(1))
    deck.wait_for(lambda: deck.toasts, what="a toast")
    [toast] = deck.toasts
    assert toast["trade"] == messages.trade_id(1)
    assert toast["kind"] in ("success", "info")
    deck.js("document.querySelector('#toast-container a').click()")
    deck.wait_for(lambda: deck.js("return location.pathname") == f"/trade/{messages.trade_id(1)}", what="the detail")


def test_a_click_dismisses_and_so_does_escape(bot: ForeignBot, deck: DeckPage) -> None:
    shown = "return document.querySelectorAll('#toast-container [data-toast-kind]').length"
    for number in (1, 2):
        bot.call("alert", messages.alert(number, level="error"))
    deck.wait_for(lambda: deck.js(shown) == 2, what="two toasts")
    deck.js("document.querySelector('#toast-container [data-toast-kind]').click()")
    deck.wait_for(lambda: deck.js(shown) == 1, what="one toast")
    deck.js("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))")
    deck.wait_for(lambda: deck.js(shown) == 0, what="no toast")


def test_opening_the_page_tells_nothing_old(bot: ForeignBot, deck: DeckPage, new_page: Callable[..., DeckPage]) -> None:
    bot.call("trade_executed", messages.trade(1))
    deck.wait_for(lambda: deck.trade_count == 1, what="the trade")
    deck.open()
    deck.wait_for(lambda: deck.trade_count == 1, what="the trade again")
    assert deck.js("return document.querySelectorAll('#toast-container [data-toast-kind]').length") == 0


SHOWN = """
return [...document.querySelectorAll('#toast-container [data-toast-kind]')]
  .filter(toast => toast.offsetParent !== null).map(toast => toast.querySelector('b').textContent);
"""
NEWEST = "return document.querySelector('#toast-container [data-trade-id]')?.dataset.tradeId"
HURRY = "const began = Date.now(), real = Date.now.bind(Date); Date.now = () => began + (real() - began) * 8;"
"""The page's clock goes eight times as fast, so that five seconds are over in less than one."""
MOTION = """
const moving = document.getAnimations().map(one => one.animationName || one.transitionProperty);
const styles = [...document.querySelectorAll('*')].flatMap(element =>
  ['', '::before', '::after'].map(part => getComputedStyle(element, part)));
const fixed = styles.every(style => style.animationName === 'none' && parseFloat(style.transitionDuration) === 0);
return [moving, fixed];
"""
MOVES = (
    "window.moved = []; document.addEventListener('animationstart', event => window.moved.push(event.animationName));"
)
OVERLAP = """
const box = id => document.querySelector(id).getBoundingClientRect();
const toasts = [...document.querySelectorAll('#toast-container [data-toast-kind]')].filter(toast => toast.offsetParent);
const floor = Math.min(document.querySelector('.toasts').getBoundingClientRect().bottom,
                       Math.max(...toasts.map(toast => toast.getBoundingClientRect().bottom)));
return {over: floor - box('.actions').top, wide: document.documentElement.scrollWidth - innerWidth,
        link: box('#toast-container a').bottom - toasts[0].getBoundingClientRect().bottom,
        left: box('#toast-container').left, right: innerWidth - box('#toast-container').right, count: toasts.length};
"""
LONG = "EMA 9 (43,150.20) crossed above EMA 21 (43,149.80) after the trailing stop was lifted to 43,010.00 " * 4


def test_four_stand_and_the_rest_is_counted(bot: ForeignBot, deck: DeckPage) -> None:
    for number in range(7):
        bot.call("alert", messages.alert(number, level="error"))
    deck.wait_for(lambda: len(deck.js(SHOWN)) == 4, what="four toasts")
    more = "return document.querySelector('.toast-more').textContent"
    deck.wait_for(lambda: deck.js(more) == "+3 more", what="the rest counted")
    assert deck.js(SHOWN) == ["Alert 6", "Alert 5", "Alert 4", "Alert 3"]


def test_time_stands_still_under_the_pointer_and_the_focus(bot: ForeignBot, deck: DeckPage) -> None:
    deck.js("document.getElementById('help-button').focus()")
    bot.call("alert", messages.alert(1))
    deck.wait_for(lambda: deck.js(SHOWN) == ["Alert 1"], what="a toast")
    toast = deck.driver.find_element("css selector", "#toast-container [data-toast-kind]")
    ActionChains(deck.driver).move_to_element(toast).perform()
    deck.js("document.querySelector('.toast-close').focus()")
    deck.js(HURRY)
    stays(lambda: deck.js(SHOWN) == ["Alert 1"], 1, what="the toast under pointer and focus")
    ActionChains(deck.driver).move_to_element(deck.driver.find_element("id", "price")).perform()
    stays(lambda: deck.js(SHOWN) == ["Alert 1"], 1, what="the toast with the focus")
    ActionChains(deck.driver).move_to_element(toast).perform()
    deck.js("document.getElementById('help-button').focus()")
    stays(lambda: deck.js(SHOWN) == ["Alert 1"], 1, what="the toast under the pointer")
    ActionChains(deck.driver).move_to_element(deck.driver.find_element("id", "price")).perform()
    deck.wait_for(lambda: deck.js(SHOWN) == [], what="it went")


def test_a_click_on_one_with_the_mouse_does_not_keep_the_others(bot: ForeignBot, deck: DeckPage) -> None:
    for number in (1, 2, 3):
        bot.call("alert", messages.alert(number, level="error"))
    deck.wait_for(lambda: len(deck.js(SHOWN)) == 3, what="three toasts")
    deck.wait_for(lambda: deck.js("return document.getAnimations().length") == 0, what="rest")
    close = deck.driver.find_element("css selector", "#toast-container .toast-close")
    ActionChains(deck.driver).click(close).perform()
    assert deck.js(SHOWN) == ["Alert 2", "Alert 1"]
    ActionChains(deck.driver).move_to_element(deck.driver.find_element("id", "price")).perform()
    deck.js(HURRY)
    deck.wait_for(lambda: deck.js(SHOWN) == [], what="they went")


def test_the_focus_of_a_dismissed_toast_goes_to_the_next_and_back_to_where_it_came_from(
    bot: ForeignBot, deck: DeckPage
) -> None:
    deck.js("document.getElementById('help-button').focus()")
    for number in (1, 2):
        bot.call("alert", messages.alert(number, level="error"))
    deck.wait_for(lambda: len(deck.js(SHOWN)) == 2, what="two toasts")
    deck.js("document.querySelector('.toast-close').focus()")
    ActionChains(deck.driver).send_keys(Keys.ENTER).perform()
    assert deck.js(SHOWN) == ["Alert 1"]
    assert deck.js("return document.activeElement.closest('.toast').querySelector('b').textContent") == "Alert 1"
    ActionChains(deck.driver).send_keys(Keys.ESCAPE).perform()
    assert deck.js(SHOWN) == []
    assert deck.js("return document.activeElement.id") == "help-button"


def test_on_a_phone_they_leave_the_bottom_bar_free(bot: ForeignBot, deck: DeckPage) -> None:
    numbers = count()
    for width, height, fit in ((390, 844, 2), (320, 568, 1), (320, 400, 1)):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        deck.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for number in islice(numbers, 2):
            bot.call("trade_executed", messages.trade(number, reason=LONG))
            wait_newest(deck, number)
        deck.wait_for(lambda: deck.js("return document.getAnimations().length") == 0, what="all at rest")
        found = deck.js(OVERLAP)
        assert found["over"] <= 0 and found["wide"] <= 0
        assert found["link"] < 0, "the way to the detail is not cut off"
        assert found["left"] == found["right"] == 12
        assert found["count"] == fit


def test_nothing_moves_for_those_who_asked_for_rest(bot: ForeignBot, deck: DeckPage) -> None:
    deck.js(MOVES)
    assert {"slide-in", "row-in", "edge"} <= moved_by(bot, deck, 1), "what moves for everybody else"
    deck.js("window.dash_clientside.choices.set('motion', 'still')")
    assert moved_by(bot, deck, 2) == set()
    assert deck.js(MOTION) == [[], True]
    deck.js("window.dash_clientside.choices.set('motion', 'system')")
    assert deck.js(MOTION)[1] is False
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    deck.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    assert moved_by(bot, deck, 3) == set()
    assert deck.js(MOTION) == [[], True]


def wait_newest(deck: DeckPage, number: int) -> None:
    deck.wait_for(lambda: deck.js(NEWEST) == messages.trade_id(number), what=f"the toast of trade {number}")


def moved_by(bot: ForeignBot, deck: DeckPage, number: int) -> set[str]:
    """The animations that a price and a trade start."""
    deck.wait_for(lambda: deck.js("return document.getAnimations().length") == 0, what="rest")
    deck.js("window.moved = []")
    bot.call("price_update", messages.price(f"4325{number}.10"))
    bot.call("trade_executed", messages.trade(number))
    wait_newest(deck, number)
    deck.js("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return set(deck.js("return window.moved"))
