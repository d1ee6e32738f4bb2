"""Closes the position after `halt` with `flatten`: once, whatever is on its way, and after a restart as before it.

In this order: no entries any more; what rests on the market is taken back; what is held is sold. The intent is part of
the account, so it is on disk with the halt itself. Every step looks whether something is left to do: what is held is
sold as soon as the market takes orders; a purchase that was on its way is sold when it has arrived; what the market
refused is tried again after a while (`waits`). It ends when nothing is held and nothing is on its way, or when what is
left is too little for the market, which is told. `resume` gives it up.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR

from bot.core.messages import Effect, Event, Notice, Order, Said
from bot.core.orders import free_base, in_one_order, least_refusal, order_of, rounded
from bot.core.resting import resting_decisions, taken_back
from bot.core.state import State, with_account
from bot.core.waits import is_exit_waiting

REASON = "Position closed by halt"


def halted(state: State, *, flatten: bool) -> tuple[State, tuple[Effect, ...]]:
    """No entries from now on, and what rests is asked back; with `flatten` the position will be closed.

    A stop that rests on the exchange stays while the position does: it is protection, not a decision.
    """
    account = state.account
    has_something = account.portfolio.lot is not None or bool(account.orders)
    flattening = account.flattening or (flatten and has_something)
    wanted = None if flattening else account.wanted_exit
    after = with_account(
        state, halted=True, flattening=flattening, wanted_exit=wanted, exit_refused_ts=None, exit_refusals=0
    )
    return taken_back(after, _resting if flattening else resting_decisions)


def _resting(state: State) -> tuple[Order, ...]:
    return tuple(order for order in state.account.orders if order.type != "market")


def flattened(state: State) -> tuple[State, tuple[Event, ...], tuple[Effect, ...]]:
    """The next thing to do on the way to holding nothing, for an account that is `flattening`."""
    account = state.account
    if account.portfolio.lot is None and not account.orders:
        said = Said(level="info", message="The halt is complete: nothing is held and no order is on its way.")
        return with_account(state, flattening=False), (said,), ()
    if _resting(state):
        after, effects = taken_back(state, _resting)
        return after, (), effects
    bid = state.bid_price
    if state.rules is None or bid is None or state.feed != "live" or is_exit_waiting(state):
        return state, (), ()
    amount = rounded(free_base(state), state.rules.amount_step, ROUND_FLOOR)
    refusal = least_refusal(state.rules, amount, bid)
    if refusal is None:
        after, effect = order_of(state, "sell", in_one_order(state.rules, amount, bid), REASON, "close")
        return after, (), (effect,)
    if account.orders:
        return state, (), ()
    notice = Notice(level="warning", title="The halt leaves a rest", message=f"{refusal} It stays in the account.")
    return with_account(state, flattening=False), (notice,), ()
