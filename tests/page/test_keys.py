"""Everything by keyboard, with the keys as a person presses them."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

pytestmark = pytest.mark.chart

STOP = """
const here = document.activeElement;
const style = getComputedStyle(here.closest('label') || here);
window.stops = window.stops || [];
const before = window.stops.at(-1);
const isAfter = !before || Boolean(before.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_FOLLOWING);
window.stops.push(here);
return {name: here.id || here.className || here.tagName, isAfter, isShown: style.outlineStyle !== 'none'};
"""
HERE = "return document.activeElement.id || document.activeElement.className"
IS_OPEN = "return document.getElementById(arguments[0]).open"


class Keyboard:
    """Real key presses, which go where the focus is."""

    def __init__(self, deck: DeckPage) -> None:
        self.deck = deck

    def press(self, *keys: str) -> Keyboard:
        ActionChains(self.deck.driver).send_keys(*keys).perform()
        return self

    def wait_open(self, dialog: str, *, is_open: bool = True) -> None:
        self.deck.wait_for(lambda: self.deck.js(IS_OPEN, dialog) == is_open, what=f"#{dialog} open: {is_open}")

    def next_stop(self) -> dict[str, Any]:
        """Where the tab key leads: its name, whether it comes after the one before, whether its focus shows."""
        self.press(Keys.TAB)
        stop: dict[str, Any] = self.deck.js(STOP)
        return stop

    @property
    def here(self) -> str:
        return str(self.deck.js(HERE))


def obey(bot: ForeignBot) -> None:
    """Start and stop as the real bot does."""
    states = {"start_bot": "running", "stop_bot": "stopped"}

    def answer(command: dict[str, object]) -> dict[str, object]:
        if command["name"] in states:
            bot.emit("status_change", messages.status(states[str(command["name"])]))
        return {"ok": True, "data": {}}

    bot.answer = answer


@pytest.fixture
def keyboard(bot: ForeignBot, deck: DeckPage) -> Keyboard:
    obey(bot)
    for number in range(3):
        bot.call("trade_executed", messages.trade(number))
    deck.wait_trades(3)
    return Keyboard(deck)


def test_the_main_tasks_need_no_mouse(bot: ForeignBot, keyboard: Keyboard) -> None:
    deck = keyboard.deck
    keyboard.press(Keys.ESCAPE, Keys.ESCAPE, Keys.ESCAPE)
    deck.wait_pressable("stop-button")
    keyboard.press("s")
    deck.wait_status("stopped")
    deck.wait_pressable("start-button")
    keyboard.press("s")
    deck.wait_status("running")
    deck.wait_pressable("test-trade-button")
    keyboard.press("t")
    deck.wait_for(lambda: bot.commands[-1]["name"] == "test_trade", what="the test trade")
    toasts = "return document.querySelectorAll('#toast-container [data-toast-kind]').length"
    deck.wait_for(lambda: deck.js(toasts) == 2, what="the toasts of start and stop")
    keyboard.press(Keys.ESCAPE)
    assert deck.js(toasts) == 1
    keyboard.press("/", "b", "u", "y")
    rows = "return [...document.querySelectorAll('#trades-table [data-trade-id]')].map(row => row.dataset.tradeId)"
    buys = [messages.trade_id(2), messages.trade_id(0)]
    deck.wait_for(lambda: deck.js(rows) == buys, what="the buys alone")
    deck.js("document.getElementById('trades-table').parentElement.focus()")
    keyboard.press("j", "j", "j", "k")
    row = "return document.activeElement.closest('tr')?.dataset.tradeId"
    assert deck.js(row) == messages.trade_id(2)
    keyboard.press(Keys.ENTER)
    keyboard.wait_open("trade-detail")
    assert deck.js("return location.pathname") == f"/trade/{messages.trade_id(2)}"
    keyboard.press(Keys.ESCAPE)
    keyboard.wait_open("trade-detail", is_open=False)
    assert deck.js(row) == messages.trade_id(2), "the focus is back where it was"
    keyboard.press(",")
    keyboard.wait_open("settings")
    keyboard.press(Keys.TAB, Keys.ARROW_RIGHT)
    deck.wait_for(lambda: deck.js("return document.documentElement.dataset.theme") == "dark", what="the dark theme")
    keyboard.press(*[Keys.TAB] * 40)
    inside = "return document.activeElement.closest('dialog')?.id || document.activeElement.tagName"
    assert deck.js(inside) in ("settings", "BODY")
    keyboard.press(",")
    keyboard.wait_open("settings", is_open=False)
    assert deck.js(row) == messages.trade_id(2)
    keyboard.press("?")
    keyboard.wait_open("help")
    keyboard.press("s", Keys.ESCAPE)
    keyboard.wait_open("help", is_open=False)
    acts = [command["name"] for command in bot.commands if not command["name"].startswith("get_")]
    assert acts == ["stop_bot", "start_bot", "test_trade"]


def test_s_stops_a_bot_in_error(bot: ForeignBot, keyboard: Keyboard) -> None:
    bot.call("status_change", messages.status("error", message="No line to the exchange."))
    keyboard.deck.wait_status("error")
    keyboard.deck.wait_pressable("stop-button")
    assert "Error since" in keyboard.deck.text("notice")
    keyboard.press("s")
    keyboard.deck.wait_status("stopped")
    assert [command["name"] for command in bot.commands] == ["stop_bot"]


def test_every_stop_of_the_tab_key_is_seen_and_comes_in_reading_order(keyboard: Keyboard) -> None:
    deck = keyboard.deck
    deck.wait_drawn()
    for button in ("test-trade-button", "stop-button"):
        deck.wait_pressable(button)  # a button that is off is no stop
    stops = [keyboard.next_stop() for _ in range(36)]
    assert stops[0]["name"] == "skip-link"
    assert [stop["name"] for stop in stops if not (stop["isShown"] and stop["isAfter"])] == []
    named = {stop["name"] for stop in stops}
    assert {
        "test-trade-button",
        "stop-button",
        "sound-switch",
        "theme-switch",
        "settings-button",
        "help-button",
    } <= named
    assert "trades-frame" in named, "its rows are for the arrow keys"
    deck.js("document.querySelector('.skip-link').focus()")
    keyboard.press(Keys.ENTER)
    assert keyboard.here == "panels"


def test_single_keys_can_be_switched_off_but_escape_stays(bot: ForeignBot, keyboard: Keyboard) -> None:
    deck = keyboard.deck
    deck.js("window.dash_clientside.choices.set('keys', 'off')")
    bot.call("alert", messages.alert(1, level="error"))
    toasts = "return document.querySelectorAll('#toast-container [data-toast-kind=error]').length"
    deck.wait_for(lambda: deck.js(toasts) == 1, what="a toast")
    deck.wait_pressable("stop-button")
    keyboard.press("s", "?", ",", Keys.ESCAPE)
    assert deck.js("return document.querySelector('dialog[open]')") is None
    assert deck.js(toasts) == 0
    assert bot.commands == []


def test_the_help_names_every_key(scripts: Scripts) -> None:
    named = set(scripts.run("return scripts.keys.KEY_WORDS.flatMap(([keys]) => keys.split('  '));"))
    assert named >= set(scripts.run("return Object.keys(scripts.keys.KEYS).flatMap(key => key.split(' '));")) - {
        "Escape"
    }
