"""The trades table and a trade's detail."""

from __future__ import annotations

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><b>bold</b>"


def test_a_row_in_words(scripts: Scripts) -> None:
    trade = {
        "id": "t",
        "ts": 0,
        "side": "sell",
        "price": "43180.00",
        "amount": "0.02840",
        "fee": "1.2263",
        "pnl": "12.4",
    }
    row = scripts.call("trades.view", {**trade, "reason": "take profit at 1 %"})
    assert (row["side"], row["price"], row["amount"]) == ("▼ SELL", "43,180.00", "0.02840")
    assert (row["fee"], row["pnl"], row["result"]) == ("1.23", "+12.40", "won")


def test_what_was_earned_in_coins_keeps_its_decimals(scripts: Scripts) -> None:
    trade = {
        "id": "t",
        "ts": 0,
        "side": "sell",
        "symbol": "ETH/BTC",
        "price": "0.0984",
        "amount": "1",
        "pnl": "0.01234567",
    }
    assert scripts.call("trade_row.view", trade, 0)["pnl"] == "+0.01234567"
    assert "+0.01234567 BTC" in scripts.call("toasts.card", {"kind": "trade", "trade": trade, "key": "k"})["text"]


def test_what_a_bot_says_is_text_and_never_markup(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("trade_executed", messages.trade(1, reason=HOSTILE))
    bot.call("log", messages.log_line(HOSTILE))
    bot.call("alert", messages.alert(1, title=HOSTILE, message=HOSTILE))
    deck.wait_for(lambda: "<b>bold</b>" in deck.text("activity-list"), what="the words as they are")
    deck.wait_for(lambda: "<b>bold</b>" in deck.text("trades-table"), what="the reason as it is")
    assert deck.js("return document.querySelectorAll('#deck img').length") == 0
    assert deck.js("return document.title") == "Tapedeck"


def test_a_click_opens_the_detail_and_back_closes_it(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("trade_executed", messages.trade(1, reason="because of this", price="0.09846001"))
    deck.wait_trades(1)
    deck.js("document.querySelector('#trades-table [data-trade-id]').click()")
    deck.wait_for(lambda: deck.js("return document.getElementById('trade-detail').open"), what="the detail")
    assert deck.js("return location.pathname") == f"/trade/{messages.trade_id(1)}"
    text = deck.text("trade-detail")
    assert "because of this" in text and "0.09846001" in text
    deck.driver.back()
    deck.wait_for(lambda: not deck.js("return document.getElementById('trade-detail').open"), what="it closed")
    assert deck.js("return location.pathname") == "/"


def test_a_trade_has_an_address_of_its_own(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("trade_executed", messages.trade(1, reason="because of this"))
    deck.wait_trades(1)
    deck.open(f"/trade/{messages.trade_id(1)}")
    deck.wait_for(lambda: "because of this" in deck.text("trade-detail"), what="the detail of the trade")


def test_the_filter_shows_one_side(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("trade_executed", messages.trade(1, side="buy"))
    bot.call("trade_executed", messages.trade(2, side="sell"))
    deck.wait_trades(2)
    deck.js("document.querySelector('#trades-filter [data-name=sell]').click()")
    visible = (
        "return [...document.querySelectorAll('#trades-table [data-trade-id]')].filter(r => r.offsetParent).length"
    )
    assert deck.js(visible) == 1
    assert deck.trade_count == 2
