"""Orders that wait on the market: placed as limits, taken back in time, and out of the way of a sale that cannot wait.

There is never more than one order for what is held: a sale waits until every other that rests has been taken back, and
that the exchange has said so. What it then sells is in the account (`WantedExit`), so a restart goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bot.core.frozen import replace
from bot.core.messages import CancelOrder, Effect, Event, Notice, Order, Purpose, Said, WantedExit
from bot.core.orders import (
    Refused,
    free_base,
    market_of,
    order_of,
    resting_sales,
    rounded,
    size_refusal,
    with_order,
)
from bot.core.portfolio import EXACT, ZERO
from bot.core.state import State, Step, with_account
from bot.core.words import amount_text
from bot.events import Side


def bought(state: State, amount: Decimal, reason: str, *, parts: int) -> tuple[State, tuple[Effect, ...]]:
    """An entry's order, at the market or as a limit at the best bid. Raises `Refused`."""
    if state.config.orders.entry == "market":
        after, effect = order_of(state, "buy", amount, reason, "entry", parts=parts)
        return after, (effect,)
    return _limit(state, "buy", amount, reason, "entry", parts=parts)


def sold(
    state: State,
    amount: Decimal,
    reason: str,
    purpose: Purpose,
    *,
    parts: int = 0,
    worst_price: Decimal | None = None,
) -> tuple[State, tuple[Effect, ...]]:
    """A sale's order; where another sale rests, that is taken back first and this one waits. Raises `Refused`."""
    resting = resting_sales(state)
    if not resting and state.account.wanted_exit is None:
        if purpose == "exit" and state.config.orders.exit == "limit":
            return _limit(state, "sell", amount, reason, purpose, parts=parts)
        after, effect = order_of(state, "sell", amount, reason, purpose, parts=parts, worst_price=worst_price)
        return after, (effect,)
    waiting = _wanted(
        state, WantedExit(amount=amount, reason=reason, purpose=purpose, worst_price=worst_price, parts=parts)
    )
    return taken_back(waiting, resting_sales)


def wished_anew(state: State, order: Order) -> State:
    """The state that wants what is left of a sale which is over without anybody's wish, at the market.

    A stop is placed anew by itself (`stop_order`), and so is what a halt sells (`kill_switch`). A purchase is not made
    later, at another price.
    """
    left = EXACT.subtract(order.amount, order.filled)
    if order.side == "buy" or order.type == "stop" or left <= 0 or state.account.flattening:
        return state
    return _wanted(
        state,
        WantedExit(
            amount=left,
            reason=order.reason,
            purpose=order.purpose,
            worst_price=order.worst_price,
            parts=order.parts,
        ),
    )


def _wanted(state: State, wish: WantedExit) -> State:
    """The state with one more sale that waits; two are one of both."""
    before = state.account.wanted_exit
    if before is not None:
        amount, parts = EXACT.add(before.amount, wish.amount), before.parts + wish.parts
        wish = replace(wish, amount=amount, parts=parts)
    return with_account(state, wanted_exit=wish)


def taken_back(
    state: State, chosen: Callable[[State], tuple[Order, ...]], *, to_reprice: bool = False
) -> tuple[State, tuple[Effect, ...]]:
    """The chosen orders asked back, each once."""
    effects: list[Effect] = []
    for order in chosen(state):
        if order.status == "canceling" or (order.status == "repricing" and to_reprice):
            continue
        if order.status != "repricing":
            effects.append(CancelOrder(order=order))
        state = with_order(state, replace(order, status="repricing" if to_reprice else "canceling"))
    return state, tuple(effects)


def resting_entries(state: State) -> tuple[Order, ...]:
    """The purchases that wait on the market."""
    return tuple(order for order in state.account.orders if order.side == "buy" and order.type != "market")


def resting_decisions(state: State) -> tuple[Order, ...]:
    """All that rests but a protective stop."""
    return tuple(order for order in state.account.orders if order.type == "limit")


def timed_out(state: State) -> tuple[State, tuple[Effect, ...]]:
    """Limits whose time is over are asked back, to be placed anew at the market's price."""
    if not state.account.orders:
        return state, ()
    now = state.market_ts or 0

    def late(current: State) -> tuple[Order, ...]:
        orders = current.account.orders
        return tuple(o for o in orders if o.status == "open" and o.ends_ts is not None and now >= o.ends_ts)

    return taken_back(state, late, to_reprice=True)


def repriced(state: State, order: Order) -> Step | None:
    """What follows a limit that was taken back in time: another of the rest, or None where it ends here."""
    left = EXACT.subtract(order.amount, order.filled)
    if order.status != "repricing" or left <= 0 or state.rules is None or state.feed != "live":
        return None
    is_last = order.attempt > state.config.orders.reprices
    if order.side == "buy" and (is_last or state.account.run != "running" or state.account.halted):
        return None
    filled = EXACT.add(order.filled_before, order.filled)
    try:
        after, effects = _anew(state, order, left, filled, at_market=is_last)
    except Refused as refusal:
        return state, (Said(level="warning", message=f"The rest of {order.id} is left: {refusal}"),), ()
    how = "at the market" if is_last else "at a new price"
    text = f"{order.id} was not filled in time: {amount_text(left)} {state.rules.base_currency} are placed {how}."
    return after, (Said(level="info", message=text),), effects


def _anew(
    state: State, order: Order, left: Decimal, filled: Decimal, *, at_market: bool
) -> tuple[State, tuple[Effect, ...]]:
    if not at_market:
        return _limit(
            state,
            order.side,
            left,
            order.reason,
            order.purpose,
            parts=order.parts,
            attempt=order.attempt + 1,
            filled_before=filled,
        )
    rules, last_price = market_of(state)
    refusal = size_refusal(rules, left, state.bid_price or last_price)
    if refusal:
        raise Refused(refusal)
    after, effect = order_of(
        state, order.side, left, order.reason, order.purpose, parts=order.parts, filled_before=filled
    )
    return after, (effect,)


def _limit(
    state: State,
    side: Side,
    amount: Decimal,
    reason: str,
    purpose: Purpose,
    *,
    parts: int,
    attempt: int = 1,
    filled_before: Decimal = ZERO,
) -> tuple[State, tuple[Effect, ...]]:
    rules, price = market_of(state)
    best, away = (state.bid_price, ROUND_FLOOR) if side == "buy" else (state.ask_price, ROUND_CEILING)
    limit_price = rounded(best or price, rules.price_step, away)
    refusal = size_refusal(rules, amount, limit_price)
    if refusal:
        raise Refused(refusal)
    after, effect = order_of(
        state,
        side,
        amount,
        reason,
        purpose,
        order_type="limit",
        price=limit_price,
        ends_ts=(state.market_ts or 0) + state.config.orders.timeout_s * 1000,
        attempt=attempt,
        filled_before=filled_before,
        parts=parts,
    )
    return after, (effect,)


def exit_when_free(state: State) -> Step:
    """The sale that waited, as soon as no other rests any more."""
    wanted = state.account.wanted_exit
    if wanted is None:
        return state, (), ()
    if resting_sales(state):
        after, effects = taken_back(state, resting_sales)
        return after, (), effects
    bid = state.bid_price
    if state.rules is None or bid is None or state.feed != "live":
        return state, (), ()
    free = rounded(free_base(state), state.rules.amount_step, ROUND_FLOOR)
    amount = min(rounded(wanted.amount, state.rules.amount_step, ROUND_FLOOR), max(free, ZERO))
    done = with_account(state, wanted_exit=None)
    if not amount:
        return done, (Said(level="info", message="What was to be sold had been sold already."),), ()
    refusal = size_refusal(state.rules, amount, bid)
    if refusal:
        return done, (_left(refusal),), ()
    after, sale = order_of(
        done, "sell", amount, wanted.reason, wanted.purpose, parts=wanted.parts, worst_price=wanted.worst_price
    )
    return after, (), (sale,)


def _left(refusal: str) -> Event:
    return Notice(level="warning", title="Exit skipped", message=f"{refusal} It stays in the account.")
