"""Limits: where they are placed, what becomes of one that is not filled in time, and that a restart changes nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.limits import RiskLimits
from bot.core.messages import FeedFailed, FeedOpened, Input, Notice, OrderClosed, OrderRejected, Said
from bot.core.state import State, dump_account, load_account
from tests.support.orders import (
    ENTRY,
    LATE,
    asked_back,
    canceled,
    entering,
    execution,
    holding,
    leave,
    leaving,
    limits,
    opened,
    placed,
    quoted,
    with_policy,
)
from tests.support.risk import refusal
from tests.support.trading import RULES, T0, candle, command, filled, through, with_config


def late(state: State, price: Input = LATE) -> State:
    """The time of what rests is over: it was asked back."""
    return through(state, price)[0]


def test_an_entry_waits_at_the_best_bid_on_the_grid_for_thirty_seconds() -> None:
    state = through(limits(), quoted("40000.017", "40010.013"))[0]
    _, order = entering(state)
    assert (order.type, order.side, order.price) == ("limit", "buy", Decimal("40000.01"))
    assert order.ends_ts is not None
    assert order.ends_ts - order.ts == 30_000


def test_an_exit_waits_at_the_best_ask_on_the_grid() -> None:
    state = through(holding(limits()), quoted("40000.017", "40010.013"))[0]
    _, order = leaving(state)
    assert (order.type, order.side, order.price) == ("limit", "sell", Decimal("40010.02"))
    assert order.amount == state.account.portfolio.base


def test_without_bid_and_ask_the_last_price_counts() -> None:
    state = replace(limits(), bid=None, ask=None)
    assert entering(state)[1].price == 40_000


def test_what_is_too_little_at_the_limits_price_is_refused_with_the_rule() -> None:
    # 5 at the ask of 40,010 and less at the bid of 30,000.
    state = through(with_policy(22, entry="limit"), quoted(30_000, 40_010))[0]
    _, events, effects = through(state, candle(0, 40_000), ENTRY)
    assert effects == []
    assert "below the market's minimum cost of 5" in refusal(events)


def test_nothing_is_asked_back_in_time_or_before_the_exchange_has_it() -> None:
    state, order = entering(limits())
    assert through(state, quoted(40_100, at_s=89))[2] == []
    unheard = replace(state, account=replace(state.account, orders=(replace(order, status="sent"),)))
    assert through(unheard, LATE)[2] == []


def test_one_that_is_late_is_asked_back_once_and_placed_anew_at_the_new_bid_with_what_is_left() -> None:
    state, order = entering(limits())
    state, _, effects = through(state, execution(order, "0.01"), LATE, LATE, quoted(40_200, at_s=210))
    assert asked_back(effects) == [order.id]
    state, events, effects = through(state, LATE, canceled(order))
    (again,) = placed(effects)
    assert (again.type, again.price, again.attempt) == ("limit", Decimal(40_100), 2)
    assert again.amount == order.amount - Decimal("0.01")
    assert again.filled_before == Decimal("0.01")
    assert again.ends_ts == LATE.ts + 30_000
    assert [type(event) for event in events] == [OrderClosed, Said]
    assert events[1] == Said(
        level="info",
        message=f"{order.id} was not filled in time: {again.amount} BTC are placed at a new price.",
    )


def test_a_fill_that_comes_while_it_is_asked_back_counts() -> None:
    state, order = entering(limits())
    state = late(state)
    state = through(state, execution(order, "0.02"))[0]
    (again,) = placed(through(state, canceled(order))[2])
    assert again.amount == order.amount - Decimal("0.02")
    whole = through(state, execution(order, order.amount - Decimal("0.02")), canceled(order))[0]
    assert whole.account.orders == ()
    assert whole.account.portfolio.base == order.amount


def given_up(state: State, times: int) -> tuple[State, list[Any], list[Any]]:
    """Late and taken back, so many times."""
    events: list[Any] = []
    effects: list[Any] = []
    for _ in range(times):
        (order,) = state.account.orders
        its_end = quoted(40_000, 40_010, at_s=((order.ends_ts or 0) - T0) // 1000)
        state, more_events, more_effects = through(state, opened(order), its_end, canceled(order))
        events += more_events
        effects += more_effects
    return state, events, effects


@pytest.mark.parametrize("reprices", [0, 1, 3])
def test_an_entry_is_placed_anew_as_often_as_is_set_and_then_given_up(reprices: int) -> None:
    state, _ = entering(limits(reprices=reprices))
    state, _, effects = given_up(state, reprices + 1)
    assert len(placed(effects)) == reprices
    assert state.account.orders == ()
    assert state.account.portfolio.lot is None
    assert state.account.parts == 0


def test_an_entry_that_is_given_up_keeps_what_it_filled_as_one_part() -> None:
    state, order = entering(limits(reprices=2))
    state = through(state, execution(order, "0.01"))[0]
    state, _, effects = given_up(state, 1)
    (second,) = placed(effects)
    state = through(state, execution(second, "0.02"))[0]
    state, _, _ = given_up(state, 2)
    assert state.account.portfolio.base == Decimal("0.03")
    assert state.account.parts == 1
    assert state.account.stop_price is not None


def test_an_entry_whose_rest_is_too_little_is_given_up_and_counts_as_a_part() -> None:
    state, order = entering(limits())
    state = late(through(state, execution(order, order.amount - Decimal("0.0001")))[0])
    state, events, effects = through(state, canceled(order))
    assert placed(effects) == []
    assert isinstance(events[-1], Said)
    assert "4.01 USDT is 0.99 USDT below the market's minimum cost of 5" in events[-1].message
    assert state.account.parts == 1


@pytest.mark.parametrize("reprices", [0, 2])
def test_an_exit_is_placed_anew_as_often_as_is_set_and_then_sold_at_the_market(reprices: int) -> None:
    state, first = leaving(holding(limits(reprices=reprices)))
    state, _, effects = given_up(state, reprices + 1)
    orders = placed(effects)
    assert [order.type for order in orders] == ["limit"] * reprices + ["market"]
    assert {(order.amount, order.reason, order.parts) for order in orders} == {(first.amount, "the other rule", 1)}
    state = through(state, filled(orders[-1], 39_990))[0]
    assert (state.account.portfolio.lot, state.account.parts) == (None, 0)


STOPS: dict[str, list[Input]] = {
    "stopped by hand": [command("stop_bot")],
    "halted": [command("halt")],
    "halted for good": [command("halt", flatten=True)],
    "the market has gone": [FeedFailed(message="gone")],
}


@pytest.mark.parametrize("name", STOPS)
def test_no_entry_is_placed_anew_where_none_would_be_made(name: str) -> None:
    state, order = entering(limits())
    before, after = (
        through(state, LATE, *STOPS[name], canceled(order)),
        through(state, *STOPS[name], LATE, canceled(order)),
    )
    for _, _, effects in (before, after):
        assert placed(effects) == []
        assert asked_back(effects) == [order.id]


def test_an_entry_that_is_placed_anew_asks_the_limits_on_risk_again() -> None:
    state, order = entering(limits())
    limited = with_config(late(state), risk=RiskLimits.model_validate({"max_position_pct": 1}))
    (again,) = placed(through(limited, canceled(order))[2])
    assert again.amount * 40_110 <= 100
    assert "max_position_pct 1" in again.reason
    differing = replace(late(state), account=replace(late(state).account, difference="The books differ."))
    _, events, effects = through(with_config(differing, mode="live"), canceled(order))
    assert placed(effects) == []
    assert any("The books differ." in event.message for event in events if isinstance(event, Said))


def test_an_entry_whose_time_was_over_before_a_restart_is_placed_anew_before_the_first_comparison() -> None:
    state, order = entering(limits())
    account = load_account(dump_account(late(state).account))
    again = replace(with_config(limits(), mode="live"), account=account, balances_seen=None)
    (anew,) = placed(through(again, canceled(order))[2])
    assert (anew.amount, anew.attempt) == (order.amount, 2)


def test_an_exit_asks_nobody() -> None:
    state, order = leaving(holding(limits()))
    state = with_config(late(state), mode="live")
    state = through(replace(state, account=replace(state.account, difference="The books differ.")))[0]
    assert len(placed(through(state, canceled(order))[2])) == 1


def test_a_second_exit_waits_beside_the_first_and_sells_of_what_is_left() -> None:
    state = holding(limits(config={"max_parts": 3}))
    base = state.account.portfolio.base
    state = replace(state, account=replace(state.account, parts=3))
    state, _, effects = through(state, candle(1, 40_000), leave(parts=1), candle(2, 40_000), leave(2, parts=1))
    first, second = placed(effects)
    assert asked_back(effects) == []
    assert (first.parts, second.parts) == (1, 1)
    assert abs(first.amount - base / 3) < RULES.amount_step
    assert abs(second.amount - (base - first.amount) / 2) < RULES.amount_step


def test_an_exit_that_is_said_again_leaves_the_one_that_rests_alone() -> None:
    state, _ = leaving(holding(limits()))
    assert through(state, candle(2, 40_000), leave(2))[2] == []


def test_an_exit_that_was_late_while_the_market_was_away_is_sold_at_the_market_once_it_is_back() -> None:
    state, order = leaving(holding(limits()))
    state, _, effects = through(late(state), FeedFailed(message="gone"), canceled(order))
    assert placed(effects) == []
    (again,) = placed(through(state, FeedOpened(rules=RULES))[2])
    assert (again.type, again.amount, again.reason, again.parts) == ("market", order.amount, "the other rule", 1)


@pytest.mark.parametrize("purpose", ["exit", "close", "protection"])
def test_a_sale_that_was_lost_on_the_way_is_sent_anew(purpose: str) -> None:
    wishes: dict[str, Input] = {"exit": leave(), "close": command("close_position"), "protection": quoted(39_000)}
    state, _, effects = through(holding(with_policy()), candle(1, 40_000), wishes[purpose])
    (lost,) = placed(effects)
    state, events, effects = through(
        state, OrderRejected(order_id=lost.id, reason="lost", never_arrived=True), quoted(39_000)
    )
    (again,) = placed(effects)
    assert (again.amount, again.purpose) == (lost.amount, purpose)
    assert again.id != lost.id
    assert Notice(level="warning", title="Order to sell lost", message="lost") in events


def test_a_piece_of_a_given_up_entry_that_is_too_little_to_sell_does_not_bar_the_next_entry() -> None:
    state, first = entering(limits(reprices=0))
    state = late(through(state, execution(first, "0.0001"))[0])  # worth 4, the market takes 5
    state = through(state, canceled(first), candle(1, 40_000))[0]
    assert state.account.parts == 1
    state, _, effects = through(state, replace(ENTRY, candle_ts=candle(1, 1).ts))
    (second,) = placed(effects)
    state = through(state, filled(second, 40_000))[0]
    assert state.account.portfolio.base == Decimal("0.0001") + second.amount
    assert state.account.parts == 1
    assert through(state, candle(2, 40_000), replace(ENTRY, candle_ts=candle(2, 1).ts))[2] == []
