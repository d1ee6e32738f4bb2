"""Positions that are sold in parts and shares: what is sold, and that money and parts agree after any of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.engine import step
from bot.core.messages import Command, Input, Notice, OrderRejected, Signal
from bot.core.portfolio import EXACT
from bot.core.state import State
from tests.support.parts import PARTED, add, done, held, leave
from tests.support.trading import RULES, bought, candle, command, filled, live_state, price, through


def test_an_exit_sells_its_share_rounded_down_to_the_step() -> None:
    state = held(3)
    base = state.account.portfolio.base
    _, _, effects = through(state, candle(3, 40_000), leave(3, share=Decimal("0.25")))
    amount = effects[0].order.amount
    assert 0 <= base / 4 - amount < RULES.amount_step


def test_an_exit_sells_so_many_of_its_parts_to_the_last_step() -> None:
    state = held(3)
    base = state.account.portfolio.base  # three equal parts or nearly; a third of the whole is what one part is
    state, _, effects = through(state, candle(3, 40_000), leave(3, parts=1))
    assert (
        effects[0].order.amount == (base / 3 / RULES.amount_step).to_integral_value("ROUND_FLOOR") * RULES.amount_step
    )
    state = through(state, filled(effects[0].order, 40_000))[0]
    assert state.account.parts == 2


def test_a_third_of_what_divides_by_three_is_a_third() -> None:
    state = live_state(config=PARTED)
    lot_of = done(state, 0, add(0, 3))
    portfolio = lot_of.account.portfolio
    assert portfolio.lot is not None
    nine = replace(portfolio, lot=replace(portfolio.lot, bought=Decimal("0.9")))
    state = replace(lot_of, account=replace(lot_of.account, portfolio=nine))
    assert through(state, candle(1, 40_000), leave(1, parts=1))[2][0].order.amount == Decimal("0.30000")


@pytest.mark.parametrize("signal", [leave(4), leave(4, parts=4), leave(4, parts=9), leave(4, share=Decimal(1))])
def test_an_exit_of_all_parts_leaves_nothing(signal: Signal) -> None:
    state = done(held(4), 4, signal, 41_000)
    assert state.account.portfolio.lot is None
    assert state.account.parts == 0
    assert state.account.statistics.trades == 1


def test_the_last_part_takes_the_rest_with_it() -> None:
    state = held(3)
    for number in range(3, 6):
        state = done(state, number, leave(number, parts=1), 41_000)
    assert state.account.portfolio.lot is None


def test_where_the_rest_would_be_too_small_to_sell_all_is_sold() -> None:
    state = live_state(config=replace(PARTED, stake_pct=Decimal("0.16")))  # 16 USDT; three eighths are 6, five 10
    state = done(state, 0, add(0))
    base = state.account.portfolio.base
    most = through(state, candle(1, 40_000), leave(1, share=Decimal("0.7")))[2][0].order
    assert most.amount == base
    half = through(state, candle(1, 40_000), leave(1, share=Decimal("0.5")))[2][0].order
    assert half.amount < base


def test_a_share_that_the_market_does_not_take_is_skipped_and_told() -> None:
    state, events, effects = through(held(1), candle(1, 40_000), leave(1, share=Decimal("0.001")))
    assert effects == []
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert (notice.level, notice.title) == ("warning", "Exit skipped")
    assert "below the market's minimum" in notice.message
    assert state.account.parts == 1


def test_a_test_trade_is_no_part_and_goes_with_the_last_one() -> None:
    state = bought(live_state(config=PARTED))
    assert state.account.parts == 0
    state = done(state, 0, add(0))
    assert state.account.parts == 1
    assert done(state, 1, leave(1, parts=1)).account.portfolio.lot is None


def test_a_closed_position_has_no_parts_and_the_next_begins_anew() -> None:
    state, _, effects = through(held(4), command("close_position"))
    state = through(state, filled(effects[0].order, 40_000))[0]
    assert state.account.parts == 0
    assert done(state, 5, add(5)).account.parts == 1


ACTS = st.one_of(
    st.tuples(st.just("add"), st.integers(1, 3)),
    st.tuples(st.just("sell parts"), st.integers(1, 3)),
    st.tuples(st.just("sell share"), st.integers(1, 100)),
    st.tuples(st.just("by hand"), st.integers(0, 2)),
)


HANDS: list[Command] = [
    command("test_trade", side="buy"),
    command("test_trade", side="sell"),
    command("close_position"),
]


def message_of(act: str, size: int, number: int) -> Input:
    if act == "add":
        return add(number, size)
    if act == "sell parts":
        return leave(number, parts=size)
    return leave(number, share=Decimal(size) / 100) if act == "sell share" else HANDS[size]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(ACTS, st.integers(20_000, 60_000), st.sampled_from(["fill", "part", "part then no", "no", "wait"])),
        max_size=30,
    )
)
def test_after_any_adds_and_partial_exits_the_money_agrees_and_the_parts_are_bounded(
    story: list[tuple[tuple[str, int], int, str]],
) -> None:
    state = live_state(config=PARTED)
    for number, ((act, size), at, fate) in enumerate(story):
        state = through(state, price(at), candle(number, at), message_of(act, size, number))[0]
        state = answered(state, fate)
        portfolio = state.account.portfolio
        owed = EXACT.add(portfolio.lot.held_cost, portfolio.lot.held_fees) if portfolio.lot else Decimal(0)
        assert EXACT.add(portfolio.cash, owed) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)
        assert portfolio.cash >= 0
        assert portfolio.base >= 0
        assert 0 <= state.account.parts <= PARTED.max_parts
        assert portfolio.lot is not None or state.account.parts == 0


def answered(state: State, fate: str) -> State:
    """What a broker makes of the orders on their way."""
    for order in state.account.orders if fate != "wait" else ():
        rest = EXACT.subtract(order.amount, order.filled)
        piece = (rest / 2).quantize(RULES.amount_step, "ROUND_FLOOR")
        if fate.startswith("part") and piece > 0:
            state = step(state, filled(order, state.price, amount=piece, done=False))[0]
        if fate.endswith("no"):
            state = step(state, OrderRejected(order_id=order.id, reason="no"))[0]
        if fate == "fill":
            state = step(state, filled(order, state.price, amount=rest))[0]
    return state
