"""A position that is more than the market takes in one order is sold in several, by whatever sells it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.messages import FeedOpened, Input, Order
from bot.core.orders import in_one_order
from bot.core.state import State
from tests.support.orders import (
    ENTRY,
    asked_back,
    canceled,
    holding,
    killed,
    leave,
    limits,
    opened,
    placed,
    quoted,
    with_policy,
)
from tests.support.trading import RULES, candle, command, filled, through, with_config

LITTLE = replace(RULES, max_amount=Decimal("0.025004"))
PIECES = [Decimal("0.025"), Decimal("0.025"), Decimal("0.01242")]
"""Of the 0.06242 that these stories hold."""


def held(state: State | None = None) -> State:
    """A position that the market would take in one order when it was bought, and takes in none now."""
    state = through(holding(state or with_policy()), FeedOpened(rules=LITTLE))[0]
    assert state.account.portfolio.base == sum(PIECES)
    return state


def sold(state: State, first: Input) -> tuple[State, list[Order]]:
    """After all that follows when each order is filled at once."""
    state, _, effects = through(state, first)
    waiting, orders = placed(effects), placed(effects)
    while waiting:
        state, _, effects = through(state, filled(waiting.pop(0), 39_000))
        waiting += placed(effects)
        orders += placed(effects)
    return state, orders


WAYS: dict[str, tuple[Input, str]] = {
    "a stop loss": (quoted(39_000), "protection"),
    "a take profit": (quoted(42_000), "protection"),
    "a close": (command("close_position"), "close"),
    "a halt that closes": (command("halt", flatten=True), "close"),
    "an exit": (leave(), "exit"),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_sold_whole_in_orders_that_the_market_takes(way: str) -> None:
    first, purpose = WAYS[way]
    state, orders = sold(held(), first)
    assert [order.amount for order in orders] == PIECES
    assert {order.purpose for order in orders} == {purpose}
    account = state.account
    assert (account.portfolio.lot, account.wanted_exit, account.orders, account.parts) == (None, None, (), 0)


def test_the_parts_go_with_the_last_piece() -> None:
    _, orders = sold(held(), leave())
    assert [order.parts for order in orders] == [0, 0, 1]


def test_a_limit_exit_rests_in_pieces_beside_each_other() -> None:
    state, _, effects = through(held(limits()), leave(), quoted(40_000, 40_010))
    assert [(order.type, order.amount) for order in placed(effects)] == [("limit", piece) for piece in PIECES]
    assert asked_back(effects) == []
    assert through(state, *[opened(order) for order in placed(effects)], quoted(40_000, 40_010))[2] == []


def test_a_kill_between_two_pieces_changes_nothing() -> None:
    state, _, effects = through(held(), command("close_position"))
    again, _, more = through(killed(state), FeedOpened(rules=LITTLE), quoted(40_000))
    assert sum(order.amount for order in placed([*effects, *more])) == sum(PIECES)
    assert again.account.wanted_exit is None


def test_a_stop_on_the_exchange_is_taken_back_for_them() -> None:
    state = holding(with_policy(stop_on_exchange=True))
    (stop,) = state.account.orders
    state, _, effects = through(state, FeedOpened(rules=LITTLE))
    assert asked_back(effects) == [stop.id]
    state, _, effects = through(state, canceled(stop), quoted(39_000))
    assert placed(effects)[0].amount == PIECES[0]


def test_no_piece_leaves_a_rest_that_the_market_would_not_take() -> None:
    assert in_one_order(LITTLE, Decimal("0.025"), Decimal(40_000)) == Decimal("0.025")
    assert in_one_order(LITTLE, Decimal("0.02505"), Decimal(40_000)) == Decimal("0.01252")


def test_what_is_too_much_for_one_order_is_a_position_all_the_same() -> None:
    state = through(with_config(held(), stake_pct=Decimal(1)), candle(1, 40_000))[0]
    assert through(state, replace(ENTRY, candle_ts=candle(1, 1).ts))[2] == []


def test_an_exit_of_a_share_that_is_more_than_one_order_is_sold_too() -> None:
    half: Any = Decimal("0.5")
    _, orders = sold(held(), leave(share=half))
    assert [order.amount for order in orders] == [Decimal("0.025"), Decimal("0.00621")]
