"""kill -9 of the relay, and its start again."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.modes import both_modes
from tests.support.relay import Relay

pytestmark = both_modes
LIVE_AGAIN_S = 3


def test_the_page_is_live_within_three_seconds_with_nothing_lost_and_no_toast_twice(
    relay: Relay, bot: ForeignBot, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    page = new_page(relay.url)
    page.expect_outage()
    page.open()
    page.watch_toasts()
    bot.trade_in_one_loop(range(5))
    page.wait_trades(5)
    bot.wait_for_answers(5)

    relay.kill()
    page.wait_for(lambda: page.connection == "reconnecting", 5, "the page says that it is reconnecting")
    relay.restart()
    up = time.monotonic()
    page.wait_live()
    took = time.monotonic() - up
    assert took <= LIVE_AGAIN_S, f"live after {took:.1f} s"

    again = start_bot(relay.url).come_up()
    again.trade_in_one_loop(range(8))
    page.wait_trades(8)
    again.wait_for_answers(8)
    assert page.trade_count == 8, "repeated trades were counted again"
    shown = page.trade_ids
    assert shown == [messages.trade_id(number) for number in reversed(range(8))][: len(shown)]
    toasted = [toast["trade"] for toast in page.toasts if toast["trade"]]
    assert len(toasted) == len(set(toasted)), f"a trade was announced twice: {toasted}"


def test_what_the_relay_acknowledged_is_on_disk_when_it_dies(relay: Relay, bot: ForeignBot) -> None:
    for number in range(20):
        assert bot.call("trade_executed", messages.trade(number)) == {"ok": True}
    relay.kill()
    relay.restart()
    code, body = relay.get("/api/v1/trades?limit=100")
    assert code == 200
    kept = {trade["id"] for trade in body["trades"]}
    assert kept == {messages.trade_id(number) for number in range(20)}
