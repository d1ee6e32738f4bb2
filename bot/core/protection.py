"""Stop loss, trailing stop and take profit: where they are, and when a price has reached one.

Active also while the bot is stopped or halted.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

from bot.core.limits import is_risen, raised_peak
from bot.core.orders import rounded, sellable_base, undecided_base
from bot.core.portfolio import Lot
from bot.core.state import State, with_account
from bot.core.waits import is_exit_waiting
from bot.core.words import amount_text, digits_of, price_text


def protection_prices(state: State, lot: Lot | None) -> tuple[Decimal | None, Decimal | None]:
    """Stop and target of the position, from its average entry, on the market's price grid; the trailing stop counts."""
    if lot is None:
        return None, None
    stop = _from(state, lot.entry_price, state.config.stop_loss_pct, -1)
    return _highest(stop, state.account.risk.trailing_stop), _from(
        state, lot.entry_price, state.config.take_profit_pct, +1
    )


def first_stop_price(state: State, entry_price: Decimal) -> Decimal | None:
    """Where a position entered at that price would be stopped at first, or None where nothing would stop it."""
    stop = _from(state, entry_price, state.config.stop_loss_pct, -1)
    return _highest(stop, _from(state, entry_price, state.config.risk.immediate_trailing_pct, -1))


def trailed(state: State) -> State:
    """The state with its trailing stop after the newest bid; it rises in steps (`raised_peak`) and never falls."""
    percent, lot = state.config.risk.trailing_stop_pct, state.account.portfolio.lot
    if percent is None or lot is None:
        return state
    bid = state.bid_price
    if bid is None or state.rules is None:
        return state
    record, activation_pct = state.account.risk, state.config.risk.trailing_activation_pct
    if record.highest_bid is None and activation_pct and not is_risen(lot.entry_price, bid, activation_pct):
        return state
    peak = raised_peak(record.highest_bid, bid, percent)
    if peak == record.highest_bid:
        return state
    stop = _highest(record.trailing_stop, _from(state, peak, percent, -1))
    return with_account(
        state,
        risk=replace(record, highest_bid=peak, trailing_stop=stop),
        stop_price=_highest(state.account.stop_price, stop),
    )


def _from(state: State, price: Decimal, percent: Decimal | None, sign: int) -> Decimal | None:
    if percent is None or state.rules is None:
        return None
    return rounded(price * (100 + sign * percent) / 100, state.rules.price_step, ROUND_HALF_EVEN) or None


def _highest(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return max((price for price in (first, second) if price is not None), default=None)


def triggered(state: State) -> str | None:
    """Why to sell now, with the values, or None.

    A stop that rests on the exchange does its part by itself there; the target has no order, and is always watched here
    but for what a decision sells already.
    """
    account, bid = state.account, state.bid_price
    if account.portfolio.lot is None or bid is None or state.rules is None:
        return None
    if account.sales_barred or is_exit_waiting(state):
        return None
    stop, target = account.stop_price, account.take_profit_price
    is_stop_resting = any(order.type == "stop" for order in account.orders)
    if stop is not None and bid <= stop and not is_stop_resting and sellable_base(state) >= state.rules.amount_step:
        if stop == account.risk.trailing_stop:
            return _trailing_sentence(state, bid, stop, digits_of(state.rules.price_step))
        return _sentence(
            state, "Stop loss: price", bid, "fell to the stop at", stop, state.config.stop_loss_pct, "below"
        )
    if target is not None and bid >= target and undecided_base(state) >= state.rules.amount_step:
        percent = state.config.take_profit_pct
        return _sentence(state, "Take profit: price", bid, "rose to the target at", target, percent, "above")
    return None


def _sentence(
    state: State, what: str, bid: Decimal, moved: str, level: Decimal, percent: Decimal | None, side: str
) -> str:
    assert state.account.portfolio.lot is not None
    assert state.rules is not None
    entry, digits = state.account.portfolio.lot.entry_price, digits_of(state.rules.price_step)
    share = f"{amount_text(percent)} % " if percent is not None else ""
    return (
        f"{what} {price_text(bid, digits)} {moved} {price_text(level, digits)}"
        f" ({share}{side} the entry at {price_text(entry, digits)})"
    )


def _trailing_sentence(state: State, bid: Decimal, stop: Decimal, digits: int) -> str:
    percent, peak = state.config.risk.trailing_stop_pct, state.account.risk.highest_bid
    below = f"{amount_text(percent)} % below" if percent is not None else "below"
    since = f" ({below} the highest bid since the entry, {price_text(peak, digits)})" if peak is not None else ""
    return f"Trailing stop: price {price_text(bid, digits)} fell to the stop at {price_text(stop, digits)}{since}"
