"""An exit of the strategy's is never given up: what the market refused or ended by itself is sold later."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from bot.core import reconciliation
from bot.core.messages import CommandDone, FeedFailed, FeedOpened, Input, Notice, Order, OrderRejected
from bot.core.orders import undecided_base
from bot.core.state import State
from tests.support.balances import in_position
from tests.support.orders import (
    asked_back,
    canceled,
    execution,
    holding,
    leave,
    leaving,
    limits,
    opened,
    placed,
    quoted,
    restarted,
    with_policy,
)
from tests.support.trading import RULES, candle, command, filled, through

AT_S = 120
"""When the candle of the exit has closed, in seconds after T0."""


def refused(order: Order) -> OrderRejected:
    return OrderRejected(order_id=order.id, reason="The market says no.")


def at(second: int, bid: Any = 40_000) -> Input:
    """A price so long after the exit."""
    return quoted(bid, 40_010, at_s=AT_S + second)


@pytest.mark.parametrize("end", [refused, canceled], ids=["refused", "ended by the market"])
def test_an_exit_that_the_market_does_not_take_is_sold_ten_seconds_later(end: Any) -> None:
    state, order = leaving(holding(with_policy()))
    state, _, effects = through(state, end(order), at(0), at(9))
    assert effects == []
    (again,) = placed(through(state, at(10))[2])
    assert (again.type, again.amount, again.reason, again.parts) == ("market", order.amount, order.reason, order.parts)
    flat = through(state, at(10), filled(again, 40_000))[0]
    assert (flat.account.portfolio.lot, flat.account.parts, flat.account.wanted_exit) == (None, 0, None)


def test_it_waits_longer_each_time_up_to_a_minute_and_is_one_alert_until_the_tenth() -> None:
    state, order = leaving(holding(with_policy()))
    state, events, _ = through(state, refused(order))
    tried = [0]
    for second in range(1, 500):
        state, _, effects = through(state, at(second))
        for again in placed(effects):
            tried += [second]
            state, told, _ = through(state, refused(again))
            events += told
    assert [later - earlier for earlier, later in pairwise(tried)] == [10, 20, 40] + [60] * 7
    assert len([event for event in events if isinstance(event, Notice)]) == 2


def test_what_a_market_order_left_when_it_expired_is_sold() -> None:
    state, order = leaving(holding(with_policy()))
    state, _, effects = through(state, execution(order, "0.01"), canceled(order), at(10))
    assert [again.amount for again in placed(effects)] == [order.amount - Decimal("0.01")]


def test_a_limit_exit_that_is_refused_is_sold_at_the_market() -> None:
    state, order = leaving(holding(limits()))
    assert order.type == "limit"
    assert [again.type for again in placed(through(state, refused(order), at(10))[2])] == ["market"]


def test_a_limit_exit_that_a_person_cancels_on_the_exchange_is_left() -> None:
    state, order = leaving(holding(limits()))
    state, _, effects = through(state, canceled(order), at(10), at(100))
    assert effects == []
    assert state.account.wanted_exit is None


def test_one_that_a_halt_was_taking_back_is_not_sold_for_that() -> None:
    state, order = leaving(holding(limits()))
    state, _, effects = through(state, command("halt"), refused(order), at(10))
    assert (asked_back(effects), placed(effects)) == ([order.id], [])


def test_the_wait_holds_over_a_restart() -> None:
    state, order = leaving(holding(with_policy()))
    state = through(state, refused(order))[0]
    again = restarted(state, at(9))
    assert again.account == state.account
    assert len(placed(through(again, at(10))[2])) == 1


def test_a_stop_loss_does_not_wait_for_an_exit_that_was_refused() -> None:
    state, order = leaving(holding(with_policy()))
    state, _, effects = through(state, refused(order), at(1, 39_000))
    assert [(sale.purpose, sale.amount) for sale in placed(effects)] == [("protection", order.amount)]
    assert state.account.wanted_exit is None


def test_a_person_who_closes_the_position_does_not_either() -> None:
    state, order = leaving(holding(with_policy()))
    _, (*_, done), effects = through(state, refused(order), command("close_position"))
    assert isinstance(done, CommandDone) and done.ok
    assert [(sale.purpose, sale.amount) for sale in placed(effects)] == [("close", order.amount)]


def test_an_exit_of_a_part_that_is_refused_again_and_again_leaves_the_rest_protected() -> None:
    state = holding(with_policy(config={"max_parts": 3}))
    state = replace(state, account=replace(state.account, parts=3))
    held = state.account.portfolio.base
    state, _, effects = through(state, candle(1, 40_000), leave(parts=1))
    (part,) = placed(effects)
    state, _, effects = through(state, refused(part), at(10))
    (again,) = placed(effects)
    state, _, effects = through(state, refused(again), at(11, 39_000))
    assert [(sale.purpose, sale.amount) for sale in placed(effects)] == [("protection", held)]


def test_the_account_is_compared_with_the_exchange_while_a_refused_exit_waits() -> None:
    state, order = leaving(in_position())
    assert reconciliation.is_moving(state.account)
    assert not reconciliation.is_moving(through(state, refused(order))[0].account)


def test_a_protective_sale_that_the_market_ends_is_not_sent_again_with_every_price() -> None:
    state, _, effects = through(holding(with_policy()), at(0, 39_000))
    (sale,) = placed(effects)
    state, _, effects = through(state, canceled(sale), at(1, 39_000), at(9, 39_000))
    assert effects == []
    assert len(placed(through(state, at(10, 39_000))[2])) == 1


def away(state: State) -> State:
    """The market has gone, and the strategy's exit meets that: it is acted on when a person resumes."""
    state = through(state, command("halt"), candle(1, 40_000), leave(parts=1))[0]
    return through(state, FeedFailed(message="gone"), command("resume"))[0]


@pytest.mark.parametrize("is_killed", [False, True])
def test_an_exit_while_the_market_is_away_is_sold_when_it_is_back(is_killed: bool) -> None:
    state = holding(with_policy())
    held = state.account.portfolio.base
    state = away(state)
    assert state.account.orders == ()
    state = restarted(state, at(1)) if is_killed else through(state, FeedOpened(rules=RULES), at(1))[0]
    sales = state.account.orders
    assert [(sale.purpose, sale.amount, sale.reason) for sale in sales] == [("exit", held, "the other rule")]


def test_one_of_a_part_sells_its_share_beside_a_limit_that_rests() -> None:
    state = holding(limits(config={"max_parts": 3}))
    state = replace(state, account=replace(state.account, parts=3))
    state, _, effects = through(state, candle(1, 40_000), leave(parts=1))
    (first,) = placed(effects)
    state = replace(through(state, opened(first))[0], feed="error")
    left = undecided_base(state)
    state, _, effects = through(state, candle(2, 40_000), leave(2, parts=1), FeedOpened(rules=RULES), at(20))
    (second,) = placed(effects)
    assert asked_back(effects) == []
    assert abs(second.amount - left / 2) < RULES.amount_step
    assert second.parts == 1
