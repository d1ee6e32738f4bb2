"""A trade in full: what its reason names, what opened it, how its order went, and the way there and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.filled_tape import fill_tape
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

EMA = "EMA 9 (43,250.10) crossed above EMA 21 (43,240.05)"
STOP = "Stop loss: price 43,015.10 fell to the stop at 43,033.75 (0.4 % below the entry at 43,206.58)"
DONCHIAN = "Donchian: close 43,250.10 is above 43,200.00, the highest high of the 20 candles before"


@pytest.mark.parametrize(
    ("reason", "values"),
    [
        (EMA, [["EMA 9", "43,250.10"], ["EMA 21", "43,240.05"]]),
        ("RSI 14 (31.2) crossed back above 30 after 28.4", [["RSI 14", "31.2"]]),
        (DONCHIAN, [["Close", "43,250.10"], ["Highest high of the 20 candles before", "43,200.00"]]),
        (STOP, [["Price", "43,015.10"], ["Stop", "43,033.75"], ["Entry", "43,206.58"]]),
        ("Take profit at 1 %", []),
        ("", []),
    ],
)
def test_the_values_that_a_reason_names(scripts: Scripts, reason: str, values: list[list[str]]) -> None:
    assert scripts.call("reason.values", reason) == values


def fill(side: str, amount: str, seq: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{side}{seq}",
        "seq": seq,
        "ts": seq,
        "side": side,
        "amount": amount,
        "bot_id": "b",
        "symbol": "X/Y",
        **changes,
    }


def opened_by(scripts: Scripts, trade: dict[str, Any], *older: dict[str, Any]) -> tuple[list[str], bool]:
    found = scripts.call("opening.of", trade, list(older))
    return [one["id"] for one in found["openings"]], found["isWhole"]


def test_a_sale_was_opened_by_the_buys_that_make_up_its_amount(scripts: Scripts) -> None:
    sale = fill("sell", "0.3", 9)
    older = fill("buy", "0.1", 8), fill("buy", "0.2", 7), fill("buy", "5", 6)
    assert opened_by(scripts, sale, *older) == (["buy8", "buy7"], True)
    assert scripts.call("opening.heldMs", sale, scripts.call("opening.of", sale, list(older))) == 2


def test_a_sale_between_takes_its_own_part(scripts: Scripts) -> None:
    older = fill("sell", "0.5", 8), fill("buy", "1", 7), fill("buy", "1", 6)
    assert opened_by(scripts, fill("sell", "0.5", 9), *older) == (["buy7"], True)


def test_another_bots_and_another_symbols_trades_are_left_out(scripts: Scripts) -> None:
    older = fill("buy", "1", 8, bot_id="c"), fill("buy", "1", 7, symbol="Z/Y"), fill("buy", "1", 6)
    assert opened_by(scripts, fill("sell", "1", 9), *older) == (["buy6"], True)


def test_what_is_not_known_is_not_guessed(scripts: Scripts) -> None:
    sale = fill("sell", "1", 9)
    assert opened_by(scripts, sale, fill("buy", "0.4", 8)) == (["buy8"], False)
    assert scripts.call("opening.heldMs", sale, scripts.call("opening.of", sale, [fill("buy", "0.4", 8)])) is None


def test_an_orders_life_in_steps(scripts: Scripts) -> None:
    order = {"life": [{"ts": 0, "state": "sent", "text": "To the exchange."}, {"ts": 1, "state": "filled"}]}
    steps = scripts.call("detail.life", order)
    assert [(step["state"], step["text"], step["isLast"]) for step in steps] == [
        ("sent", "To the exchange.", False),
        ("filled", "", True),
    ]
    assert scripts.call("detail.life", None) == []


@pytest.mark.parametrize(
    ("path", "state", "steps"),
    [("/", None, 1), ("/trade/a", {"steps": 1}, 2), ("/trade/a", None, None), ("/trade/a", {"steps": None}, None)],
)
def test_how_far_back_the_deck_is(scripts: Scripts, path: str, state: object, steps: int | None) -> None:
    assert scripts.call("route.stepsAfter", path, state) == steps


# In the browser.

IS_OPEN = "return document.getElementById('trade-detail').open"
FOCUSED = "return document.activeElement.closest('[data-trade-id]')?.dataset.tradeId"
CLICK_ROW_OF = """
const rows = [...document.querySelectorAll('#trades-table [data-trade-id]')];
rows.find(row => row.textContent.includes(arguments[0])).click();
"""
LIFE = "return [...document.querySelectorAll('#trade-detail .life b')].map(step => step.textContent)"


def press(page: DeckPage, key: str) -> None:
    page.driver.switch_to.active_element.send_keys(key)


def open_row(page: DeckPage, number: int) -> None:
    page.js(f"document.querySelector('#trades-table [data-trade-id=\"{messages.trade_id(number)}\"]').click()")
    wait_shown(page, number)


def wait_shown(page: DeckPage, number: int) -> None:
    page.wait_for(lambda: messages.trade_id(number) in page.text("trade-detail"), what=f"trade {number}")


def wait_closed(page: DeckPage) -> None:
    page.wait_for(lambda: not page.js(IS_OPEN), what="the sheet closed")
    assert page.js("return location.pathname") == "/"


def told_life(command: dict[str, Any]) -> dict[str, Any]:
    """A bot that knows every order's life."""
    steps = [{"ts": 1, "state": "sent", "text": "To the market."}, {"ts": 2, "state": "filled", "text": "0.01 BTC"}]
    order = {"id": "o", "client_order_id": "c", "exchange_order_id": None, "side": "buy", "type": "market"}
    rest = {"amount": "0.01", "price": None, "reason": "r", "life": steps}
    return {"ok": True, "data": {"order": {**order, **rest}}}


def test_the_sheet_tells_the_orders_life(bot: ForeignBot, deck: DeckPage) -> None:
    bot.answer = told_life
    bot.call("trade_executed", messages.trade(0, reason=EMA))
    deck.wait_trades(1)
    open_row(deck, 0)
    deck.wait_for(lambda: deck.js(LIFE) == ["sent", "filled"], what="the life of the order")
    assert "43,240.05" in deck.js("return document.querySelector('#trade-detail .why-values').innerText")


def test_a_bot_that_does_not_know_its_orders_is_not_asked_again(bot: ForeignBot, deck: DeckPage) -> None:
    bot.answer = lambda command: {"ok": True, "data": {}}
    bot.call("trade_executed", messages.trade(0))
    deck.wait_trades(1)
    open_row(deck, 0)
    sentence = "This bot does not tell how its orders went."
    deck.wait_for(lambda: sentence in deck.text("trade-detail"), what="the sentence")
    assert "Retry" not in deck.text("trade-detail")


def test_j_and_k_walk_and_escape_leads_back_to_the_row(bot: ForeignBot, deck: DeckPage) -> None:
    bot.trade_in_one_loop(range(4))
    deck.wait_trades(4)
    open_row(deck, 2)
    press(deck, "j")
    wait_shown(deck, 1)
    press(deck, "j")
    wait_shown(deck, 0)
    press(deck, "k")
    wait_shown(deck, 1)
    press(deck, "\ue00c")
    wait_closed(deck)
    assert deck.js(FOCUSED) == messages.trade_id(1)


def test_a_sale_leads_to_what_opened_it_and_closing_leaves_both(bot: ForeignBot, deck: DeckPage) -> None:
    bot.trade_in_one_loop(range(4))
    deck.wait_trades(4)
    open_row(deck, 3)
    deck.wait_for(lambda: "Opened by" in deck.text("trade-detail"), what="the opening trade")
    deck.js("document.querySelector('#trade-detail .links a').click()")
    wait_shown(deck, 2)
    deck.js("document.querySelector('#trade-detail .icon-close').click()")
    wait_closed(deck)


def test_of_two_bots_that_count_alike_the_one_that_was_clicked_opens(
    relay: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    for name, price in (("alpha", "111"), ("beta", "222")):
        start_bot(relay.url, name).come_up().call("trade_executed", messages.trade(7, price=price))
    page = new_page(relay.url).open()
    page.wait_trades(2)
    for price in ("222.00", "111.00"):
        page.js(CLICK_ROW_OF, price)
        page.wait_for(lambda price=price: price in page.text("trade-detail"), what=price)  # type: ignore[misc]
        page.open(page.js("return location.pathname + location.search"))
        page.wait_for(lambda price=price: price in page.text("trade-detail"), what=f"{price} again")  # type: ignore[misc]
        press(page, "\ue00c")
        wait_closed(page)
        assert page.js("return location.search") == ""
        page.wait_trades(2)


def test_an_old_trade_opens_by_its_address_and_escape_leads_to_the_deck(
    data_dir: Path, start_relay: Callable[..., Relay], new_page: Callable[..., DeckPage]
) -> None:
    fill_tape(data_dir, 1_200)
    page = new_page(start_relay().url).open()
    page.wait_trades(500)
    page.open(f"/trade/{messages.trade_id(3)}")
    wait_shown(page, 3)
    page.wait_for(lambda: "is away" in page.text("trade-detail"), what="why the order's life is not known")
    press(page, "\ue00c")
    wait_closed(page)


def test_a_trade_that_is_not_there_is_said_to_be_not_there(bot: ForeignBot, deck: DeckPage) -> None:
    deck.open("/trade/nothing")
    deck.wait_for(lambda: "There is no trade nothing" in deck.text("trade-detail"), what="the sentence")
    [noise] = deck.console_errors()
    assert "404" in noise
    press(deck, "\ue00c")
    wait_closed(deck)


def test_on_a_phone_the_sheet_fills_the_screen_and_its_close_is_big_enough(
    bot: ForeignBot, relay: Relay, new_page: Callable[..., DeckPage]
) -> None:
    bot.call("trade_executed", messages.trade(1))
    page = new_page(relay.url)
    metrics = {"width": 320, "height": 700, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.open().wait_trades(1)
    open_row(page, 1)
    box = "const box = document.querySelector(arguments[0]).getBoundingClientRect(); return [box.width, box.height]"
    assert page.js(box, "#trade-detail") == [320, 700]
    width, height = page.js(box, "#trade-detail .icon-close")
    assert width >= 44 and height >= 44
    assert page.js("const sheet = document.getElementById('trade-detail'); return sheet.scrollWidth") <= 320
