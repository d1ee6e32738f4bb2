"""Reading the trades: filter, search, all history by scrolling, and a place that nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.filled_tape import fill_tape
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

COUNT = 3_000
IN_THE_PAGE = "return document.querySelectorAll('#trades-table tbody tr').length"
TO_THE_END = "const frame = document.querySelector('.trades-frame'); frame.scrollTop = frame.scrollHeight"
FIRST_IN_VIEW = """
const top = document.querySelector('.trades-frame').getBoundingClientRect().top + 60;
const rows = [...document.querySelectorAll('#trades-table tbody tr')];
const row = rows.find((one) => one.getBoundingClientRect().bottom > top);
return [row.dataset.tradeId, Math.round(row.getBoundingClientRect().top - top)];
"""
END = "return document.getElementById('trades-more').dataset.phase"
NO_ANSWER = """
window.askJson = dash_clientside.ask.json;
dash_clientside.ask.json = async () => ({ok: false, code: 0, error: 'The relay did not answer.'});
"""
NEWEST = messages.trade_id(COUNT - 1)
OLDEST = messages.trade_id(0)


@pytest.fixture
def history(data_dir: Path, start_relay: Callable[..., Relay], new_page: Callable[..., DeckPage]) -> DeckPage:
    """A page on a relay that has three thousand trades, of which it sent the last five hundred."""
    fill_tape(data_dir, COUNT)
    page = new_page(start_relay().url).open()
    page.wait_trades(500)
    return page


def search(page: DeckPage, text: str) -> None:
    field = page.driver.find_element("css selector", "#trades-search input")
    field.clear()
    field.send_keys(text)


def read_to_the_end(page: DeckPage) -> None:
    def read_on() -> bool:
        page.js(TO_THE_END)
        return bool(page.js(END) == "done")

    page.wait_for(read_on, 60, "the first trade")


def test_scrolling_reads_back_to_the_first_trade_each_once_and_in_order(history: DeckPage) -> None:
    history.watch_trades()
    read_to_the_end(history)
    seen = history.trades_seen
    assert sorted(set(seen)) == [messages.trade_id(number) for number in range(COUNT - 500)]
    history.wait_for(lambda: history.trade_ids[-1] == OLDEST, what="the oldest row")
    shown = history.trade_ids
    assert shown == sorted(set(shown), reverse=True)
    assert history.js(IN_THE_PAGE) < COUNT, "what is far out of view takes no room in the document"
    history.js("document.querySelector('.trades-frame').scrollTop = 0")
    history.wait_for(lambda: history.trade_ids[0] == NEWEST, what="the newest again")
    assert history.trade_count == 500


def test_search_and_filter_reach_what_the_page_does_not_hold(history: DeckPage) -> None:
    search(history, "trade 17")
    wanted = [n for n in range(COUNT) if "17" in str(n) or "17" in str(43000 + n % 500)]
    history.wait_for(lambda: messages.trade_id(2998) not in history.trade_ids, what="the search")
    read_to_the_end(history)
    assert history.trade_ids == [messages.trade_id(number) for number in reversed(wanted)]
    history.js("document.querySelector('#trades-filter [data-name=won]').click()")
    won = [messages.trade_id(number) for number in reversed(wanted) if number % 2]
    history.wait_for(lambda: history.trade_ids == won, 30, "those that won")
    link = history.js("return document.getElementById('trades-csv').getAttribute('href')")
    assert link == "/api/v1/trades.csv?bots=all&result=won&search=trade+17"


def test_a_search_without_a_match_says_so_and_lets_go(history: DeckPage) -> None:
    search(history, "no such thing")
    history.wait_for(lambda: "No trade matches “no such thing”." in history.text("trades-more"), 30, "the sentence")
    history.js("document.querySelector('#trades-more button').click()")
    history.wait_for(lambda: history.trade_ids[0] == NEWEST, what="all trades")


def test_the_slash_goes_to_the_search_and_escape_empties_it(history: DeckPage) -> None:
    history.js("document.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true}))")
    history.driver.switch_to.active_element.send_keys("trade 2999")
    history.wait_for(lambda: history.trade_ids == [NEWEST], 30, "the match")
    history.driver.switch_to.active_element.send_keys("\ue00c")
    history.wait_for(lambda: len(history.trade_ids) >= 500, what="all trades")


def test_older_trades_that_cannot_be_read_can_be_tried_again(history: DeckPage) -> None:
    history.js(NO_ANSWER)
    history.js(TO_THE_END)
    history.wait_for(lambda: "The relay did not answer." in history.text("trades-more"), what="the error")
    history.js("dash_clientside.ask.json = askJson; document.querySelector('#trades-more button').click()")
    history.wait_for(lambda: len(history.trade_ids) >= 600, what="older trades")


def test_new_trades_do_not_move_what_is_read(bot: ForeignBot, deck: DeckPage) -> None:
    bot.trade_in_one_loop(range(60))
    deck.wait_trades(60)
    deck.js("document.querySelector('.trades-frame').scrollTop = 900")
    read = deck.js(FIRST_IN_VIEW)
    bot.trade_in_one_loop(range(60, 63))
    deck.wait_trades(63)
    deck.wait_for(lambda: deck.text("trades-news") == "3 new trades ↑", what="the button")
    assert deck.js(FIRST_IN_VIEW) == read
    deck.js("document.querySelector('#trades-news button').click()")
    deck.wait_for(lambda: deck.js("return document.querySelector('.trades-frame').scrollTop") == 0, what="the top")
    assert deck.text("trades-news") == ""
    assert deck.trade_ids[0] == messages.trade_id(62)


def test_arrow_keys_go_from_row_to_row(bot: ForeignBot, deck: DeckPage) -> None:
    bot.trade_in_one_loop(range(3))
    deck.wait_trades(3)
    deck.js("document.querySelector('.trades-frame').focus()")
    focused = "return document.activeElement.closest('[data-trade-id]')?.dataset.tradeId"
    for key, expected in (("\ue015", 2), ("\ue015", 1), ("\ue013", 2)):
        deck.driver.switch_to.active_element.send_keys(key)
        assert deck.js(focused) == messages.trade_id(expected)


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_rows_of_two_lines_and_nothing_scrolls_sideways(
    bot: ForeignBot, relay: Relay, new_page: Callable[..., DeckPage], width: int
) -> None:
    long = {"symbol": "ETH/BTC", "price": "0.029312345678", "amount": "0.000012345678", "fee": "0.0000001234"}
    bot.call("trade_executed", messages.trade(1, pnl="-0.0000000123", reason="why " * 60, **long))
    page = new_page(relay.url)
    metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.open().wait_trades(1)
    assert page.js("return document.documentElement.scrollWidth") <= width
    cut = (
        "return [...document.querySelectorAll('#trades-table td')].filter(cell => !cell.matches('.cell-why')"
        " && cell.scrollWidth > cell.clientWidth).map(cell => cell.className)"
    )
    assert page.js(cut) == []
    assert page.js("return document.querySelector('#trades-table tbody tr').offsetHeight") >= 44
