"""The stop that rests on the exchange (`stop_on_exchange`): one for all that is held, where the position's stop is.

It follows the position and the stop price: where they have changed it is taken back, and placed anew once the exchange
has said so; a limit entry that is filled in parts moves it with each of them, so that what is held is never without.
Where the market does not take it, where a limit exit rests on what it would sell, and where the price has passed it
already, the bot watches the price itself, as it does without this setting. A stop that rests while the setting is
switched off is taken back.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from bot.core.messages import Order
from bot.core.orders import order_of, resting_sales, rounded, sellable_base, size_refusal
from bot.core.resting import taken_back
from bot.core.state import State, Step
from bot.core.words import digits_of, price_text


def kept(state: State) -> Step:
    """The next thing to do so that the stop is where it should be."""
    account = state.account
    sales = [order for order in account.orders if order.side == "sell"]
    is_changing = (
        account.wanted_exit is not None or account.flattening or any(o.type == "market" for o in account.orders)
    )
    if is_changing or state.rules is None or state.feed != "live" or any(o.type == "limit" for o in sales):
        return state, (), ()
    wanted = _wanted(state)
    if sales:
        return _moved(state, sales[0], wanted)
    if wanted is None or account.stop_refused:
        return state, (), ()
    amount, stop = wanted
    if state.bid_price is None or state.bid_price <= stop:
        return state, (), ()  # the exchange would refuse it, or may: the next price places it, or sells at the market
    reason = f"Stop loss on the exchange at {price_text(stop, digits_of(state.rules.price_step))}"
    after, effect = order_of(state, "sell", amount, reason, "protection", order_type="stop", trigger_price=stop)
    return after, (), (effect,)


def withdrawn(state: State) -> Step:
    """No stop rests: the setting was switched off, or what is held may not be the bot's to sell (`fills`).

    Where it was switched off the bot watches the price itself from then on, so it waits for a market that is there; one
    that is being filled is left to itself.
    """
    if not state.account.sales_barred and state.feed != "live":
        return state, (), ()
    after, effects = taken_back(state, _withdrawable)
    return after, (), effects


def _withdrawable(state: State) -> tuple[Order, ...]:
    stops = (o for o in state.account.orders if o.type == "stop" and o.purpose == "protection")
    return tuple(stop for stop in stops if state.account.sales_barred or not stop.filled)


def _wanted(state: State) -> tuple[Decimal, Decimal] | None:
    stop, rules = state.account.stop_price, state.rules
    if state.account.portfolio.lot is None or stop is None or rules is None:
        return None
    amount = rounded(sellable_base(state), rules.amount_step, ROUND_FLOOR)
    return None if size_refusal(rules, amount, stop) else (amount, stop)


def _moved(state: State, stop: Order, wanted: tuple[Decimal, Decimal] | None) -> Step:
    """Taken back where it is not what is wanted; one that is being filled is left to itself."""
    if stop.status != "open" or stop.filled or (stop.amount, stop.trigger_price) == wanted:
        return state, (), ()
    after, effects = taken_back(state, resting_sales)
    return after, (), effects
