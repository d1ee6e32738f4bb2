"""What a screen reader says: one sentence for a burst, errors at once, prices never."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.waiting import stays

RECORD = """
window.said = [];
for (const place of document.querySelectorAll('[aria-live], [role=status], [role=alert]')) {
  new MutationObserver(() => place.textContent && window.said.push([place.id, place.textContent]))
    .observe(place, {childList: true, characterData: true, subtree: true});
}
"""


def trade(side: str, price: str, pnl: str | None = None) -> dict[str, Any]:
    return {"kind": "trade", "trade": {"side": side, "price": price, "pnl": pnl}}


def alert(title: str, level: str = "info") -> dict[str, Any]:
    return {"kind": "alert", "level": level, "title": title, "text": ""}


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([trade("buy", "43250.1")], "New trade: BUY at 43,250.10."),
        ([trade("sell", "43180", "12.4")], "New trade: SELL at 43,180.00, +12.40."),
        (
            [trade("buy", "1"), trade("sell", "2", "12.4"), trade("sell", "3", "-2.4")],
            "3 new trades, the last: SELL at 3.00, together +10.00.",
        ),
        (
            [trade("buy", "1"), {"kind": "state", "state": "stopped", "text": None}],
            "New trade: BUY at 1.00. Bot stopped.",
        ),
        ([alert("Slow"), alert("Slow"), alert("Odd!")], "2 times: Slow. Odd!"),
        ([], ""),
    ],
)
def test_what_comes_together_is_one_sentence(scripts: Scripts, items: list[dict[str, Any]], words: str) -> None:
    assert scripts.call("announcer.words", items) == words


def test_a_burst_is_read_out_once_politely_and_errors_at_once(bot: ForeignBot, deck: DeckPage) -> None:
    deck.js(RECORD)
    bot.trade_in_one_loop(range(40))
    bot.call("alert", messages.alert(1, level="error", title="The exchange is away"))
    deck.wait_trades(40)
    deck.wait_for(lambda: any("trade" in text for _, text in deck.js("return window.said")), what="the burst read out")
    deck.wait_for(lambda: any(place == "errors-live" for place, _ in deck.js("return window.said")), what="the error")
    said = deck.js("return window.said")
    about_trades = [text for place, text in said if place == "trades-live"]
    assert len(about_trades) <= 2, said
    assert sum(1 if text.startswith("New trade") else int(text.split()[0]) for text in about_trades) == 40
    assert next(text for place, text in said if place == "errors-live").startswith("The exchange is away.")
    assert deck.js("return document.getElementById('trades-live').getAttribute('aria-live')") == "polite"
    assert deck.js("return document.getElementById('errors-live').getAttribute('aria-live')") == "assertive"


def test_prices_are_not_read_out(bot: ForeignBot, deck: DeckPage) -> None:
    deck.js(RECORD)
    for number in range(5):
        bot.call("price_update", messages.price(f"4325{number}.10"))
    deck.wait_for(lambda: deck.price == "43254.10", what="the prices")
    stays(lambda: deck.js("return window.said") == [], 1, what="silence")
    live = "return [...document.querySelectorAll('[aria-live], [role=status], [role=alert]')].map(place => place.id)"
    assert sorted(deck.js(live)) == ["action-note", "errors-live", "trades-live"]
