"""Orders that are over without anybody's wish: what was to be sold is sold all the same, what was to be bought not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core.messages import (
    BalancesSeen,
    CancelOrder,
    FeedFailed,
    FeedOpened,
    Order,
    OrderCanceled,
    OrderOpened,
    OrderRejected,
    PlaceOrder,
    Signal,
)
from bot.core.order_policy import OrderPolicy
from bot.core.state import State
from tests.support.trading import CONFIG, MINUTE, RULES, T0, candle, command, filled, live_state, price, through

LIVE = replace(CONFIG, mode="live")


def signal(kind: str, number: int) -> Signal:
    return Signal(kind="enter" if kind == "enter" else "exit", reason=kind, candle_ts=T0 + number * MINUTE)


def compared(**orders: object) -> State:
    """A live account that has been compared with the exchange."""
    state = live_state(config=replace(LIVE, orders=OrderPolicy.model_validate(orders)))
    portfolio = state.account.portfolio
    return through(state, BalancesSeen(quote=portfolio.cash, base=Decimal(0), portfolio=portfolio))[0]


def entered(state: State) -> tuple[State, Order]:
    """The state with a market order to buy on its way."""
    after, _, (placed,) = through(state, candle(0, 40_000), signal("enter", 0))
    assert isinstance(placed, PlaceOrder)
    return after, placed.order


def holding(**orders: object) -> State:
    state, order = entered(compared(**orders))
    return through(state, filled(order, 40_000))[0]


def lost(order: Order) -> OrderRejected:
    return OrderRejected(order_id=order.id, reason="lost on the way", never_arrived=True)


def leaving(state: State) -> tuple[State, Order]:
    after, _, (placed,) = through(state, candle(1, 40_000), signal("exit", 1))
    assert isinstance(placed, PlaceOrder)
    return after, placed.order


def test_a_lost_entry_is_not_made_later() -> None:
    state, order = entered(compared())
    after, _, effects = through(state, lost(order), price(40_001), price(40_002))
    assert (effects, after.account.orders, after.account.portfolio.lot) == ([], (), None)


def test_a_lost_exit_is_sold_at_once_for_the_same_reason() -> None:
    state, order = leaving(holding())
    after, _, (again,) = through(state, lost(order))
    assert isinstance(again, PlaceOrder)
    assert again.order == replace(order, id=again.order.id)
    assert again.order.id != order.id
    flat = through(after, filled(again.order, 40_000))[0]
    assert (flat.account.portfolio.lot, flat.account.parts) == (None, 0)


def test_a_lost_exit_that_had_rested_sells_at_the_market_what_was_left() -> None:
    state, order = leaving(holding(exit="limit"))
    part = replace(filled(order, 40_000, amount=Decimal("0.01"), done=False), fill_id="1")
    _, _, (again,) = through(state, OrderOpened(order_id=order.id), part, lost(order))
    assert isinstance(again, PlaceOrder)
    assert (again.order.type, again.order.amount) == ("market", order.amount - Decimal("0.01"))


def test_a_lost_exit_waits_for_the_market() -> None:
    state, order = leaving(holding())
    gone, _, effects = through(state, FeedFailed(message="gone"), lost(order))
    assert effects == []
    _, _, (again,) = through(gone, FeedOpened(rules=RULES), price(40_000))
    assert isinstance(again, PlaceOrder)
    assert again.order.amount == order.amount


def test_a_lost_sale_of_a_halt_is_sold_once_more_and_not_twice() -> None:
    state, _, (sale,) = through(holding(), command("halt", flatten=True))
    after, _, effects = through(state, lost(sale.order), price(40_000))
    assert [(type(effect), effect.order.amount) for effect in effects] == [(PlaceOrder, sale.order.amount)]
    assert after.account.wanted_exit is None


def test_a_lost_stop_is_placed_anew_and_a_refused_one_is_not() -> None:
    state, order = entered(compared(stop_on_exchange=True))
    resting, _, (stop,) = through(state, filled(order, 40_000))
    assert stop.order.type == "stop"
    _, _, (again,) = through(resting, lost(stop.order))
    assert (again.order.type, again.order.trigger_price) == ("stop", stop.order.trigger_price)
    refused = OrderRejected(order_id=stop.order.id, reason="too near")
    assert through(resting, refused, price(40_000))[2] == []


def test_what_a_limit_left_while_the_market_was_gone_is_sold_when_it_is_back() -> None:
    state, order = leaving(holding(exit="limit", timeout_s=30))
    state, _, (recalled,) = through(state, OrderOpened(order_id=order.id), price(40_000, T0 + 3 * MINUTE))
    assert isinstance(recalled, CancelOrder)
    gone, _, effects = through(
        state, FeedFailed(message="gone"), OrderCanceled(order_id=order.id, reason="time is over")
    )
    assert effects == []
    _, _, (sale,) = through(gone, FeedOpened(rules=RULES), price(39_990))
    assert (sale.order.side, sale.order.type, sale.order.amount) == ("sell", "market", order.amount)
