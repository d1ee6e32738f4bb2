"""`close_position` means all that is held: what the market leaves of it is sold later, like a strategy's exit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.messages import FeedFailed, FeedOpened, Notice, Order, OrderRejected
from bot.core.state import State
from tests.support.orders import canceled, execution, holding, placed, quoted, restarted, with_policy
from tests.support.trading import RULES, command, filled, through

PART = Decimal("0.01")


def closing(state: State | None = None) -> tuple[State, Order]:
    """A position that a person closes, and the order for it."""
    state, _, effects = through(state or holding(with_policy()), quoted(40_000), command("close_position"))
    (order,) = placed(effects)
    return state, order


def half_closed(state: State | None = None) -> tuple[State, Order]:
    """The market ended it with a rest."""
    state, order = closing(state)
    state, events, effects = through(state, execution(order, PART, name="a"), canceled(order))
    assert effects == []
    left = f"{order.amount - PART} BTC"
    (alert,) = [event for event in events if isinstance(event, Notice)]
    assert alert.message == f"The market ended {order.id} with {left} unsold: it is sold in another order, in a moment."
    return state, order


def refused(order: Order) -> OrderRejected:
    return OrderRejected(order_id=order.id, reason="The market says no.")


def test_what_a_close_left_when_the_market_ended_it_is_sold_ten_seconds_later() -> None:
    state, order = half_closed()
    assert through(state, quoted(40_000, at_s=9))[2] == []
    state, _, effects = through(state, quoted(40_000, at_s=10))
    (rest,) = placed(effects)
    assert (rest.id != order.id, rest.purpose, rest.type, rest.reason) == (True, "close", "market", order.reason)
    assert rest.amount == order.amount - PART
    state = through(state, filled(rest, 40_000), quoted(40_000, at_s=100))[0]
    assert (state.account.portfolio.lot, state.account.wanted_exit, state.account.orders) == (None, None, ())


@pytest.mark.parametrize("end", [refused, canceled], ids=["refused", "ended"])
def test_one_of_which_nothing_was_filled_is_sold_later_and_later(end: Any) -> None:
    state, order = closing()
    (alert,) = [event for event in through(state, end(order))[1] if isinstance(event, Notice)]
    assert alert.title == ("Order to sell refused" if end is refused else "Order to sell not filled")
    state, tried = through(state, end(order))[0], []
    for second in range(1, 80):
        state, _, effects = through(state, quoted(40_000, at_s=second))
        for again in placed(effects):
            assert again.amount == order.amount
            tried.append(second)
            state = through(state, end(again))[0]
    assert tried == [10, 30, 70]


def test_the_rest_is_sold_after_a_restart_too() -> None:
    state, order = half_closed()
    again = restarted(state, quoted(40_000, at_s=9))
    assert again.account == state.account
    assert [rest.amount for rest in placed(through(again, quoted(40_000, at_s=10))[2])] == [order.amount - PART]


def test_a_rest_below_the_markets_minimum_is_an_alert_with_what_is_left_and_why() -> None:
    state, order = closing()
    least = RULES.amount_step
    state = through(state, execution(order, order.amount - least, name="a"), canceled(order))[0]
    state, events, effects = through(state, quoted(40_000, at_s=10), quoted(40_000, at_s=100))
    (alert,) = [event for event in events if isinstance(event, Notice)]
    assert (alert.level, alert.title) == ("warning", "A rest is left unsold")
    assert f"{least:f}" in alert.message or "USDT" in alert.message
    assert "below the market's minimum" in alert.message
    assert (effects, state.account.portfolio.base, state.account.wanted_exit) == ([], least, None)


def test_a_stop_loss_takes_the_rest_at_once() -> None:
    state, order = half_closed()
    state, _, effects = through(state, quoted(39_000, at_s=1))
    assert [(sale.purpose, sale.amount) for sale in placed(effects)] == [("protection", order.amount - PART)]
    assert state.account.wanted_exit is None


def test_closing_it_again_takes_the_rest_at_once() -> None:
    state, order = half_closed()
    state, _, effects = through(state, command("close_position"))
    assert [(sale.purpose, sale.amount) for sale in placed(effects)] == [("close", order.amount - PART)]
    assert state.account.wanted_exit is None


def test_a_halt_that_closes_the_position_takes_it_over() -> None:
    state, order = half_closed()
    state, _, effects = through(state, command("halt", flatten=True))
    assert [(sale.reason, sale.amount) for sale in placed(effects)] == [
        ("Position closed by halt", order.amount - PART)
    ]
    assert state.account.wanted_exit is None
    state, order = closing()
    state, _, effects = through(state, command("halt", flatten=True), execution(order, PART, name="a"), canceled(order))
    assert [sale.amount for sale in placed(effects)] == [order.amount - PART]
    assert state.account.wanted_exit is None


def test_what_a_halt_left_is_not_sold_once_it_was_given_up() -> None:
    state, _, effects = through(holding(with_policy()), quoted(40_000), command("halt", flatten=True))
    (order,) = placed(effects)
    state, _, effects = through(
        state, command("resume"), execution(order, PART, name="a"), canceled(order), quoted(40_000, at_s=100)
    )
    assert effects == []
    assert state.account.portfolio.base == order.amount - PART


def test_a_rest_waits_for_a_market_that_is_away() -> None:
    state, order = half_closed()
    state, _, effects = through(state, FeedFailed(message="gone"), quoted(40_000, at_s=10))
    assert effects == []
    effects = through(state, FeedOpened(rules=RULES), quoted(40_000, at_s=11))[2]
    assert [rest.amount for rest in placed(effects)] == [order.amount - PART]


def test_in_pieces_what_one_of_them_leaves_joins_the_next_that_waits_for_nothing() -> None:
    state = through(holding(with_policy()), FeedOpened(rules=replace(RULES, max_amount=PART)))[0]
    held = state.account.portfolio.base
    state, _, effects = through(state, quoted(40_000), command("close_position"))
    first, second = placed(effects)
    third = held - first.amount - second.amount
    assert state.account.wanted_exit is not None and state.account.wanted_exit.amount == third
    left = Decimal("0.001")
    state, _, effects = through(state, execution(first, first.amount - left, name="a"), canceled(first))
    pieces = placed(effects)
    waiting = state.account.wanted_exit.amount if state.account.wanted_exit else Decimal(0)
    assert pieces != []
    assert sum((piece.amount for piece in pieces), waiting) == third + left
