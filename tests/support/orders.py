"""States whose orders rest on the market, and what an exchange says about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.messages import (
    CancelOrder,
    Effect,
    Event,
    FeedOpened,
    Input,
    Order,
    OrderCanceled,
    OrderFilled,
    OrderOpened,
    PlaceOrder,
    SessionOpened,
    Signal,
)
from bot.core.order_policy import OrderPolicy
from bot.core.portfolio import EXACT
from bot.core.state import State, dump_account, load_account
from bot.events import Price, Trade
from tests.support.trading import CONFIG, MINUTE, RULES, T0, candle, filled, live_state, price, through

SECOND = 1_000
ENTRY = Signal(kind="enter", reason="the rule", candle_ts=T0)
LATE = price(40_100, T0 + 200 * SECOND, bid=Decimal(40_100), ask=Decimal(40_110))
"""More than the thirty seconds of a limit after any candle of these stories has closed."""


def quoted(bid: Any, ask: Any = None, *, at_s: int = 0) -> Price:
    """A price between bid and ask, so many seconds after T0."""
    best_ask = Decimal(str(bid if ask is None else ask))
    return price(bid, T0 + at_s * SECOND, bid=Decimal(str(bid)), ask=best_ask)


def with_policy(deposit: Any = 10_000, *, config: dict[str, Any] | None = None, **policy: Any) -> State:
    """A live state at a bid of 40,000 and an ask of 40,010 with this `TAPEDECK_ORDERS`."""
    orders = OrderPolicy.model_validate(policy)
    state = live_state(deposit, config=replace(CONFIG, orders=orders, **(config or {})))
    return through(state, quoted(40_000, 40_010))[0]


def limits(**fields: Any) -> State:
    """The same, where entries and exits are limits."""
    return with_policy(entry="limit", exit="limit", **fields)


def leave(number: int = 1, **fields: Any) -> Signal:
    return Signal(kind="exit", reason="the other rule", candle_ts=T0 + number * MINUTE, **fields)


def opened(order: Order) -> OrderOpened:
    return OrderOpened(order_id=order.id, exchange_order_id=f"x-{order.id}")


def canceled(order: Order) -> OrderCanceled:
    return OrderCanceled(order_id=order.id, reason="asked for")


def execution(order: Order, amount: Any, at: Any = 40_000, *, name: str | None = None) -> OrderFilled:
    """Part of an order, as a live broker tells it: it never says which is the last."""
    return replace(filled(order, at, amount=Decimal(str(amount)), done=False), fill_id=name)


def placed(effects: Iterable[Effect]) -> list[Order]:
    return [effect.order for effect in effects if isinstance(effect, PlaceOrder)]


def asked_back(effects: Iterable[Effect]) -> list[str]:
    return [effect.order.id for effect in effects if isinstance(effect, CancelOrder)]


def traded(events: Iterable[Event]) -> list[Trade]:
    return [event for event in events if isinstance(event, Trade)]


def entering(state: State) -> tuple[State, Order]:
    """After the strategy wanted in: its order, which the exchange took."""
    state, _, effects = through(state, candle(0, 40_000), ENTRY)
    (order,) = placed(effects)
    return through(state, opened(order))[0], order


def holding(state: State, at: Any = 40_000) -> State:
    """The state once an entry was filled whole; what the exchange was then asked for, it took."""
    state, order = entering(state)
    state, _, effects = through(state, filled(order, at))
    return through(state, *[opened(each) for each in placed(effects)])[0]


def leaving(state: State) -> tuple[State, Order]:
    """After the strategy wanted out: its order, which the exchange took."""
    state, _, effects = through(state, candle(1, 40_000), leave())
    (order,) = placed(effects)
    return through(state, opened(order))[0], order


def order_in(state: State, order: Order) -> Order:
    """The order as the account has it."""
    (found,) = [each for each in state.account.orders if each.id == order.id]
    return found


def for_sale(state: State) -> Decimal:
    """What all sales together may still sell."""
    return sum((EXACT.subtract(o.amount, o.filled) for o in state.account.orders if o.side == "sell"), Decimal(0))


def killed(state: State) -> State:
    """As after a kill: only the account is left, to the last digit; the market has not answered yet."""
    account = load_account(dump_account(state.account))
    assert account == state.account
    bare = State(config=state.config, account=account)
    return through(bare, SessionOpened(run=account.run == "running"))[0]


def restarted(state: State, at: Input | None = None) -> State:
    """As after a kill, once the market has answered and shown a price."""
    return through(killed(state), FeedOpened(rules=RULES), at or quoted(40_000, 40_010))[0]
