"""Desktop notifications: which there are, what they say, and where a click leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

PRETEND = """
window.shown = [];
window.Notification = class extends EventTarget {
  static permission = 'granted';
  constructor(title, options) { super(); window.shown.push([title, options]); window.lastShown = this; }
  close() {}
};
"""
PRETEND_WORKER = """
window.workerShown = [];
Object.defineProperty(navigator, 'serviceWorker', {configurable: true, value: Object.assign(new EventTarget(), {
  getRegistration: async () => ({
    active: {}, showNotification: async (title, options) => window.workerShown.push([title, options]),
  }),
})});
window.dash_clientside.notifications.start();
"""
PASS_ON = """
const message = Object.assign(new Event('message'), {data: {kind: 'open', path: arguments[0]}});
navigator.serviceWorker.dispatchEvent(message);
"""
IS_OPEN = "return document.getElementById('trade-detail').open"
SHOW = """
window.dash_clientside.choices.set('notify', arguments[0]);
window.dash_clientside.notifications.show({kind: 'trade', key: 'bot-1 7', trade: arguments[1]});
"""


def item(**fields: Any) -> dict[str, Any]:
    return {"key": "bot-1 7", **fields}


def test_a_trade_has_the_tag_of_its_id_and_the_way_to_its_detail(scripts: Scripts) -> None:
    said = scripts.call("notifications.message", item(kind="trade", trade=messages.trade(1, pnl="12.4", price="43180")))
    assert said["title"] == "▼ New trade: SELL at 43,180.00"
    assert said["body"].startswith("+12.40 USDT · 0.01 BTC")
    assert (said["tag"], said["path"]) == (f"tapedeck {messages.trade_id(1)}", f"/trade/{messages.trade_id(1)}")


@pytest.mark.parametrize(
    ("news", "title"),
    [
        (item(kind="alert", level="error", title="The exchange is away", text=""), "The exchange is away"),
        (item(kind="state", state="error", text=None), "The bot reports an error"),
        (
            item(kind="digest", trades=7, earned={"USDT": "12.40"}, errors=0, others=7),
            "While you were away: 7 trades, +12.40",
        ),
        (item(kind="alert", level="warning", title="Slow", text=""), None),
        (item(kind="state", state="running", text=None), None),
    ],
)
def test_errors_notify_and_the_rest_does_not(scripts: Scripts, news: dict[str, Any], title: str | None) -> None:
    said = scripts.call("notifications.message", news)
    assert (said and said["title"]) == title


def test_many_trades_are_one_notification(scripts: Scripts) -> None:
    trades = [item(kind="trade", seq=number, trade=messages.trade(number)) for number in range(6)]
    [digest] = scripts.call("news.summary", trades)
    assert (digest["kind"], digest["trades"], digest["side"]) == ("digest", 6, "sell")
    assert scripts.call("news.summary", trades[:4]) == trades[:4]


def test_a_click_on_one_opens_its_trade_whoever_showed_it(
    relay: Relay, bot: ForeignBot, new_page: Callable[..., DeckPage]
) -> None:
    page = new_page(relay.url)
    page.before_load(PRETEND)
    page.open()
    bot.call("trade_executed", messages.trade(1))
    page.wait_trades(1)
    page.js("Object.defineProperty(navigator, 'serviceWorker', {configurable: true, value: undefined})")
    page.js(SHOW, "off", messages.trade(1))
    page.js(SHOW, "on", messages.trade(1))
    page.wait_for(lambda: page.js("return window.shown.length"), what="the notification")
    assert len(page.js("return window.shown")) == 1
    page.js("window.lastShown.dispatchEvent(new Event('click'))")
    page.wait_for(lambda: page.js(IS_OPEN), what="the detail")
    assert page.js("return location.pathname") == f"/trade/{messages.trade_id(1)}"
    page.driver.back()
    page.wait_for(lambda: not page.js(IS_OPEN), what="it closed")
    page.js(PRETEND_WORKER)
    page.js(SHOW, "on", messages.trade(1))
    page.wait_for(lambda: page.js("return window.workerShown.length"), what="the worker's notification")
    assert len(page.js("return window.shown")) == 1
    page.js(PASS_ON, page.js("return window.workerShown[0][1].data.path"))
    page.wait_for(lambda: page.js(IS_OPEN), what="the detail again")
