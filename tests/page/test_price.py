"""The price in the bar and its flash."""

from __future__ import annotations

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

RECORD = """
window.flashes = [];
new MutationObserver(() => {
  const last = window.flashes[window.flashes.length - 1];
  const classes = document.getElementById('price-flash').classList;
  const now = ['flash-green', 'flash-red'].find(name => classes.contains(name));
  if (now && now !== last) window.flashes.push(now);
}).observe(document.getElementById('price-flash'), {attributes: true, attributeFilter: ['class']});
"""


def test_it_flashes_by_direction(bot: ForeignBot, deck: DeckPage) -> None:
    deck.js(RECORD)
    bot.call("price_update", messages.price("43251.00"))
    deck.wait_for(lambda: deck.js("return flashes") == ["flash-green"], what="green")
    bot.call("price_update", messages.price("43249.00"))
    deck.wait_for(lambda: deck.js("return flashes") == ["flash-green", "flash-red"], what="red")


def test_a_busy_market_does_not_strobe(scripts: Scripts) -> None:
    assert scripts.call("price.nextFlash", []) == 0
    assert scripts.call("price.nextFlash", [1000]) == 1400
    assert scripts.call("price.nextFlash", [1000, 1400, 1800]) == 4000


def test_how_old_it_is_counts_by_itself(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("price_update", messages.price("43251.00"))
    deck.wait_for(lambda: deck.text("last-update") == "updated just now", what="now")
    deck.wait_for(lambda: deck.text("last-update") == "updated 3 s ago", what="3 s later")
