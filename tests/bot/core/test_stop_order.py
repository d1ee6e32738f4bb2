"""The stop that rests on the exchange: one, for all that is held, where the position's stop is, and out of the way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.limits import RiskLimits
from bot.core.messages import FeedFailed, FeedOpened, Input, Notice, Order, OrderRejected, Said
from bot.core.state import State
from tests.support.orders import (
    ENTRY,
    asked_back,
    canceled,
    entering,
    execution,
    for_sale,
    holding,
    killed,
    leave,
    opened,
    order_in,
    placed,
    quoted,
    restarted,
    traded,
    with_policy,
)
from tests.support.trading import MINUTE, RULES, T0, candle, command, filled, price, through, with_config


def stopped(**fields: Any) -> State:
    return with_policy(**{"stop_on_exchange": True, **fields})


def guarded(**fields: Any) -> tuple[State, Order]:
    """A position and its stop on the exchange."""
    state = holding(stopped(**fields))
    (stop,) = state.account.orders
    return state, stop


def test_it_is_placed_for_all_that_is_held_once_the_entry_is_filled() -> None:
    state, entry = entering(stopped())
    state, _, effects = through(state, execution(entry, "0.01"), price(40_000))
    assert effects == []  # the rest of an order at the market is a moment away
    state, _, effects = through(state, filled(entry, 40_000, amount=entry.amount - Decimal("0.01")))
    (stop,) = placed(effects)
    assert (stop.type, stop.side, stop.purpose, stop.price) == ("stop", "sell", "protection", None)
    assert (stop.amount, stop.trigger_price) == (entry.amount, Decimal(39_200))
    assert stop.reason == "Stop loss on the exchange at 39,200.00"
    assert state.wire_state == "running"  # a stop that rests is nothing to wait for
    assert through(state, opened(stop), price(40_000), candle(1, 40_000))[2] == []


def test_it_follows_each_part_of_a_limit_entry() -> None:
    state, entry = entering(stopped(entry="limit"))
    state, _, effects = through(state, execution(entry, "0.01"))
    (first,) = placed(effects)
    assert first.amount == Decimal("0.01")
    state, _, effects = through(state, opened(first), execution(entry, "0.02"))
    assert (asked_back(effects), placed(effects)) == ([first.id], [])
    (second,) = placed(through(state, canceled(first))[2])
    assert second.amount == Decimal("0.03")


def test_without_a_stop_price_nothing_rests_there() -> None:
    assert holding(stopped(config={"stop_loss_pct": None})).account.orders == ()


def test_it_follows_the_trailing_stop_taken_back_first_and_placed_anew_after() -> None:
    risk = RiskLimits.model_validate({"trailing_stop_pct": 1})
    state, stop = guarded(config={"risk": risk, "take_profit_pct": None})
    state, _, effects = through(state, quoted(41_000), quoted(41_010), quoted(42_000))
    assert (asked_back(effects), placed(effects)) == ([stop.id], [])
    (again,) = placed(through(state, canceled(stop))[2])
    assert (again.trigger_price, again.amount) == (Decimal(41_580), stop.amount)


def test_it_follows_an_added_part() -> None:
    state, stop = guarded(config={"max_parts": 2, "take_profit_pct": None})
    adding = replace(ENTRY, candle_ts=T0 + MINUTE, adds=True)
    state, _, effects = through(state, quoted(44_000), candle(1, 44_000), adding)
    (entry,) = placed(effects)
    state, _, effects = through(state, filled(entry, 44_000))
    assert (asked_back(effects), placed(effects)) == ([stop.id], [])
    (again,) = placed(through(state, canceled(stop))[2])
    assert again.amount == state.account.portfolio.base
    assert again.trigger_price == state.account.stop_price != stop.trigger_price


WISHES: dict[str, Input] = {
    "an exit": leave(),
    "a close by hand": command("close_position"),
    "a test sale": command("test_trade", side="sell"),
    "a halt that closes": command("halt", flatten=True),
    "the take profit": quoted(42_000),
}


@pytest.mark.parametrize("name", WISHES)
def test_it_is_taken_back_before_anything_else_is_sold(name: str) -> None:
    state, stop = guarded()
    state = through(state, candle(1, 40_000))[0]
    state, _, effects = through(state, WISHES[name])
    assert (asked_back(effects), placed(effects)) == ([stop.id], [])
    assert for_sale(state) == state.account.portfolio.base
    state, _, effects = through(state, canceled(stop))
    (sale,) = placed(effects)
    assert sale.type == "market"
    assert for_sale(state) <= state.account.portfolio.base
    is_test = name == "a test sale"
    assert (sale.amount == stop.amount) != is_test
    state, _, effects = through(state, filled(sale, 40_000))
    assert [order.amount for order in placed(effects)] == ([stop.amount - sale.amount] if is_test else [])


@pytest.mark.parametrize("name", WISHES)
@pytest.mark.parametrize("part", ["0.02", "all"])
def test_one_that_is_filled_while_it_is_taken_back_leaves_only_the_rest_to_sell(name: str, part: str) -> None:
    state, stop = guarded()
    state = through(state, candle(1, 40_000), WISHES[name])[0]
    amount = stop.amount if part == "all" else Decimal(part)
    state, events, effects = through(state, execution(stop, amount, 39_190), canceled(stop))
    assert [trade.reason for trade in traded(events)] == ["Stop loss on the exchange at 39,200.00"]
    if part == "all":
        assert placed(effects) == []
        assert (state.account.portfolio.lot, state.account.wanted_exit) == (None, None)
        assert not [event for event in events if isinstance(event, Notice)]
        return
    (sale,) = placed(effects)
    assert sale.amount == (stop.amount - amount if name != "a test sale" else sale.amount)
    assert for_sale(state) <= state.account.portfolio.base


def test_two_exits_that_wait_for_it_add_up() -> None:
    state, stop = guarded()
    base = state.account.portfolio.base
    half = Decimal("0.5")
    state, _, effects = through(
        state, candle(1, 40_000), leave(share=half), candle(2, 40_000), leave(2, share=half), canceled(stop)
    )
    (sale,) = placed(effects)
    first = (base / 2).quantize(RULES.amount_step, "ROUND_FLOOR")
    second = ((base - first) / 2).quantize(RULES.amount_step, "ROUND_FLOOR")
    assert sale.amount == first + second


def test_an_exit_that_waited_for_it_is_a_limit_where_exits_are() -> None:
    state, stop = guarded(exit="limit")
    state, _, effects = through(state, candle(1, 40_000), leave(), canceled(stop))
    (sale,) = placed(effects)
    assert (sale.type, sale.price) == ("limit", Decimal(40_010))
    state, _, effects = through(state, opened(sale), quoted(39_000))
    assert asked_back(effects) == [sale.id]  # while it rests there is no stop there, and the bot watches the price


def test_the_strategys_exit_and_then_a_close_by_hand_are_one_sale_at_the_market() -> None:
    state, stop = guarded(exit="limit")
    state = through(state, candle(1, 40_000), leave(share=Decimal("0.5")), command("close_position"))[0]
    (sale,) = placed(through(state, canceled(stop))[2])
    assert (sale.type, sale.purpose, sale.amount) == ("market", "close", stop.amount)


def test_refused_by_the_exchange_the_bot_watches_the_price_itself_until_the_position_is_over() -> None:
    state, _, effects = through(*_filled_entry())
    (stop,) = placed(effects)
    refused = OrderRejected(order_id=stop.id, reason="no stops here")
    state, events, effects = through(state, refused, price(39_900), candle(1, 39_900))
    assert effects == []
    assert Notice(level="warning", title="Order to sell refused", message="no stops here") in events
    state, _, effects = through(state, price(39_000))
    (sale,) = placed(effects)
    assert (sale.type, sale.purpose) == ("market", "protection")
    state = through(state, filled(sale, 39_000))[0]
    assert not state.account.stop_refused
    assert [order.type for order in through(*_entry_after(state))[0].account.orders] == ["stop"]


def _filled_entry() -> tuple[State, Any]:
    state, entry = entering(stopped())
    return state, filled(entry, 40_000)


def _entry_after(state: State) -> tuple[State, Any]:
    state, _, effects = through(state, quoted(40_000), candle(2, 40_000), replace(ENTRY, candle_ts=T0 + 2 * MINUTE))
    return state, filled(placed(effects)[0], 40_000)


def test_one_that_was_lost_on_the_way_is_placed_anew() -> None:
    state, stop = guarded()
    state, _, effects = through(state, OrderRejected(order_id=stop.id, reason="lost", never_arrived=True))
    (again,) = placed(effects)
    assert (again.amount, again.trigger_price) == (stop.amount, stop.trigger_price)
    assert not state.account.stop_refused


def test_filled_by_the_exchange_it_is_a_trade_with_its_reason_and_the_position_is_over() -> None:
    state, stop = guarded()
    state, events, effects = through(state, price(39_000), price(38_000), execution(stop, stop.amount, 39_150))
    (trade,) = traded(events)
    assert trade.reason == "Stop loss on the exchange at 39,200.00"
    assert trade.pnl is not None
    assert trade.pnl < 0
    assert (state.account.portfolio.lot, state.account.orders, effects) == (None, (), [])
    assert state.account.statistics.losses == 1


def test_one_that_is_being_filled_is_left_to_itself_and_its_rest_gets_another() -> None:
    state, stop = guarded()
    state, _, effects = through(state, execution(stop, "0.02", 39_150), price(39_000))
    assert effects == []
    (again,) = placed(through(state, price(39_500), canceled(stop))[2])
    assert again.amount == stop.amount - Decimal("0.02")


def test_where_the_price_has_passed_it_already_the_bot_sells_instead_of_placing_it() -> None:
    risk = RiskLimits.model_validate({"trailing_stop_pct": 1})
    state, stop = guarded(config={"risk": risk, "take_profit_pct": None})
    state = through(state, quoted(41_000))[0]
    state, _, effects = through(state, quoted(40_000), canceled(stop))
    assert placed(effects) == []
    (sale,) = placed(through(state, quoted(40_000))[2])
    assert (sale.type, sale.amount) == ("market", stop.amount)


def test_a_market_that_is_away_takes_none_and_it_comes_once_it_is_back() -> None:
    state, entry = entering(stopped())
    state, _, effects = through(state, FeedFailed(message="gone"), filled(entry, 40_000))
    assert effects == []
    assert [order.type for order in restarted(state).account.orders] == ["stop"]


def test_after_a_restart_it_waits_for_the_first_price_which_may_have_passed_it() -> None:
    state, entry = entering(stopped())
    state = through(killed(state), filled(entry, 40_000), FeedOpened(rules=RULES))[0]
    assert state.account.orders == ()
    assert [order.type for order in placed(through(state, quoted(40_000))[2])] == ["stop"]
    assert [order.type for order in placed(through(state, quoted(39_000))[2])] == ["market"]


def test_halt_and_stop_leave_it_where_it_is() -> None:
    state, stop = guarded()
    state, _, effects = through(state, command("stop_bot"), command("halt"), price(40_000))
    assert effects == []
    assert order_in(state, stop).status == "open"
    assert state.account.run == "stopped"


def test_a_person_who_cancels_it_on_the_exchange_gets_another() -> None:
    state, stop = guarded()
    state, events, effects = through(state, canceled(stop))
    assert len(placed(effects)) == 1
    assert Said(level="info", message=f"Order {stop.id} to sell was taken back: asked for") in events


@pytest.mark.parametrize("name", WISHES)
def test_a_kill_while_it_is_taken_back_changes_nothing(name: str) -> None:
    state, stop = guarded()
    state = through(state, candle(1, 40_000), WISHES[name])[0]
    expected = placed(through(state, canceled(stop))[2])
    again = restarted(state, quoted(40_000, 40_010, at_s=120))
    assert order_in(again, stop).status == "canceling"
    assert [_essence(order) for order in placed(through(again, canceled(stop))[2])] == [_essence(o) for o in expected]
    early = through(killed(state), canceled(stop))  # before the market has answered
    assert placed(early[2]) == []
    after = restarted(early[0])
    sales = [_essence(order) for order in after.account.orders if order.type == "market"]
    assert sales == [_essence(order) for order in expected]


def _essence(order: Order) -> tuple[Any, ...]:
    return order.id, order.amount, order.purpose, order.reason


def test_one_that_rests_while_the_setting_is_switched_off_is_taken_back_and_the_bot_watches_the_price() -> None:
    state, stop = guarded()
    off = with_config(killed(state), orders=with_policy().config.orders)
    gone, _, effects = through(off, FeedFailed(message="gone"))
    assert effects == []  # it protects where the bot cannot
    state, _, effects = through(gone, FeedOpened(rules=RULES), quoted(40_000, 40_010))
    assert asked_back(effects) == [stop.id]
    state, _, effects = through(state, canceled(stop), quoted(39_000))
    assert [(sale.type, sale.amount) for sale in placed(effects)] == [("market", stop.amount)]


def test_one_that_is_being_filled_then_is_left_to_itself() -> None:
    state, stop = guarded()
    off = with_config(state, orders=with_policy().config.orders)
    assert through(off, execution(stop, "0.01", 39_200), quoted(39_000))[2] == []
