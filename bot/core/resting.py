"""Orders that wait on the market: placed as limits, taken back in time, and out of the way of a sale that cannot wait.

No base is in two orders: a sale of what rests in others waits until those have been taken back, and the exchange has
said so. What it then sells is in the account (`WantedExit`), so a restart goes on with it.

A limit whose time is over is placed anew at the market's price, `reprices` times, with what is left of it. A purchase
asks all the limits on risk again, the difference between exchange and journal among them, and is cut to what they
leave; while the bot is stopped or halted, and while the market is away, there is no other. An exit asks nobody; it
waits for a market that is away.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bot.core import risk
from bot.core.frozen import replace
from bot.core.messages import CancelOrder, Effect, Event, Notice, Order, Purpose, Said, WantedExit
from bot.core.orders import (
    Refused,
    check_least,
    check_size,
    free_base,
    in_one_order,
    market_of,
    order_of,
    resting_sales,
    rounded,
    with_order,
)
from bot.core.portfolio import EXACT, ZERO
from bot.core.state import State, Step, with_account
from bot.core.waits import is_wanted_later
from bot.core.wanted_exits import wanted_again, with_wanted
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
    """A sale's order; where other sales rest on what it sells, they are taken back first and it waits.

    Raises `Refused` where the market does not take so little.
    """
    kind = state.config.orders.exit if purpose == "exit" else "market"
    wanted = WantedExit(amount=amount, reason=reason, purpose=purpose, type=kind, worst_price=worst_price, parts=parts)
    if state.account.wanted_exit is None and (amount <= free_base(state) or not resting_sales(state)):
        return _sale(state, wanted)
    return taken_back(with_wanted(state, wanted), resting_sales)


def _sale(state: State, wanted: WantedExit) -> tuple[State, tuple[Effect, ...]]:
    """Its order; what is more than the market takes in one waits to be the next, and its parts with it.

    Raises `Refused`.
    """
    price = state.bid_price
    amount = in_one_order(state.rules, wanted.amount, price) if state.rules and price else wanted.amount
    if amount < wanted.amount:
        rest = replace(wanted, amount=EXACT.subtract(wanted.amount, amount))
        return _order(with_wanted(state, rest), replace(wanted, amount=amount, parts=0))
    return _order(state, wanted)


def _order(state: State, wanted: WantedExit) -> tuple[State, tuple[Effect, ...]]:
    amount, reason, purpose, parts = wanted.amount, wanted.reason, wanted.purpose, wanted.parts
    if wanted.type == "limit":
        return _limit(state, "sell", amount, reason, purpose, parts=parts)
    after, effect = order_of(
        state, "sell", amount, reason, purpose, parts=parts, worst_price=wanted.worst_price, attempt=wanted.attempt
    )
    return after, (effect,)


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


def entries_taken_back(state: State, leave_reason: str | None = None) -> tuple[State, tuple[Effect, ...]]:
    """The purchases that rest asked back; with `leave_reason`, what they still bring is sold for it (`left_again`)."""
    after, effects = taken_back(state, resting_entries)
    if leave_reason is not None:
        for order in resting_entries(after):
            after = with_order(after, replace(order, leave_reason=leave_reason))
    return after, effects


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

    Raises `Refused` where what is left must not be bought any more, or is too little for the market.
    """
    left = EXACT.subtract(order.amount, order.filled)
    if order.status != "repricing" or left <= 0:
        return None
    is_last = order.attempt > state.config.orders.reprices
    if order.side == "sell":
        return _sold_anew(state, order, left, at_market=is_last)
    account = state.account
    if is_last or account.run != "running" or account.halted or state.rules is None or state.feed != "live":
        return None
    amount, reason = risk.allowed_rest(state, left, order.reason)
    after, effects = _limit(
        state,
        "buy",
        amount,
        reason,
        order.purpose,
        parts=order.parts,
        attempt=order.attempt + 1,
        filled_before=EXACT.add(order.filled_before, order.filled),
    )
    return after, (_placed_anew(state, order, amount, "at a new price"),), effects


def _sold_anew(state: State, order: Order, left: Decimal, *, at_market: bool) -> Step:
    if state.rules is None or state.price is None or state.feed != "live":
        return wanted_again(state, order), (), ()
    if not at_market:
        after, effects = _limit(
            state, "sell", left, order.reason, order.purpose, parts=order.parts, attempt=order.attempt + 1
        )
        return after, (_placed_anew(state, order, left, "at a new price"),), effects
    check_size(state.rules, left, state.bid_price or state.price)
    after, effect = order_of(state, "sell", left, order.reason, order.purpose, parts=order.parts)
    return after, (_placed_anew(state, order, left, "at the market"),), (effect,)


def _placed_anew(state: State, order: Order, amount: Decimal, how: str) -> Event:
    what = f"{amount_text(amount)} {state.config.base_currency}"
    return Said(level="info", message=f"{order.id} was not filled in time: {what} are placed {how}.")


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
    check_size(rules, amount, limit_price)
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
    """The sale that waited, as soon as no other rests on what it sells."""
    wanted = state.account.wanted_exit
    if wanted is None or is_wanted_later(state):
        return state, (), ()
    if resting_sales(state) and wanted.amount > free_base(state):
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
    try:
        check_least(state.rules, amount, bid)
        after, effects = _sale(done, replace(wanted, amount=amount))
    except Refused as refusal:
        title = "Exit skipped" if wanted.purpose == "exit" else "A rest is left unsold"
        return done, (Notice(level="warning", title=title, message=f"{refusal} It stays in the account."),), ()
    return after, (), effects
