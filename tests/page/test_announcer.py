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
LIVE = """
const places = document.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log]');
return Object.fromEntries([...places].map(place => [place.id, place.ariaLive || place.role]));
"""


def trade(side: str, price: str, pnl: str | None = None, **changes: Any) -> dict[str, Any]:
    return {"kind": "trade", "trade": {"side": side, "price": price, "pnl": pnl, **changes}}


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
            [trade("sell", "2", "12.4", symbol="A/USDT"), trade("sell", "3", "-2.4", symbol="A/EUR")],
            "2 new trades, the last: SELL at 3.00, together +12.40 USDT, −2.40 EUR.",
        ),
        (
            [trade("buy", "1"), {"kind": "state", "state": "stopped", "text": None}],
            "New trade: BUY at 1.00. Bot stopped.",
        ),
        ([{**trade("sell", "43180", "12.4"), "bot": "grid"}], "New trade: SELL at 43,180.00 by grid, +12.40."),
        ([{**alert("Slow"), "bot": "grid"}, alert("Slow")], "grid: Slow. Slow."),
        ([alert("Slow"), alert("Slow"), alert("Odd!")], "2 times: Slow. Odd!"),
        ([], ""),
    ],
)
def test_what_comes_together_is_one_sentence(scripts: Scripts, items: list[dict[str, Any]], words: str) -> None:
    assert scripts.call("announcer.words", items) == words


def test_a_burst_is_read_out_once_errors_at_once_and_prices_never(bot: ForeignBot, deck: DeckPage) -> None:
    deck.js(RECORD)
    for number in range(5):
        bot.call("price_update", messages.price(f"4325{number}.10"))
    deck.wait_for(lambda: deck.price == "43254.10", what="the prices")
    stays(lambda: deck.js("return window.said") == [], 1, what="silence")
    bot.trade_in_one_loop(range(40))
    bot.call("alert", messages.alert(1, level="error", title="The exchange is away"))
    deck.wait_trades(40)
    deck.wait_for(lambda: said(deck, "trades-live"), what="the burst read out")
    deck.wait_for(lambda: said(deck, "errors-live"), what="the error read out")
    about_trades = said(deck, "trades-live")
    assert len(about_trades) <= 2
    assert sum(1 if text.startswith("New trade") else int(text.split()[0]) for text in about_trades) == 40
    assert said(deck, "errors-live")[0].startswith("The exchange is away.")
    expected = {"trades-live": "polite", "errors-live": "assertive", "action-note": "status"}
    assert expected.items() <= deck.js(LIVE).items()


def said(deck: DeckPage, place: str) -> list[str]:
    return [text for where, text in deck.js("return window.said") if where == place]
