"""Over an open dialog toasts can be read and clicked, and a screen reader is told; then all is where it was."""

from __future__ import annotations

from typing import Any

from selenium.webdriver import ActionChains, Keys

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

CARRIED = ("toast-container", "errors-live", "trades-live")
PLACES = """
return arguments[0].map(id => document.getElementById(id)).map(element => [
  element.closest('dialog')?.id ?? null, element.parentElement.childElementCount,
  [...element.parentElement.children].indexOf(element),
]);
"""
IS_ON_TOP = """
const toast = document.querySelector('#toast-container [data-toast-kind]');
if (!toast || toast.getAnimations().length) return false;
const box = toast.getBoundingClientRect();
return toast.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
"""
TOASTS = "return document.querySelectorAll('#toast-container [data-toast-kind]').length"
IS_SHEET_OPEN = "return document.getElementById('trade-detail').open"


def places(page: DeckPage) -> list[Any]:
    return list(page.js(PLACES, CARRIED))


def dialogs(page: DeckPage) -> set[str | None]:
    return {dialog for dialog, *_ in places(page)}


def press(page: DeckPage, key: str) -> None:
    ActionChains(page.driver).send_keys(key).perform()


def test_over_a_trades_sheet_an_error_is_seen_clicked_and_read_out(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("trade_executed", messages.trade(1))
    deck.wait_trades(1)
    home = places(deck)
    deck.js("document.querySelector('#trades-table [data-trade-id]').click()")
    deck.wait_for(lambda: deck.js(IS_SHEET_OPEN), what="the sheet")
    assert dialogs(deck) == {"trade-detail"}
    deck.wait_for(lambda: deck.js(TOASTS) == 1, what="the trade's toast, which came before")
    deck.js("document.querySelector('.toast-close').click()")
    bot.call("alert", messages.alert(1, level="error", title="The exchange is away"))
    deck.wait_for(lambda: "The exchange is away." in deck.text("errors-live"), what="the error read out")
    deck.wait_for(lambda: deck.js(IS_ON_TOP), what="the toast over the sheet")
    deck.driver.find_element("css selector", ".toast-close").click()
    deck.wait_for(lambda: deck.js(TOASTS) == 0, what="the toast dismissed")
    assert deck.js(IS_SHEET_OPEN)
    press(deck, Keys.ESCAPE)
    deck.wait_for(lambda: not deck.js(IS_SHEET_OPEN), what="the sheet closed")
    assert places(deck) == home


def test_of_two_dialogs_the_one_on_top_has_them(bot: ForeignBot, deck: DeckPage) -> None:
    home = places(deck)
    deck.click("settings-button")
    bot.call("trade_executed", messages.trade(1))
    deck.wait_for(lambda: deck.js(IS_ON_TOP), what="the toast over the settings")
    deck.driver.find_element("css selector", "#settings #toast-container a").click()
    deck.wait_for(lambda: deck.js(IS_SHEET_OPEN), what="the trade's sheet over the settings")
    assert dialogs(deck) == {"trade-detail"}
    press(deck, Keys.ESCAPE)
    deck.wait_for(lambda: dialogs(deck) == {"settings"}, what="the settings again")
    press(deck, Keys.ESCAPE)
    deck.wait_for(lambda: places(deck) == home, what="all where it was")
