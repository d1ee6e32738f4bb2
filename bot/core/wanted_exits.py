"""The sale that waits in the account (`WantedExit`): what is wanted again, later, or once the market is back.

It is sold by `resting.exit_when_free`.
"""

from __future__ import annotations

from fractions import Fraction

from bot.core.frozen import replace
from bot.core.messages import Order, WantedExit
from bot.core.orders import undecided_base, undecided_parts
from bot.core.portfolio import EXACT, ZERO
from bot.core.state import State, with_account
from bot.core.waits import wait_ms


def with_wanted(state: State, wanted: WantedExit) -> State:
    """The state with a sale that waits; two that wait are one, in the hurry of the one that is in a hurry.

    It has the newer reason, unless that is a strategy's and what waits is not: then the strategy's joins it. A halt
    that closes the position sells all there is by itself, and where sales are barred nothing is sold.
    """
    if state.account.flattening or state.account.sales_barred:
        return state
    before = state.account.wanted_exit
    if before is not None:
        not_before_ts = wanted.not_before_ts if before.not_before_ts is not None else None
        worst_prices = [price for price in (before.worst_price, wanted.worst_price) if price is not None]
        wanted = replace(
            before if wanted.purpose == "exit" else replace(wanted, not_before_ts=not_before_ts),
            type="limit" if before.type == wanted.type == "limit" else "market",
            amount=EXACT.add(before.amount, wanted.amount),
            parts=before.parts + wanted.parts,
            worst_price=min(worst_prices, default=None),
        )
    return with_account(state, wanted_exit=wanted)


def wanted_again(state: State, order: Order, *, attempt: int = 1, not_before_ts: int | None = None) -> State:
    """The state that still wants what is left of a sale which is over though nobody wished so, now at the market.

    A stop is placed anew by itself (`stop_order`). A purchase is not made later.
    """
    if order.side == "buy" or order.type == "stop":
        return state
    left = EXACT.subtract(order.amount, order.filled)
    wanted = WantedExit(
        amount=left,
        reason=order.reason,
        purpose=order.purpose,
        worst_price=order.worst_price,
        parts=order.parts,
        attempt=attempt,
        not_before_ts=not_before_ts,
    )
    return with_wanted(state, wanted)


def wanted_later(state: State, order: Order) -> State:
    """The same for what the market would not take: not at once, and later each time (`waits.wait_ms`)."""
    tries = refusals_of(order)
    return wanted_again(state, order, attempt=tries + 1, not_before_ts=(state.market_ts or 0) + wait_ms(tries))


def refusals_of(order: Order) -> int:
    """How often in a row the market did not take the exit, once it has not taken this order; a limit is the first."""
    return order.attempt if order.type == "market" and not order.filled else 1


def wanted_when_back(state: State, share: Fraction, reason: str) -> State:
    """The state that wants this share of what no decision sells yet sold, once the market takes orders."""
    free, parts = undecided_base(state), undecided_parts(state)
    amount = EXACT.divide(EXACT.multiply(free, share.numerator), share.denominator)
    wanted = WantedExit(amount=amount, reason=reason, purpose="exit", parts=int(parts * share))
    return with_wanted(state, wanted)


def left_again(state: State, entry: Order) -> State:
    """The state after an entry's end: where all was to be sold while it was taken back, what it brought waits for that.

    So an exit's word stands, whichever of it and the entry's last fill came first.
    """
    undecided, least = undecided_base(state), state.rules.amount_step if state.rules else ZERO
    if entry.leave_reason is None or state.account.portfolio.lot is None or undecided <= 0 or undecided < least:
        return state
    wanted = WantedExit(
        amount=undecided,
        reason=entry.leave_reason,
        purpose="exit",
        type=state.config.orders.exit,
        parts=undecided_parts(state),
    )
    return with_wanted(state, wanted)
