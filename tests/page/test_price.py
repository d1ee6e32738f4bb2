"""The price in the bar and its flash."""

from __future__ import annotations

from typing import Any, cast

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


def test_flashes_leave_nothing_behind_where_nothing_moves(scripts: Scripts) -> None:
    """With reduced motion an animation neither begins nor ends."""
    scripts.run("scripts.choices.set('motion', 'still'); document.body.innerHTML = '<b id=flashed></b>';")
    try:
        scripts.run("for (let i = 0; i < 5; i += 1) scripts.dom.animate('flashed', 'flash-green', ['flash-red']);")
        assert len(listeners(scripts, "flashed")) == 1
    finally:
        scripts.load()


def listeners(scripts: Scripts, element_id: str) -> list[Any]:
    found = scripts.driver.execute_cdp_cmd(
        "Runtime.evaluate", {"expression": f"document.getElementById('{element_id}')"}
    )
    asked = {"objectId": found["result"]["objectId"]}
    return cast(list[Any], scripts.driver.execute_cdp_cmd("DOMDebugger.getEventListeners", asked)["listeners"])


def test_a_price_that_comes_while_nobody_looks_does_not_say_that_it_is_new(scripts: Scripts) -> None:
    said = scripts.run(
        """
        document.body.innerHTML = "<span id=last-update>updated at 14:02:11</span>";
        const words = () => document.getElementById("last-update").textContent;
        let isHidden = true;
        Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
        const price = { text: "1", ts: 1, symbol: "A/B", at: Date.now() };
        scripts.price.paint(price);
        const asleep = words();
        isHidden = false;
        scripts.price.paint(price);
        delete document.hidden;
        return [asleep, words()];
        """
    )
    assert said == ["updated at 14:02:11", "updated just now"]


def test_a_busy_market_does_not_strobe(scripts: Scripts) -> None:
    assert scripts.call("price.nextFlash", []) == 0
    assert scripts.call("price.nextFlash", [1000]) == 1400
    assert scripts.call("price.nextFlash", [1000, 1400, 1800]) == 4000


def test_how_old_it_is_counts_by_itself(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("price_update", messages.price("43251.00"))
    deck.wait_for(lambda: deck.text("last-update") == "updated just now", what="now")
    deck.wait_for(lambda: deck.text("last-update") == "updated 3 s ago", what="3 s later")
