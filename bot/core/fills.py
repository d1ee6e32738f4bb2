"""What becomes of an order: its fills change the account and are told as trades, its end is told."""

from __future__ import annotations

from decimal import Decimal

from bot.core import kill_switch, resting, risk, wanted_exits
from bot.core.frozen import replace
from bot.core.messages import (
    Notice,
    Order,
    OrderCanceled,
    OrderClosed,
    OrderFilled,
    OrderOpened,
    OrderRejected,
    Said,
)
from bot.core.orders import Refused, on_its_way, with_order, without_order
from bot.core.portfolio import EXACT, ZERO, Fill, Overdrawn, Portfolio, apply_fill, plain
from bot.core.protection import protection_prices
from bot.core.state import State, Step, with_account
from bot.core.statistics import add_equity, add_round_trip
from bot.core.words import amount_text
from bot.events import Trade


def on_opened(state: State, opened: OrderOpened) -> Step:
    """The broker has the order; one that is being taken back stays so."""
    order = _open_order(state, opened.order_id)
    if order is None:
        return state, (), ()
    status = "open" if order.status == "sent" else order.status
    name = opened.exchange_order_id or order.exchange_order_id
    if (status, name) == (order.status, order.exchange_order_id):
        return state, (), ()
    return with_order(state, replace(order, status=status, exchange_order_id=name)), (), ()


def on_filled(state: State, filled: OrderFilled) -> Step:
    """The account after a fill, and the trade that tells of it. One that was never asked for changes nothing."""
    order = _open_order(state, filled.order_id)
    if order is None:
        said = Said(
            level="warning", message=f"A fill of {filled.order_id} came again or was never asked for; left out."
        )
        return state, (said,), ()
    if filled.fill_id is not None and filled.fill_id in order.fill_ids:
        return state, (), ()
    fill, is_last = _fill(state, order, filled), _is_last(order, filled)
    step = state.rules.amount_step if state.rules and is_last else ZERO
    try:
        portfolio, pnl = apply_fill(state.account.portfolio, fill, filled.ts, dust_below=step)
    except Overdrawn as error:
        return _barred(state, order, str(error))
    after = _with_portfolio(_progressed(state, order, filled, is_last=is_last), portfolio, filled.price)
    after = _paid_beside(after, fill.fee_beside)
    after, told = risk.after_fill(state, after, filled.price, filled.ts)
    after = wanted_exits.left_again(after, order) if is_last else after
    ended = (OrderClosed(order_id=order.id, status="filled"),) if is_last else ()
    return after, (_trade(state, order, filled, fill, pnl), *ended, *told), ()


def _barred(state: State, order: Order, error: str) -> Step:
    """A fill that the account cannot have had is left out; nothing is sold any more, for it may be somebody else's."""
    reason = (
        f"A fill of {order.id} does not fit the account, {error}: nothing is bought or sold any more, protection"
        " included; compare the position with what the exchange holds, close by hand what is left of it, and resume."
    )
    after = with_account(
        without_order(state, order),
        halted=True,
        halt_reason=reason,
        sales_barred=True,
        flattening=False,
        wanted_exit=None,
    )
    notice = Notice(level="error", title="A fill does not fit the account", message=reason)
    return after, (notice, OrderClosed(order_id=order.id, status="rejected", detail=error)), ()


def _is_last(order: Order, filled: OrderFilled) -> bool:
    return filled.done or EXACT.add(order.filled, filled.amount) >= order.amount


def _fill(state: State, order: Order, filled: OrderFilled) -> Fill:
    config = state.config
    return Fill(
        side=order.side,
        price=filled.price,
        amount=filled.amount,
        fee=filled.fee,
        booked_cost=filled.cost,
        fee_in_base=filled.fee_currency == config.base_currency,
        fee_elsewhere=filled.fee_currency not in (config.base_currency, config.quote_currency),
        fee_beside=_fee_beside(state, order, filled),
    )


def _fee_beside(state: State, order: Order, filled: OrderFilled) -> Decimal:
    """What of a sale's fee in base was paid with other base on the exchange.

    It takes what no order sells, first of the bot's own: what is still to be sold cannot be paid with as well.
    """
    if order.side == "buy" or filled.fee_currency != state.config.base_currency:
        return ZERO
    yet_to_sell = max(EXACT.subtract(on_its_way(state, "sell"), filled.amount), ZERO)
    left = EXACT.subtract(state.account.portfolio.base, EXACT.add(filled.amount, yet_to_sell))
    return EXACT.subtract(filled.fee, min(max(left, ZERO), filled.fee))


def _paid_beside(state: State, fee: Decimal) -> State:
    """The state after a fee was taken from base that is not the bot's, as far as it is known."""
    if not fee:
        return state
    return with_account(state, base_elsewhere=max(EXACT.subtract(state.account.base_elsewhere, fee), ZERO))


def _with_portfolio(state: State, portfolio: Portfolio, price: Decimal) -> State:
    """The state after a fill changed the account: what follows from it is worked out anew."""
    statistics = add_equity(state.account.statistics, portfolio.equity(price))
    if portfolio.lot is None and state.account.portfolio.lot is not None:
        statistics = add_round_trip(statistics, portfolio.trip_pnl)
    stop_price, take_profit_price = protection_prices(state, portfolio.lot)
    return with_account(
        state,
        portfolio=portfolio,
        statistics=statistics,
        parts=state.account.parts if portfolio.lot else 0,
        stop_refused=state.account.stop_refused and portfolio.lot is not None,
        stop_price=stop_price,
        take_profit_price=take_profit_price,
        exit_refused_ts=None,
        exit_refusals=0,
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
    """The order is over; what it had filled stays. A sale is wanted again: at once where nobody refused it."""
    order = _open_order(state, rejected.order_id)
    if order is None:
        return state, (), ()
    after, refusals = _ended(state, order), 1
    if rejected.never_arrived:
        after = wanted_exits.wanted_again(after, order)
    elif order.type == "stop":
        after = with_account(after, stop_refused=True)
    elif _is_wanted_whole(state, order) and order.status != "canceling":
        after, refusals = wanted_exits.wanted_later(after, order), wanted_exits.refusals_of(order)
    elif order.purpose in ("protection", "close"):
        after = _exit_refused(after)
        refusals = after.account.exit_refusals
    told = _told_refusal(order, rejected, refusals)
    return after, (told, OrderClosed(order_id=order.id, status="rejected", detail=rejected.reason)), ()


def _exit_refused(state: State) -> State:
    """The state that remembers when the market refused a sale that it will be asked for again."""
    return with_account(state, exit_refused_ts=state.market_ts or 0, exit_refusals=state.account.exit_refusals + 1)


def _told_refusal(order: Order, rejected: OrderRejected, refusals: int) -> Notice | Said:
    """An alert; of a sale that is refused again and again only the first, the tenth, the hundredth is one."""
    if not _is_told(refusals):
        text = f"A sale was refused {refusals} times in a row; it is tried again. {rejected.reason}"
        return Said(level="warning", message=text)
    what = "lost" if rejected.never_arrived else "refused"
    return Notice(level="warning", title=f"Order to {order.side} {what}", message=rejected.reason)


def _is_told(refusals: int) -> bool:
    return str(refusals).strip("0") == "1"


def on_canceled(state: State, canceled: OrderCanceled) -> Step:
    """What was left of the order is free again; of one whose time was over another follows (`resting.repriced`)."""
    order = _open_order(state, canceled.order_id)
    if order is None:
        return state, (), ()
    closed = OrderClosed(order_id=order.id, status="canceled", detail=canceled.reason)
    try:
        following = resting.repriced(without_order(state, order), order)
    except Refused as refusal:
        left = Said(level="warning", message=f"The rest of {order.id} is left: {refusal}")
        return _ended(state, order), (closed, left), ()
    if following is not None:
        after, events, effects = following
        return after, (closed, *events), effects
    told = Said(level="info", message=f"Order {order.id} to {order.side} was taken back: {canceled.reason}")
    after = _ended(state, order)
    if order.type != "market" or order.side == "buy":
        return after, (closed, told), ()
    return _ended_by_the_market(after, order), (closed, _told_rest(state, order) or told), ()


def _told_rest(state: State, order: Order) -> Notice | None:
    """An alert where what the market left of a sale is to be sold; how often is as for a refusal."""
    if not _is_wanted_whole(state, order) or not _is_told(wanted_exits.refusals_of(order)):
        return None
    left = f"{amount_text(EXACT.subtract(order.amount, order.filled))} {state.config.base_currency}"
    text = f"The market ended {order.id} with {left} unsold: it is sold in another order, in a moment."
    return Notice(level="warning", title="Order to sell not filled", message=text)


def _ended_by_the_market(state: State, order: Order) -> State:
    """The state after a sale's end that nobody asked for, as a market order's always is: a rest is wanted again."""
    if _is_wanted_whole(state, order):
        return wanted_exits.wanted_later(state, order)
    is_tried_again = order.purpose in ("protection", "close") and not order.filled
    return _exit_refused(state) if is_tried_again else state


def _is_wanted_whole(state: State, order: Order) -> bool:
    """Whether what the market leaves of a sale is to be sold too: of a strategy's exit, and of a close by hand.

    Protection is judged anew by each price, and a halt that closes the position sees itself to what is left.
    """
    account = state.account
    if account.flattening or account.sales_barred:
        return False
    return order.purpose == "exit" or (order.purpose == "close" and order.reason != kill_switch.REASON)


def _ended(state: State, order: Order) -> State:
    """The state once the order is over before it was filled; a part of a position that it bought is held."""
    after = without_order(state, order)
    has_filled = order.filled > 0 or order.filled_before > 0
    if order.side == "buy" and has_filled and after.account.portfolio.lot:
        after = _with_parts_of(after, order)
    return wanted_exits.left_again(after, order)


def _open_order(state: State, order_id: str) -> Order | None:
    return next((order for order in state.account.orders if order.id == order_id), None)


def _progressed(state: State, order: Order, filled: OrderFilled, *, is_last: bool) -> State:
    if is_last:
        return _with_parts_of(without_order(state, order), order)
    ids = (*order.fill_ids, filled.fill_id) if filled.fill_id is not None else order.fill_ids
    amount = EXACT.add(order.filled, filled.amount)
    return with_order(state, replace(order, filled=amount, fills=order.fills + 1, fill_ids=ids))


def _with_parts_of(state: State, order: Order) -> State:
    """The state once the order's parts are bought or sold; counted at its end, so its chunks make no difference."""
    change = order.parts if order.side == "buy" else -order.parts
    return with_account(state, parts=max(state.account.parts + change, 0))
