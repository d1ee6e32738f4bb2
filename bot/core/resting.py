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
    order_type = state.config.orders.exit if purpose == "exit" else "market"
    if not resting and state.account.wanted_exit is None:
        if order_type == "limit":
            return _limit(state, "sell", amount, reason, purpose, parts=parts)
        after, effect = order_of(state, "sell", amount, reason, purpose, parts=parts, worst_price=worst_price)
        return after, (effect,)
    wanted = WantedExit(
        amount=amount, reason=reason, purpose=purpose, type=order_type, worst_price=worst_price, parts=parts
    )
    return taken_back(_waiting(state, wanted), resting_sales, to_reprice=True)


def _waiting(state: State, wanted: WantedExit) -> State:
    """The state with a sale that waits, together with what waits already."""
    before = state.account.wanted_exit
    if before is not None:
        says = before if wanted.purpose == "exit" else wanted  # what waits is in no less of a hurry than the strategy
        wanted = replace(says, amount=EXACT.add(before.amount, wanted.amount), parts=before.parts + wanted.parts)
    return with_account(state, wanted_exit=wanted)


def taken_back(
    state: State, chosen: Callable[[State], tuple[Order, ...]], *, to_reprice: bool = False
) -> tuple[State, tuple[Effect, ...]]:
    """The chosen orders asked back, each once; with `to_reprice` what is left of a limit is still to be traded."""
    effects: list[Effect] = []
    for order in chosen(state):
        if order.status == "canceling" or (order.status == "repricing" and to_reprice):
            continue
        if order.status != "repricing":
            effects.append(CancelOrder(order=order))
        status = "repricing" if to_reprice and order.type == "limit" else "canceling"
        state = with_order(state, replace(order, status=status))
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
    """What follows a limit that was taken back in time: another of the rest, or None where it ends here.

    A sale whose market is not there waits for it, and joins one that waits already; a purchase is given up. Raises
    `Refused` where the market does not take the rest.
    """
    left = EXACT.subtract(order.amount, order.filled)
    if order.status != "repricing" or left <= 0:
        return None
    is_last = order.attempt > state.config.orders.reprices
    is_there = state.rules is not None and state.price is not None and state.feed == "live"
    if order.side == "buy" and (is_last or not is_there or state.account.run != "running" or state.account.halted):
        return None
    if order.side == "sell" and (state.account.wanted_exit is not None or not is_there):
        wanted = WantedExit(amount=left, reason=order.reason, purpose=order.purpose, parts=order.parts)
        return _waiting(state, wanted), (), ()
    filled = EXACT.add(order.filled_before, order.filled)
    after, effects = _anew(state, order, left, filled, at_market=is_last)
    how = "at the market" if is_last else "at a new price"
    text = f"{order.id} was not filled in time: {amount_text(left)} {state.config.base_currency} are placed {how}."
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
        after, effects = taken_back(state, resting_sales, to_reprice=True)
        return after, (), effects
    bid = state.bid_price
    if state.rules is None or bid is None or state.feed != "live":
        return state, (), ()
    free = rounded(free_base(state), state.rules.amount_step, ROUND_FLOOR)
    amount = min(rounded(wanted.amount, state.rules.amount_step, ROUND_FLOOR), max(free, ZERO))
    done = with_account(state, wanted_exit=None)
    if not amount:
        return done, (Said(level="info", message="What was to be sold had been sold already."),), ()
    try:
        after, effects = _sale(done, wanted, amount, bid)
    except Refused as refusal:
        return done, (_left(str(refusal)),), ()
    return after, (), effects


def _sale(state: State, wanted: WantedExit, amount: Decimal, bid: Decimal) -> tuple[State, tuple[Effect, ...]]:
    """The order of a sale that waited, now that no other rests. Raises `Refused`."""
    if wanted.type == "limit":
        return _limit(state, "sell", amount, wanted.reason, wanted.purpose, parts=wanted.parts)
    rules, _ = market_of(state)
    refusal = size_refusal(rules, amount, bid)
    if refusal:
        raise Refused(refusal)
    after, effect = order_of(
        state, "sell", amount, wanted.reason, wanted.purpose, parts=wanted.parts, worst_price=wanted.worst_price
    )
    return after, (effect,)


def _left(refusal: str) -> Event:
    return Notice(level="warning", title="Exit skipped", message=f"{refusal} It stays in the account.")
