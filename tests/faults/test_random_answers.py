"""Thousands of short days on which answers are lost, late, doubled, stale and out of order, and the bot is killed.

Whatever happened: no order was sent twice, no fill is missing or counted twice, and the account is the exchange's to
the last digit. The exchange is the stand-in's core, in process; time is virtual, so nothing waits.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.order_ids import client_order_id
from bot.core.order_policy import OrderPolicy
from tests.support.flaky_exchange import Fate, StreamFate
from tests.support.short_day import ShortDay, What
from tests.support.virtual_time import run_virtually

DAYS = int(os.environ.get("TAPEDECK_RANDOM_DAYS", "10000"))
SHARES = 4
"""The days are cut in shares, so that several workers try them side by side."""

scripts = st.lists(st.sampled_from(["enter", "enter", "exit", *get_args(What)]), min_size=4, max_size=24)
fates = st.lists(st.sampled_from(get_args(Fate)), max_size=24)
stream_fates = st.lists(st.sampled_from(get_args(StreamFate)), max_size=8)
policies = st.builds(
    OrderPolicy,
    entry=st.sampled_from(["market", "limit"]),
    exit=st.sampled_from(["market", "limit"]),
    timeout_s=st.sampled_from([1, 5, 30]),
    reprices=st.integers(0, 2),
    stop_on_exchange=st.booleans(),
)


def check(day: ShortDay) -> None:
    """What must be true after any day, once the exchange answers again."""
    spot, account, trades = day.spot, day.account, day.disk.trades
    spot.check_conservation()
    assert max(day.exchange.sent.values(), default=0) <= 1, "an order was sent twice"
    ids = Counter(client_order_id(order.id) for order in day.disk.placed)
    assert max(ids.values(), default=0) <= 1, "an order was written down twice"
    assert {order.client_order_id for order in spot.orders.values()} <= set(ids), "an order that nobody wrote down"
    there = Counter((fill.price, fill.quantity, fill.fee, fill.side.lower()) for fill in spot.fills)
    here = Counter((trade.price, trade.amount, trade.fee, str(trade.side)) for trade in trades)
    assert here == there, "a fill was lost or counted twice"
    assert account.portfolio.cash == spot.wallet["USDT"].total
    assert account.portfolio.base + account.base_elsewhere == spot.wallet["BTC"].total
    assert not account.orders
    assert not spot.open_orders(), "an order was left on the exchange"
    assert account.difference is None


@pytest.mark.parametrize("share", range(SHARES))
def test_no_order_is_sent_twice_and_no_fill_is_lost(share: int) -> None:
    @settings(max_examples=DAYS // SHARES, suppress_health_check=list(HealthCheck), database=None)
    @given(scripts, fates, stream_fates, policies, st.just(share))
    def a_day(script: list[What], fates: list[Fate], stream: list[StreamFate], orders: OrderPolicy, _: int) -> None:
        day = ShortDay(fates, stream, orders)
        run_virtually(day.run(script))
        check(day)

    a_day()
