"""What a statistic means, on pointing at it and on focus (WCAG 1.4.13): it can be pointed at, and Esc takes it away."""

from __future__ import annotations

from typing import Any

from selenium.webdriver import ActionChains, Keys

from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

SHOWN = """
return [...document.querySelectorAll('.stat-meaning')].filter(tip => tip.checkVisibility({visibilityProperty: true}))
  .map(tip => tip.id);
"""
BOX = """
const element = document.querySelector(arguments[0]);
const {left, top, bottom} = element.getBoundingClientRect();
return {left, top, bottom};
"""
CARD = ".stat:has(#stat-drawdown)"
DRAWDOWN = "stat-drawdown-meaning"


def box(page: DeckPage, selector: str) -> dict[str, float]:
    return dict(page.js(BOX, selector))


def point(page: DeckPage, x: float, y: float) -> Any:
    page.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
    return page.js(SHOWN)


def test_the_pointer_reaches_the_words_over_the_gap(bot: ForeignBot, deck: DeckPage) -> None:
    card = box(deck, CARD)
    x = card["left"] + 20
    assert point(deck, x, card["top"] + 10) == [DRAWDOWN]
    words = box(deck, "#" + DRAWDOWN)
    for y in range(int(card["top"]) - 1, int(words["bottom"]) - 4, -1):
        assert point(deck, x, y) == [DRAWDOWN], f"gone {card['top'] - y:.1f} px above the card"


def test_escape_takes_the_words_away_until_they_are_asked_for_anew(bot: ForeignBot, deck: DeckPage) -> None:
    card = box(deck, CARD)
    x, y = card["left"] + 20, card["top"] + 10
    assert point(deck, x, y) == [DRAWDOWN]
    ActionChains(deck.driver).send_keys(Keys.ESCAPE).perform()
    assert deck.js(SHOWN) == []
    assert point(deck, x + 5, y) == [], "still over the same card"
    assert point(deck, 1, 1) == []
    assert point(deck, x, y) == [DRAWDOWN]


def test_escape_takes_them_from_the_focus_too(bot: ForeignBot, deck: DeckPage) -> None:
    point(deck, 1, 1)
    deck.js("document.querySelector('.stat:has(#stat-pnl)').focus({focusVisible: true})")
    assert deck.js(SHOWN) == ["stat-pnl-meaning"]
    ActionChains(deck.driver).send_keys(Keys.ESCAPE).perform()
    assert deck.js(SHOWN) == []
    ActionChains(deck.driver).send_keys(Keys.TAB).perform()
    assert deck.js(SHOWN) == ["stat-win-rate-meaning"]
    ActionChains(deck.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
    assert deck.js(SHOWN) == ["stat-pnl-meaning"]
