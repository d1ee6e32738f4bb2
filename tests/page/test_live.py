"""The line end to end: what a bot emits is on the page, what a person presses reaches the bot."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support import chromium, messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay
from tests.support.waiting import stays

pytestmark = pytest.mark.chart


def answering(bot: ForeignBot) -> None:
    """Let a scripted bot do what start and stop ask for, as the real one does."""
    states = {"start_bot": "running", "stop_bot": "stopped"}

    def answer(command: dict[str, object]) -> dict[str, object]:
        bot.emit("status_change", messages.status(states[str(command["name"])]))
        return {"ok": True, "data": {}}

    bot.answer = answer


def test_a_price_is_on_the_page_with_all_its_digits(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("price_update", messages.price("0.0984", symbol="ETH/BTC"))
    deck.wait_for(lambda: deck.price == "0.0984", what="the price")
    deck.wait_for(lambda: "0.0984" in deck.text("price"), what="its text")


def test_trade_position_and_mode_are_on_the_page(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("trade_executed", messages.trade(0))
    bot.call("status_change", messages.status(position=messages.position("0.0284")))
    deck.wait_for(lambda: deck.trade_ids == [messages.trade_id(0)], what="the trade")
    deck.wait_for(lambda: deck.data("position") == "0.0284", what="the position")
    assert deck.data("mode") == "paper"
    assert "0.0284" in deck.text("position-panel")


def test_a_repeated_trade_is_shown_once(bot: ForeignBot, deck: DeckPage) -> None:
    for _ in range(3):
        assert bot.call("trade_executed", messages.trade(1)) == {"ok": True}
    bot.call("trade_executed", messages.trade(2))
    deck.wait_trades(2)
    assert deck.trade_ids == [messages.trade_id(2), messages.trade_id(1)]


def test_of_two_pages_one_stops_the_bot_and_both_show_it_once(
    relay: Relay, bot: ForeignBot, new_page: Callable[..., DeckPage]
) -> None:
    answering(bot)
    pages = [new_page(relay.url).open() for _ in range(2)]
    for page in pages:
        page.wait_status("running")
        page.watch_toasts()
    pages[0].wait_pressable("stop-button")
    pages[0].click("stop-button")
    for page in pages:
        page.wait_status("stopped")
    pages[0].wait_for(lambda: all(page.toasts for page in pages), what="a toast on each page")
    stays(lambda: all(len(page.toasts) == 1 for page in pages), 1.5, what="one toast each")
    assert [command["name"] for command in bot.commands] == ["stop_bot"]


def test_start_and_stop_settle_on_the_bots_own_word(bot: ForeignBot, deck: DeckPage) -> None:
    answering(bot)
    deck.wait_pressable("stop-button")
    deck.click("stop-button")
    deck.wait_status("stopped")
    deck.wait_pressable("start-button")
    deck.click("start-button")
    deck.wait_status("running")
    assert [command["name"] for command in bot.commands] == ["stop_bot", "start_bot"]


@pytest.fixture
def logged_page(relay: Relay) -> Iterator[DeckPage]:
    """A page in a browser that keeps a log of every request."""
    driver = chromium.launch(network_log=True)
    yield DeckPage(driver, relay.url)
    chromium.close(driver)


def test_nothing_of_the_line_is_kept_for_an_undo(bot: ForeignBot, deck: DeckPage) -> None:
    for number in range(20):
        bot.call("trade_executed", messages.trade(number))
        deck.wait_trades(number + 1)
    assert deck.js("return window.dash_stores.length") == 1
    assert deck.js("return window.dash_stores[0].getState().history.past.length") < 10


def test_once_loaded_the_page_asks_for_nothing_more(bot: ForeignBot, logged_page: DeckPage) -> None:
    page = logged_page.open()
    page.wait_drawn()
    chromium.requests_made(page.driver)
    for number in range(60):
        bot.call("price_update", messages.price(f"{43000 + number}.5"))
        bot.call("candle_update", messages.candle(messages.now_ms() // 60_000 * 60_000, closed=False))
    bot.trade_in_one_loop(range(20))
    bot.call("status_change", messages.status("stopped", position=messages.position()))
    bot.call("stats_update", messages.stats(trades=20))
    bot.call("alert", messages.alert(1, "error"))
    bot.call("log", messages.log_line())
    page.wait_for(lambda: page.trade_count == 20 and page.bot_status == "stopped", what="all of it")
    stays(lambda: page.connection == "connected", 3)
    assert chromium.requests_made(page.driver) == []
    assert page.console_errors() == []
