"""A line that drops, repeats and delays frames, and is cut twenty times."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support import messages
from tests.support.chaos import ChaosLine, Faults
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay
from tests.support.waiting import eventually

TRADES = 200
CUTS = 20
EACH = TRADES // CUTS
BAD = Faults(drop=0.2, repeat=0.2, delay_s=0.05)


@pytest.mark.timeout(300)
def test_two_hundred_trades_survive_a_line_cut_twenty_times(
    relay: Relay, bot: ForeignBot, bad_line: Callable[..., ChaosLine], new_page: Callable[..., DeckPage]
) -> None:
    """Every other cut hits a page that is live, the rest hit it wherever it is on its way back."""
    line = bad_line(relay.port, seed=7, faults=BAD)
    page = new_page(line.url)
    page.expect_outage()
    page.open()
    page.watch_toasts()
    for cut in range(CUTS):
        first = cut * EACH
        for number in range(first, first + EACH):
            assert bot.call("trade_executed", messages.trade(number)) == {"ok": True}
        if cut % 2:
            page.wait_trades(first + 1, 30)
        eventually(lambda: line.open_sockets == 1, 30, what=f"a line after cut {cut}")
        line.cut()
    page.wait_trades(TRADES, 60)
    page.wait_live(30)
    assert page.trade_count == TRADES
    shown = page.trade_ids
    assert shown == [messages.trade_id(number) for number in reversed(range(TRADES))][: len(shown)]
    toasted = [toast["trade"] for toast in page.toasts if toast["trade"]]
    assert len(toasted) == len(set(toasted)), "a trade was announced twice"
    assert line.counts.connections > CUTS
    assert line.counts.dropped >= 5
    assert line.counts.repeated >= 5


def test_a_frozen_line_is_noticed_and_left_for_a_new_one(
    relay: Relay, bot: ForeignBot, bad_line: Callable[..., ChaosLine], new_page: Callable[..., DeckPage]
) -> None:
    """Nothing closes the socket: the page has to notice by itself that nothing comes any more."""
    line = bad_line(relay.port)
    page = new_page(line.url)
    page.expect_outage()
    page.open()
    line.freeze()
    page.wait_for(lambda: page.connection != "connected", 30, "the page no longer says connected")
    bot.trade_in_one_loop(range(5))
    line.thaw()
    page.wait_live(30)
    page.wait_trades(5, 10)
