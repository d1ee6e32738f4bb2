"""Halt, resume and close from the page, with a question before and the bot's own word after."""

from __future__ import annotations

from typing import Any

from selenium.webdriver import ActionChains, Keys

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

ITEM = "document.querySelector('.menu-item[data-name=%s]')"
GAP = """
const top = document.getElementById('more-button').getBoundingClientRect().top;
return top - document.getElementById('more-menu').getBoundingClientRect().bottom;
"""
IS_ASKED = "return document.getElementById('confirm').open"
IS_OFF = f"return {ITEM % 'close'}.ariaDisabled"
FOCUSED = "return document.activeElement.dataset.name || document.activeElement.id"


def obeying(bot: ForeignBot) -> None:
    """Let a scripted bot do what halt and resume ask for, as the real one does."""
    words: dict[str, dict[str, Any]] = {
        "halt": messages.status("halted", message="Halted by hand.", position=messages.position()),
        "resume": messages.status("running", position=messages.position()),
        "close_position": messages.status("running"),
    }

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        bot.emit("status_change", words[command["name"]])
        return {"ok": True, "data": {}}

    bot.answer = answer


def test_halt_and_resume(bot: ForeignBot, deck: DeckPage) -> None:
    obeying(bot)
    bot.call("status_change", messages.status(position=messages.position()))
    deck.wait_for(lambda: deck.data("position") != "flat", what="the position")
    deck.click("more-button")
    deck.js(f"{ITEM % 'halt'}.click()")
    deck.wait_for(lambda: deck.js(IS_ASKED), what="the question")
    deck.click("confirm-option")
    deck.click("confirm-yes")
    deck.wait_status("halted")
    assert [(command["name"], command["args"]) for command in bot.commands] == [("halt", {"flatten": True})]
    deck.wait_for(lambda: "Halted by hand." in deck.text("notice"), what="why")
    assert "Halted since" in deck.text("notice")
    deck.js("document.querySelector('#notice button').click()")
    deck.wait_status("running")
    deck.wait_for(lambda: deck.text("notice").strip() == "", what="nothing left to say")


def test_a_position_is_closed_by_keys_alone(bot: ForeignBot, deck: DeckPage) -> None:
    obeying(bot)
    bot.call("status_change", messages.status(position=messages.position()))
    deck.wait_for(lambda: deck.data("position") != "flat", what="the position")
    deck.wait_pressable("stop-button")
    deck.js("document.getElementById('more-button').focus()")
    ActionChains(deck.driver).send_keys(Keys.ENTER).perform()
    deck.wait_for(lambda: deck.js(FOCUSED) == "close", what="the first item")
    ActionChains(deck.driver).send_keys(Keys.ARROW_DOWN).perform()
    assert deck.js(FOCUSED) == "halt"
    ActionChains(deck.driver).send_keys(Keys.ARROW_UP).perform()
    deck.wait_for(lambda: deck.js(IS_OFF) == "false", what="the item to be on")
    ActionChains(deck.driver).send_keys(Keys.ENTER).perform()
    deck.wait_for(lambda: deck.js(IS_ASKED), what="the question")
    ActionChains(deck.driver).send_keys(Keys.ESCAPE).perform()
    deck.wait_for(lambda: not deck.js(IS_ASKED), what="no")
    assert bot.commands == []
    deck.wait_for(lambda: deck.js(IS_OFF) == "false", what="the item to be on")
    deck.js(f"document.getElementById('more-button').click(); {ITEM % 'close'}.click()")
    ActionChains(deck.driver).send_keys(Keys.ENTER).perform()
    deck.wait_for(lambda: deck.data("position") == "flat", what="flat")


def test_the_menu_stays_at_its_button_when_the_screen_turns(bot: ForeignBot, deck: DeckPage) -> None:
    deck.wait_pressable("stop-button")
    deck.click("more-button")
    screen = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    deck.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    deck.wait_for(lambda: -1 < deck.js(GAP) < 20, what="the menu just above its button")
