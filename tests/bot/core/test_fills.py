"""An order's fills: each counts once, whatever comes twice, late or in another order; its end is told once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.messages import Event, Input, Order, OrderCanceled, OrderClosed, OrderFilled, OrderRejected, Said
from bot.core.portfolio import EXACT
from bot.core.state import State
from tests.support.orders import canceled, execution, holding, opened, placed, traded, with_policy
from tests.support.trading import RULES, T0, command, live_state, price, through


def buying() -> tuple[State, Order]:
    state, _, effects = through(live_state(), command("test_trade", side="buy"))
    (order,) = placed(effects)
    return state, order


def selling() -> tuple[State, Order]:
    state, _, effects = through(holding(with_policy()), command("close_position"))
    (order,) = placed(effects)
    return state, order


def closed(events: list[Event]) -> list[OrderClosed]:
    return [event for event in events if isinstance(event, OrderClosed)]


def test_the_same_fill_counts_once_while_the_order_is_open() -> None:
    state, order = selling()
    once = through(state, execution(order, "0.01", name="a"))[0]
    again, events, effects = through(once, execution(order, "0.01", name="a"), opened(order))
    assert (events, effects) == ([], [])
    assert again.account.portfolio == once.account.portfolio
    assert through(again, execution(order, "0.01", name="b"))[0].account.orders[0].filled == Decimal("0.02")


@pytest.mark.parametrize("late", [execution, lambda order, amount, name: opened(order), lambda o, a, name: canceled(o)])
def test_what_comes_after_the_order_is_over_changes_nothing(late: Any) -> None:
    state, order = selling()
    over = through(state, execution(order, order.amount, name="a"))[0]
    again, events, effects = through(over, late(order, "0.01", name="a"))
    assert again == over
    assert effects == []
    assert all(isinstance(event, Said) for event in events)


def test_a_broker_that_hears_of_the_fills_first_and_then_of_the_order() -> None:
    state, order = selling()
    state, events, _ = through(state, execution(order, "0.01", name="a"), opened(order))
    assert state.account.orders[0].exchange_order_id == f"x-{order.id}"
    assert state.account.orders[0].filled == Decimal("0.01")
    assert len(traded(events)) == 1


def test_the_end_is_told_once_whichever_word_of_it_comes_first() -> None:
    for last in (canceled, lambda order: OrderRejected(order_id=order.id, reason="no")):
        state, order = selling()
        _, events, _ = through(state, execution(order, order.amount, name="a"), last(order), canceled(order))
        assert [end.status for end in closed(events)] == ["filled"]
        _, events, _ = through(state, last(order), canceled(order), execution(order, "0.01", name="a"))
        assert len(closed(events)) == 1


def test_an_order_that_ended_with_a_rest_has_traded_what_it_filled() -> None:
    state, order = selling()
    state, events, _ = through(state, execution(order, "0.01", name="a"), canceled(order))
    assert [end.status for end in closed(events)] == ["canceled"]
    assert state.account.portfolio.base == order.amount - Decimal("0.01")
    assert state.account.orders == ()


def test_a_fill_of_an_order_that_nobody_asked_for_is_said_and_left_out() -> None:
    state, order = buying()
    stranger = replace(execution(order, 1, name="a"), order_id="somebody-else-1")
    after, events, _ = through(state, stranger)
    assert after == state
    text = "A fill of somebody-else-1 came again or was never asked for; left out."
    assert events == [Said(level="warning", message=text)]


def test_a_protective_sale_that_was_lost_is_tried_again_at_once_and_only_once() -> None:
    state, _, effects = through(holding(with_policy()), price(39_000))
    lost = OrderRejected(order_id=placed(effects)[0].id, reason="lost", never_arrived=True)
    state, _, effects = through(state, lost, price(38_990))
    (again,) = placed(effects)
    assert state.account.exit_refused_ts is None
    assert again.purpose == "protection"
    assert again.worst_price == 39_000


def test_a_fee_in_a_third_currency_is_told_and_not_counted() -> None:
    state, order = buying()
    fill = replace(execution(order, order.amount), fee=Decimal("0.0001"), fee_currency="BNB")
    state, events, _ = through(state, fill)
    assert (traded(events)[0].fee, traded(events)[0].fee_currency) == (Decimal("0.0001"), "BNB")
    assert state.account.portfolio.cash == 10_000 - order.amount * 40_000


def test_what_the_exchange_booked_is_the_trades_cost() -> None:
    state, order = buying()
    fill = replace(execution(order, order.amount), cost=Decimal("5.99"), fee=Decimal(0))
    state, events, _ = through(state, fill)
    assert traded(events)[0].cost == Decimal("5.99")
    assert state.account.portfolio.cash == Decimal("9994.01")


CHUNKS = st.lists(st.tuples(st.integers(1, 400), st.decimals("39000", "41000", places=2)), min_size=1, max_size=8)


def told(state: State, answers: list[Input]) -> State:
    return through(state, *answers)[0]


@settings(deadline=None)
@given(CHUNKS, st.sampled_from(["buy", "sell"]), st.booleans(), st.data())
def test_fills_in_any_order_and_however_often_lead_to_the_same_account(
    chunks: list[tuple[int, Decimal]], side: str, fee_in_base: bool, data: st.DataObject
) -> None:
    state, order = buying() if side == "buy" else selling()
    step = RULES.amount_step
    fills: list[OrderFilled] = []
    for number, (steps, at) in enumerate(chunks):
        amount = EXACT.multiply(step, Decimal(steps))
        fee = amount / 1000 if fee_in_base and side == "buy" else amount * at / 1000
        currency = "BTC" if fee_in_base and side == "buy" else "USDT"
        fill = execution(order, amount, at, name=f"fill-{number}")
        fills.append(replace(fill, fee=fee, fee_currency=currency, ts=T0))
    amount = sum((fill.amount for fill in fills), Decimal(0))
    account = state.account
    state = replace(state, account=replace(account, orders=(replace(order, amount=amount),)))
    one = told(state, [*fills])
    shuffled: list[Any] = data.draw(st.permutations([*fills, *fills, opened(order)]))
    other = told(state, shuffled)
    for name in ("portfolio", "parts", "orders", "stop_price", "take_profit_price", "wanted_exit"):
        assert getattr(other.account, name) == getattr(one.account, name), name
    assert other.account.orders == ()


@settings(deadline=None)
@given(st.lists(st.integers(1, 2_000), min_size=1, max_size=6), st.decimals("39000", "41000", places=2))
def test_any_cutting_of_a_fill_on_the_markets_step_leads_to_the_same_account(pieces: list[int], at: Decimal) -> None:
    state, order = selling()
    whole = told(state, [execution(order, order.amount, at, name="whole")])
    left, parts = order.amount, []
    for number, steps in enumerate(pieces):
        amount = min(EXACT.multiply(RULES.amount_step, Decimal(steps)), left)
        left = EXACT.subtract(left, amount)
        parts += [execution(order, amount, at, name=f"part-{number}")] if amount else []
    parts += [execution(order, left, at, name="rest")] if left else []
    cut = told(state, [*parts, OrderCanceled(order_id=order.id, reason="too late")])
    assert cut.account.portfolio == whole.account.portfolio
    assert cut.account.statistics.trades == whole.account.statistics.trades == 1
    assert cut.account.statistics.gross_loss == whole.account.statistics.gross_loss
