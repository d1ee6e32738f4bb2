"""Starting real money takes a second's hold, by pointer or by key."""

from __future__ import annotations

from selenium.webdriver import ActionChains, Keys

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.waiting import stays

BAR = "return getComputedStyle(document.querySelector('.bar')).backgroundColor"
PAINT = """
const badge = getComputedStyle(document.getElementById('mode-badge'));
return [badge.color, badge.backgroundColor, badge.borderStyle].join();
"""


def names(bot: ForeignBot) -> list[str]:
    return [command["name"] for command in bot.commands]


def let_go_too_soon(page: DeckPage) -> None:
    page.wait_for(lambda: "Hold for 1 second to start live trading" in page.text("action-note"), what="the word")


def test_the_three_modes_look_different_and_live_changes_the_bar(bot: ForeignBot, deck: DeckPage) -> None:
    looks, bars = [], []
    for mode in ("simulated", "paper", "live"):
        bot.call("status_change", messages.status("stopped", mode=mode))
        deck.wait_for(lambda mode=mode: deck.text("mode-badge") == mode.upper(), what=mode)  # type: ignore[misc]
        looks.append(deck.js(PAINT))
        bars.append(deck.js(BAR))
    assert len(set(looks)) == 3
    assert bars[0] == bars[1] != bars[2]


def test_a_live_start_wants_a_held_press(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("status_change", messages.status("stopped", mode="live"))
    deck.wait_for(lambda: deck.data("mode") == "live", what="live")
    deck.wait_pressable("start-button")
    button = deck.driver.find_element("id", "start-button")

    deck.click("start-button")
    let_go_too_soon(deck)
    deck.wait_pressable("start-button")
    ActionChains(deck.driver).click_and_hold(button).perform()
    deck.wait_for(lambda: names(bot) == ["start_bot"], 5, "the command after a second")
    ActionChains(deck.driver).release().perform()

    for state in ("running", "stopped"):
        bot.call("status_change", messages.status(state, mode="live"))
        deck.wait_status(state)
    deck.wait_pressable("start-button")
    deck.js("document.getElementById('start-button').focus()")
    ActionChains(deck.driver).send_keys(Keys.ENTER).perform()
    let_go_too_soon(deck)
    deck.wait_pressable("start-button")
    deck.js("document.getElementById('start-button').focus()")
    ActionChains(deck.driver).key_down(Keys.SPACE).perform()
    deck.wait_for(lambda: names(bot) == ["start_bot"] * 2, 5, "the command after a second of the key")
    ActionChains(deck.driver).key_up(Keys.SPACE).perform()
    stays(lambda: names(bot) == ["start_bot"] * 2, 0.5, what="one command for each hold")


def test_a_click_that_nobody_can_hold_is_asked_about(bot: ForeignBot, deck: DeckPage) -> None:
    """What a screen reader, voice control or the key `s` does."""
    bot.call("status_change", messages.status("stopped", mode="live"))
    deck.wait_for(lambda: deck.data("mode") == "live", what="live")
    deck.wait_pressable("start-button")
    ActionChains(deck.driver).send_keys("s").perform()
    deck.wait_for(lambda: deck.js("return document.getElementById('confirm').open"), what="the question")
    assert names(bot) == []
    deck.wait_pressable("start-button")
    deck.click("confirm-yes")
    deck.wait_for(lambda: names(bot) == ["start_bot"], what="the command")


def test_what_is_asked_and_hinted_at_is_what_the_button_does(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("status_change", messages.status("halted", mode="live"))
    deck.wait_status("halted")
    resume = deck.driver.find_element("css selector", "#notice button")
    deck.wait_for(resume.is_enabled, what="resume can be pressed")
    resume.click()
    deck.wait_for(lambda: deck.text("action-note") == "Hold for 1 second to resume live trading.", what="the word")
    deck.js("arguments[0].click()", resume)
    asked = "return ['confirm-title', 'confirm-yes'].map(id => document.getElementById(id).textContent)"
    deck.wait_for(lambda: deck.js(asked) == ["Resume live trading?", "Resume live trading"], what="the question")
