"""The engine: what goes in, what comes out, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.engine import step
from bot.core.messages import (
    CommandDone,
    FeedEnded,
    FeedFailed,
    FeedOpened,
    Input,
    Notice,
    OrderClosed,
    OrderRejected,
    Said,
    SessionOpened,
    Signal,
    StrategyFailed,
)
from bot.core.portfolio import EXACT
from bot.core.state import State
from bot.events import Trade
from tests.support.trading import (
    RULES,
    T0,
    bought,
    candle,
    command,
    filled,
    live_state,
    new_state,
    price,
    through,
)


def enter(number: int = 0) -> Signal:
    return Signal(kind="enter", reason="the rule and its values", candle_ts=T0 + number * 60_000)


def leave(number: int = 0) -> Signal:
    return Signal(kind="exit", reason="the other rule", candle_ts=T0 + number * 60_000)


def test_a_signal_on_the_newest_candle_becomes_one_order_of_the_stake() -> None:
    _, _, effects = through(live_state(), candle(0, 40_000), enter())
    (placed,) = effects
    assert placed.order.side == "buy"
    assert placed.order.reason == "the rule and its values"
    assert placed.order.amount == Decimal("0.06243")  # 25 % of 10,000 at 40,000 with the fee of a thousandth


@pytest.mark.parametrize(
    "first",
    [
        SessionOpened(run=False),
        command("halt"),
        command("stop_bot"),
        candle(1, 40_000),
    ],
    ids=["stopped", "halted", "stopped by hand", "the signal is of an older candle"],
)
def test_no_entry(first: Input) -> None:
    state, _, _ = through(live_state(), candle(0, 40_000), first)
    assert through(state, enter())[2] == []


def test_the_same_decision_makes_no_second_order() -> None:
    assert len(through(live_state(), candle(0, 40_000), enter(), enter())[2]) == 1


def test_a_signal_that_came_while_stopped_is_acted_on_at_start_if_it_is_still_the_newest() -> None:
    stopped = through(live_state(run=False), candle(0, 40_000), enter())[0]
    assert len(through(stopped, command("start_bot"))[2]) == 1
    assert through(stopped, candle(1, 40_000), command("start_bot"))[2] == []


def test_a_fill_becomes_a_trade_with_its_reason_and_a_protected_position() -> None:
    state, _, effects = through(live_state(), candle(0, 40_000), enter())
    state, events, _ = through(state, filled(effects[0].order, 40_000))
    trade, closed = events
    assert isinstance(trade, Trade)
    assert (trade.id, trade.order_id, trade.pnl) == ("bot-1-abc-1-1", "bot-1-abc-1", None)
    assert trade.reason == "the rule and its values"
    assert closed == OrderClosed(order_id="bot-1-abc-1", status="filled")
    assert (state.account.stop_price, state.account.take_profit_price) == (Decimal("39200.00"), Decimal("41600.00"))


def test_the_exit_signal_sells_all_and_the_trade_says_what_it_brought() -> None:
    state = bought(live_state())
    state, _, effects = through(state, candle(0, 41_000), leave())
    state, events, _ = through(state, filled(effects[0].order, 41_000))
    trade = events[0]
    assert isinstance(trade, Trade)
    assert trade.pnl == state.account.portfolio.realized_pnl
    assert trade.pnl is not None and trade.pnl > 0
    assert state.account.portfolio.lot is None
    assert state.account.statistics.wins == 1


def test_partial_fills_are_one_round_trip() -> None:
    state = bought(live_state())
    state, _, effects = through(state, command("close_position"))
    order = effects[0].order
    first = Decimal("0.00005")
    state, events, _ = through(
        state,
        filled(order, 41_000, amount=first, done=False),
        filled(order, 41_000, amount=order.amount - first),
    )
    assert [event.id for event in events if isinstance(event, Trade)] == [f"{order.id}-1", f"{order.id}-2"]
    assert state.account.statistics.trades == 1
    assert state.account.orders == ()


def test_a_fill_that_comes_again_changes_nothing() -> None:
    state, _, effects = through(live_state(), command("test_trade", side="buy"))
    once = through(state, filled(effects[0].order, 40_000))[0]
    again, events, _ = through(once, filled(effects[0].order, 40_000))
    assert again == once
    assert [type(event) for event in events] == [Said]


@pytest.mark.parametrize(
    ("at", "words"),
    [("39200", "Stop loss: price 39,200.00 fell to the stop at 39,200.00"), ("41600", "Take profit: price 41,600.00")],
)
def test_protection_sells_with_its_values_even_when_the_bot_is_stopped_and_halted(at: str, words: str) -> None:
    state = through(bought(live_state()), command("stop_bot"), command("halt"))[0]
    _, _, effects = through(state, price(at), price(at))
    (placed,) = effects
    assert placed.order.purpose == "protection"
    assert placed.order.reason.startswith(words)
    assert placed.order.worst_price == Decimal(at)


def test_protection_waits_for_a_market_that_has_gone_and_sells_once_it_is_back() -> None:
    state, _, effects = through(bought(live_state()), FeedFailed(message="gone"), price(30_000))
    assert effects == []
    assert len(through(state, FeedOpened(rules=RULES), price(30_000))[2]) == 1


def test_a_refused_stop_is_told_and_tried_again_after_ten_seconds_not_at_every_price() -> None:
    state, _, effects = through(bought(live_state()), price(39_000))
    refused = OrderRejected(order_id=effects[0].order.id, reason="It is too small.")
    state, events, _ = through(state, refused)
    assert Notice(level="warning", title="Order to sell refused", message="It is too small.") in events
    assert through(state, price(38_000), price(38_000, T0 + 9_999))[2] == []
    assert len(through(state, price(38_000, T0 + 10_000))[2]) == 1


def test_one_that_is_refused_again_and_again_waits_longer_up_to_a_minute_and_is_one_alert_until_the_tenth() -> None:
    state, events, waits, refused_ts = bought(live_state()), [], [], T0
    for second in range(600):
        state, _, effects = through(state, price(39_000, T0 + second * 1_000))
        for placed in effects:
            waits += [(T0 + second * 1_000 - refused_ts) // 1_000]
            refused_ts = T0 + second * 1_000
            state, told, _ = through(state, OrderRejected(order_id=placed.order.id, reason="no"))
            events += told
    assert waits == [0, 10, 20, 40, 60, 60, 60, 60, 60, 60, 60, 60]
    assert len([event for event in events if isinstance(event, Notice)]) == 2
    assert Said(level="warning", message="A sale was refused 2 times in a row; it is tried again. no") in events


def test_a_candle_that_closes_does_not_end_the_wait_and_a_market_whose_clock_went_back_does() -> None:
    state, _, effects = through(bought(live_state()), price(39_000, T0 + 60_000))
    state = through(state, OrderRejected(order_id=effects[0].order.id, reason="no"))[0]
    assert through(state, candle(0, 39_000), price(39_000, T0 + 60_001))[2] == []
    assert len(through(state, price(39_000, T0))[2]) == 1


def test_a_test_trade_that_is_refused_holds_up_no_protection() -> None:
    state, _, effects = through(bought(live_state()), command("test_trade", side="sell"))
    state = through(state, OrderRejected(order_id=effects[0].order.id, reason="no"))[0]
    assert len(through(state, price(39_000))[2]) == 1


def test_a_stop_with_an_order_on_its_way_is_stopping_until_it_is_filled() -> None:
    state, _, effects = through(live_state(), command("test_trade", side="buy"), command("stop_bot"))
    assert state.wire_state == "stopping"
    assert through(state, filled(effects[0].order, 40_000))[0].wire_state == "stopped"


def test_what_an_order_has_got_is_counted_to_the_last_digit() -> None:
    state, _, effects = through(live_state(), candle(0, 40_000), enter())
    order, part = effects[0].order, Decimal("0.0123456789012345678901234567890123")
    for _ in range(3):
        state, _, _ = through(state, filled(order, 40_000, amount=part, done=False))
    assert state.account.orders[0].filled == Decimal("0.0370370367037037036703703703670369")


def test_the_states_a_person_sees() -> None:
    state = new_state()
    assert state.wire_state == "starting"
    state = through(state, SessionOpened(run=True), FeedOpened(rules=RULES))[0]
    assert state.wire_state == "running"
    failed = through(state, FeedFailed(message="No answer."))[0]
    assert (failed.wire_state, failed.message) == ("error", "No answer.")
    assert through(failed, FeedOpened(rules=RULES))[0].wire_state == "running"
    ended = through(state, FeedEnded(message="The file is over."))[0]
    assert (ended.wire_state, ended.message) == ("stopped", "The file is over.")
    assert through(state, command("halt"))[0].wire_state == "halted"


def test_a_market_that_fails_again_in_the_same_way_says_so_once() -> None:
    _, events, _ = through(new_state(), FeedFailed(message="No answer."), FeedFailed(message="No answer."))
    assert events == [Said(level="error", message="No answer.")]


def test_halt_holds_over_a_new_session() -> None:
    halted = through(live_state(), command("halt"))[0]
    assert through(halted, SessionOpened(run=True))[0].wire_state == "halted"


def test_a_strategy_that_failed_is_stopped_and_told_once() -> None:
    failure = StrategyFailed(message="ZeroDivisionError: x", traceback="Traceback ...")
    state, events, _ = through(bought(live_state()), failure, failure)
    assert state.wire_state == "stopped"
    assert [event.level for event in events if isinstance(event, Notice)] == ["error"]
    assert len(through(state, price(39_000))[2]) == 1  # the position is still protected


def test_a_market_whose_clock_went_back_is_traded_anew() -> None:
    state = through(live_state(), candle(100, 40_000))[0]
    state = through(state, FeedOpened(rules=RULES, newest_candle_ts=candle(5, 1).ts))[0]
    assert state.account.last_candle_ts is None


INPUTS: st.SearchStrategy[Input] = st.one_of(
    st.integers(38_000, 42_000).map(price),
    st.tuples(st.integers(0, 30), st.integers(38_000, 42_000)).map(lambda pair: candle(*pair)),
    st.integers(0, 30).map(enter),
    st.integers(0, 30).map(leave),
    st.sampled_from([command("test_trade", side="buy"), command("test_trade", side="sell"), command("close_position")]),
    st.sampled_from([command("start_bot"), command("stop_bot"), command("halt"), command("resume")]),
    st.sampled_from([SessionOpened(run=True), FeedOpened(rules=RULES), FeedFailed(message="gone")]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(INPUTS, st.sampled_from(["fill", "part", "refuse", "wait"])), max_size=40))
def test_whatever_happens_ids_are_unique_decisions_are_single_and_money_is_conserved(
    story: list[tuple[Input, str]],
) -> None:
    state = live_state()
    order_ids: list[str] = []
    trade_ids: list[str] = []
    entries: list[int | None] = []
    for message, fate in story:
        state, events, effects = step(state, message)
        for placed in effects:
            order_ids.append(placed.order.id)
            if placed.order.purpose == "entry":
                entries.append(state.account.acted_candle_ts)
        state, more = _broker(state, fate)
        trade_ids += [event.id for event in (*events, *more) if isinstance(event, Trade)]
        _check_money(state)
    assert len(set(order_ids)) == len(order_ids)
    assert len(set(trade_ids)) == len(trade_ids)
    assert len(set(entries)) == len(entries)


def _broker(state: State, fate: str) -> tuple[State, list[object]]:
    events: list[object] = []
    for order in state.account.orders if fate != "wait" else ():
        if fate == "refuse":
            answer: Input = OrderRejected(order_id=order.id, reason="no")
        else:
            rest = EXACT.subtract(order.amount, order.filled)
            part = (rest / 2).quantize(RULES.amount_step)
            is_part = fate == "part" and 0 < part < rest
            answer = filled(order, state.price, amount=part if is_part else rest, done=not is_part)
        state, more, _ = through(state, answer)
        events += more
    return state, events


def _check_money(state: State) -> None:
    portfolio = state.account.portfolio
    held = EXACT.add(portfolio.lot.held_cost, portfolio.lot.held_fees) if portfolio.lot else Decimal(0)
    assert EXACT.add(portfolio.cash, held) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)
    assert portfolio.base >= 0


@given(st.lists(INPUTS, max_size=20))
def test_a_step_is_a_function_of_its_input(story: list[Input]) -> None:
    state = live_state()
    for message in story:
        frozen = replace(state)
        assert step(state, message) == step(state, message)
        assert state == frozen
        state = step(state, message)[0]


def test_every_command_is_answered_by_its_id() -> None:
    for name in ("start_bot", "stop_bot", "test_trade", "close_position", "halt", "resume"):
        _, events, _ = through(live_state(), command(name))
        assert isinstance(events[0], CommandDone)
        assert events[0].id == f"command-{name}"
