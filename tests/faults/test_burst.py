"""A thousand trades at once: all of them. How fast, benchmarks/burst.py measures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

pytestmark = pytest.mark.chart

COUNT = 1_000
BOUND_S = 10
"""Generous: the suite may share its cores with anything."""


@pytest.mark.parametrize("block_ms", [0, 40])
def test_a_thousand_trades_in_one_loop_reach_the_page_each_once_and_in_order(
    relay: Relay, bot: ForeignBot, new_page: Callable[..., DeckPage], block_ms: int
) -> None:
    page = new_page(relay.url)
    if block_ms:
        page.block_each_frame(block_ms)
    page.open()
    page.wait_status("running")
    bot.trade_in_one_loop(range(COUNT))
    page.wait_trades(COUNT, BOUND_S)
    bot.wait_for_answers(COUNT)
    assert page.trade_count == COUNT
    newest_first = [messages.trade_id(number) for number in reversed(range(COUNT))]
    shown = page.trade_ids
    assert shown
    assert shown == newest_first[: len(shown)]
