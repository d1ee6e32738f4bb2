"""How much to trade, and the order that says so: sizes fit the market's rules before anything is sent."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import reduce

from bot.core.market_rules import MarketRules
from bot.core.messages import Order, OrderType, PlaceOrder, Purpose
from bot.core.portfolio import EXACT, ZERO
from bot.core.state import State, with_account
from bot.core.waits import is_wanted_later
from bot.core.words import amount_text
from bot.events import Side

HEADROOM = Decimal("1.01")
"""A market order may fill worse than the price it was sized at: 1 % is kept free for that."""

TEST_MARGIN = Decimal("1.2")
"""A test trade is this much over the minimum cost, so that it can be sold again after a fall."""


class Refused(Exception):
    """What was asked for cannot be done; the text is the one sentence that says why."""


def rounded(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """`value` on the market's grid of `step`."""
    return EXACT.multiply((value / step).quantize(Decimal(1), rounding, EXACT), step)


def on_its_way(state: State, side: Side) -> Decimal:
    """What orders of that side may still fill, in base."""
    left = (EXACT.subtract(order.amount, order.filled) for order in state.account.orders if order.side == side)
    return reduce(EXACT.add, left, ZERO)


def free_cash(state: State) -> Decimal:
    """Quote that no order on its way will use."""
    price = state.ask or state.price or ZERO
    reserved = on_its_way(state, "buy") * price * HEADROOM
    return state.account.portfolio.cash - reserved


def free_base(state: State) -> Decimal:
    """Base that no order on its way will sell."""
    reserved = on_its_way(state, "sell")
    return EXACT.subtract(state.account.portfolio.base, reserved)


def resting_sales(state: State) -> tuple[Order, ...]:
    """The sales that wait on the market for their price, and can be taken back."""
    return tuple(order for order in state.account.orders if order.side == "sell" and order.type != "market")


def sellable_base(state: State) -> Decimal:
    """Base that may be sold once every sale that rests is taken back: all that is not being sold for certain.

    An exit that the market refused is not: what cannot wait is sold before its next try.
    """
    free, account = free_base(state), state.account
    if not account.orders and account.wanted_exit is None:
        return free
    left = (EXACT.subtract(order.amount, order.filled) for order in resting_sales(state))
    wanted = account.wanted_exit.amount if account.wanted_exit and not is_wanted_later(state) else ZERO
    return EXACT.subtract(reduce(EXACT.add, left, free), wanted)


def undecided_base(state: State) -> Decimal:
    """Base that no decision sells yet; what only a protective stop covers is undecided."""
    account = state.account
    if not account.orders and account.wanted_exit is None:
        return account.portfolio.base
    covered = (EXACT.subtract(order.amount, order.filled) for order in resting_sales(state) if order.type == "stop")
    wanted = account.wanted_exit.amount if account.wanted_exit else ZERO
    return EXACT.subtract(reduce(EXACT.add, covered, free_base(state)), wanted)


def holds_position(state: State) -> bool:
    """Whether what is held could be sold now; less, such as the first piece of an entry that was given up, is no
    position that bars the next entry, which it is sold together with."""
    rules, bid = state.rules, state.bid_price
    if state.account.portfolio.lot is None or rules is None or bid is None:
        return state.account.portfolio.lot is not None
    return least_refusal(rules, rounded(state.account.portfolio.base, rules.amount_step, ROUND_FLOOR), bid) is None


def undecided_parts(state: State) -> int:
    """Parts of the position that no decision sells yet."""
    account = state.account
    wanted = account.wanted_exit.parts if account.wanted_exit else 0
    return max(account.parts - wanted - sum(order.parts for order in account.orders if order.side == "sell"), 0)


def in_flight(state: State) -> bool:
    """Whether something is yet to come of what was decided; a stop that rests on the market is no decision."""
    account = state.account
    return account.wanted_exit is not None or any(order.type != "stop" for order in account.orders)


def market_of(state: State) -> tuple[MarketRules, Decimal]:
    """The rules and the last price. Raises `Refused` before the market has answered."""
    if state.rules is None or state.price is None:
        raise Refused("There is no price yet: try again when the market has answered.")
    if state.feed != "live":
        raise Refused(f"The market is not there ({state.message or state.feed}): try again when prices come in.")
    return state.rules, state.price


def entry_amount(state: State, parts: int = 1) -> Decimal:
    """So many stakes of the equity, in base, and no more than the free quote pays.

    Raises `Refused` where the market does not take so little.
    """
    rules, last_price = market_of(state)
    price = state.ask or last_price
    cash = free_cash(state)
    equity = EXACT.add(cash, EXACT.multiply(state.account.portfolio.base, last_price))
    budget = min(equity * state.config.stake_pct * parts / 100, cash / HEADROOM)
    amount = rounded(budget / (price * (1 + rules.taker_fee_rate)), rules.amount_step, ROUND_FLOOR)
    check_size(rules, amount, price)
    return amount


def test_buy_amount(state: State) -> Decimal:
    """A little over the least that the market takes. Raises `Refused` where the account cannot pay it."""
    rules, price = market_of(state)
    price = state.ask or price
    least = max(rules.min_amount, rules.min_cost * TEST_MARGIN / price, rules.amount_step)
    amount = rounded(least, rules.amount_step, ROUND_CEILING)
    needed = amount * price * (1 + rules.taker_fee_rate) * HEADROOM
    cash = free_cash(state)
    if needed > cash:
        quote = rules.quote_currency
        raise Refused(
            f"The smallest test trade costs {needed:.8f} {quote} and {max(cash, ZERO):.8f} {quote} are free:"
            " sell something first."
        )
    return amount


def test_sell_amount(state: State) -> Decimal:
    """A little over the least that the market takes, or all where the rest would be too little to sell later.

    Raises `Refused` where nothing is held that is not being sold.
    """
    rules, price = market_of(state)
    held = _whole(state, undecided_base(state))
    bid = state.bid_price or price
    least = _least_sale(rules, bid)
    amount = rounded(least, rules.amount_step, ROUND_CEILING)
    rest_too_small = held - amount < least
    amount = held if rest_too_small else amount
    check_size(rules, amount, bid)
    return amount


def exit_amount(state: State, share: Fraction) -> Decimal:
    """The share of what no decision sells yet, rounded down; all where the rest would be too little to sell later.

    Raises `Refused` where that is nothing or the market does not take so little.
    """
    rules, price = market_of(state)
    free = undecided_base(state)
    held = _whole(state, free)
    if share == 1:
        return held
    bid = state.bid_price or price
    steps = Fraction(free) * share // Fraction(rules.amount_step)
    amount = EXACT.multiply(Decimal(steps), rules.amount_step)
    if EXACT.subtract(free, amount) < _least_sale(rules, bid):
        return held
    check_least(rules, amount, bid)
    return amount


def _least_sale(rules: MarketRules, bid: Decimal) -> Decimal:
    return max(rules.min_amount, rules.min_cost * TEST_MARGIN / bid, rules.amount_step)


def sell_all_amount(state: State) -> Decimal:
    """All that is held and not being sold at the market already. Raises `Refused` where that is nothing."""
    return _whole(state, sellable_base(state))


def _whole(state: State, base: Decimal) -> Decimal:
    rules, _ = market_of(state)
    held = rounded(base, rules.amount_step, ROUND_FLOOR)
    if held > 0:
        return held
    is_being_sold = state.account.wanted_exit is not None or any(o.side == "sell" for o in state.account.orders)
    if state.account.portfolio.base > held and is_being_sold:
        raise Refused("The position is being sold already: wait for that order.")
    raise Refused(f"There is nothing to sell: the bot holds no {rules.base_currency}.")


def check_size(rules: MarketRules, amount: Decimal, price: Decimal) -> None:
    """Raises `Refused` where the market does not take an order of `amount` at `price` (`size_refusal`)."""
    refusal = size_refusal(rules, amount, price)
    if refusal:
        raise Refused(refusal)


def check_least(rules: MarketRules, amount: Decimal, price: Decimal) -> None:
    """The same for what may be sold in several orders (`in_one_order`). Raises `Refused`."""
    refusal = least_refusal(rules, amount, price)
    if refusal:
        raise Refused(refusal)


def size_refusal(rules: MarketRules, amount: Decimal, price: Decimal) -> str | None:
    """The rule that an order of `amount` at `price` breaks and by how much, or None."""
    base = rules.base_currency
    if rules.max_amount is not None and amount > rules.max_amount:
        return (
            f"{amount_text(amount)} {base} is {amount_text(amount - rules.max_amount)} {base} above the market's"
            f" maximum amount of {amount_text(rules.max_amount)}."
        )
    return least_refusal(rules, amount, price)


def least_refusal(rules: MarketRules, amount: Decimal, price: Decimal) -> str | None:
    """The same for what need not fit into one order: only the market's minima count."""
    base, quote = rules.base_currency, rules.quote_currency
    least = max(rules.min_amount, rules.amount_step)
    if amount < least:
        return (
            f"{amount_text(amount)} {base} is {amount_text(least - amount)} {base} below the market's minimum amount"
            f" of {amount_text(least)}."
        )
    cost = EXACT.multiply(amount, price)
    if cost < rules.min_cost:
        return (
            f"{amount_text(cost)} {quote} is {amount_text(rules.min_cost - cost)} {quote} below the market's minimum"
            f" cost of {amount_text(rules.min_cost)}."
        )
    return None


def in_one_order(rules: MarketRules, amount: Decimal, price: Decimal) -> Decimal:
    """As much of a sale as the market takes in one order, and no more than leaves a rest that it takes as well."""
    if rules.max_amount is None or amount <= rules.max_amount:
        return amount
    most = rounded(rules.max_amount, rules.amount_step, ROUND_FLOOR)
    if least_refusal(rules, EXACT.subtract(amount, most), price) is None:
        return most
    return rounded(amount / 2, rules.amount_step, ROUND_FLOOR)


def order_of(
    state: State,
    side: Side,
    amount: Decimal,
    reason: str,
    purpose: Purpose,
    *,
    order_type: OrderType = "market",
    price: Decimal | None = None,
    trigger_price: Decimal | None = None,
    ends_ts: int | None = None,
    attempt: int = 1,
    filled_before: Decimal = ZERO,
    worst_price: Decimal | None = None,
    parts: int = 0,
) -> tuple[State, PlaceOrder]:
    """The next order, its id from the account's counter, so the same decision made again has the same id."""
    number = state.account.order_count + 1
    order = Order(
        id=f"{state.account.id_prefix}-{number}",
        ts=state.market_ts or 0,
        side=side,
        amount=amount,
        reason=reason,
        purpose=purpose,
        type=order_type,
        price=price,
        trigger_price=trigger_price,
        ends_ts=ends_ts,
        attempt=attempt,
        filled_before=filled_before,
        worst_price=worst_price,
        parts=parts,
    )
    after = with_account(state, orders=(*state.account.orders, order), order_count=number)
    return after, PlaceOrder(order=order)


def with_order(state: State, changed: Order) -> State:
    """The state with that order in place of the one of the same id."""
    orders = tuple(changed if order.id == changed.id else order for order in state.account.orders)
    return with_account(state, orders=orders)


def without_order(state: State, gone: Order) -> State:
    """The state without that order."""
    return with_account(state, orders=tuple(order for order in state.account.orders if order.id != gone.id))
