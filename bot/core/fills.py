"""What becomes of an order: its fills change the account and are told as trades, its refusal is told."""

from __future__ import annotations

from decimal import Decimal

from bot.core import risk
from bot.core.frozen import replace
from bot.core.messages import Notice, Order, OrderClosed, OrderFilled, OrderRejected, Said
from bot.core.portfolio import EXACT, Fill, Overdrawn, Portfolio, apply_fill, plain
from bot.core.protection import protection_prices
from bot.core.state import State, Step, with_account
from bot.core.statistics import add_equity, add_round_trip
from bot.events import Trade


def on_filled(state: State, filled: OrderFilled) -> Step:
    """The account after a fill, and the trade that tells of it. One that was never asked for changes nothing."""
    order = _open_order(state, filled.order_id)
    if order is None:
        said = Said(
            level="warning", message=f"A fill of {filled.order_id} came again or was never asked for; left out."
        )
        return state, (said,), ()
    fill = _fill(state, order, filled)
    try:
        portfolio, pnl = apply_fill(state.account.portfolio, fill, filled.ts)
    except Overdrawn as error:
        notice = Notice(level="error", title="A fill does not fit the account", message=f"{order.id}: {error}.")
        return (
            _without(state, order),
            (notice, OrderClosed(order_id=order.id, status="rejected", detail=str(error))),
            (),
        )
    after = _with_portfolio(_progressed(state, order, filled), portfolio, filled.price)
    after, told = risk.after_fill(state, after, filled.ts)
    closed = (OrderClosed(order_id=order.id, status="filled"),) if filled.done else ()
    return after, (_trade(state, order, filled, fill, pnl), *closed, *told), ()


def _fill(state: State, order: Order, filled: OrderFilled) -> Fill:
    return Fill(
        side=order.side,
        price=filled.price,
        amount=filled.amount,
        fee=filled.fee,
        fee_in_base=filled.fee_currency == state.config.base_currency,
    )


def _with_portfolio(state: State, portfolio: Portfolio, price: Decimal) -> State:
    """The state after a fill changed the account: what follows from it is worked out anew."""
    statistics = add_equity(state.account.statistics, portfolio.equity(price))
    if portfolio.lot is None:
        statistics = add_round_trip(statistics, portfolio.trip_pnl)
    stop_price, take_profit_price = protection_prices(state, portfolio.lot)
    return with_account(
        state,
        portfolio=portfolio,
        statistics=statistics,
        parts=state.account.parts if portfolio.lot else 0,
        stop_price=stop_price,
        take_profit_price=take_profit_price,
        exit_refused=False,
    )


def _trade(state: State, order: Order, filled: OrderFilled, fill: Fill, pnl: Decimal | None) -> Trade:
    return Trade(
        id=f"{order.id}-{order.fills + 1}",
        ts=filled.ts,
        symbol=state.config.symbol,
        side=order.side,
        price=filled.price,
        amount=filled.amount,
        cost=plain(fill.cost),
        fee=filled.fee,
        fee_currency=filled.fee_currency,
        pnl=None if pnl is None else plain(pnl),
        reason=order.reason,
        order_id=order.id,
        mode=state.config.mode,
    )


def on_rejected(state: State, rejected: OrderRejected) -> Step:
    """The order is over; what it had filled stays."""
    order = _open_order(state, rejected.order_id)
    if order is None:
        return state, (), ()
    notice = Notice(level="warning", title=f"Order to {order.side} refused", message=rejected.reason)
    after = _without(state, order)
    if order.side == "sell":
        after = with_account(after, exit_refused=True)
    elif order.filled > 0 and after.account.portfolio.lot:
        after = _with_parts_of(after, order)
    return after, (notice, OrderClosed(order_id=order.id, status="rejected", detail=rejected.reason)), ()


def _open_order(state: State, order_id: str) -> Order | None:
    return next((order for order in state.account.orders if order.id == order_id), None)


def _without(state: State, order: Order) -> State:
    return with_account(state, orders=tuple(other for other in state.account.orders if other.id != order.id))


def _progressed(state: State, order: Order, filled: OrderFilled) -> State:
    if filled.done:
        return _with_parts_of(_without(state, order), order)
    progressed = replace(order, filled=EXACT.add(order.filled, filled.amount), fills=order.fills + 1)
    return with_account(
        state, orders=tuple(progressed if other.id == order.id else other for other in state.account.orders)
    )


def _with_parts_of(state: State, order: Order) -> State:
    """The state once the order's parts are bought or sold; counted at its end, so its chunks make no difference."""
    change = order.parts if order.side == "buy" else -order.parts
    return with_account(state, parts=max(state.account.parts + change, 0))
