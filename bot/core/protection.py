"""Stop loss and take profit: where they are, and when a price has reached one. Active also while the bot is stopped."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from bot.core.orders import free_base, rounded
from bot.core.portfolio import Lot
from bot.core.state import State
from bot.core.words import amount_text, digits_of, price_text


def protection_prices(state: State, lot: Lot | None) -> tuple[Decimal | None, Decimal | None]:
    """Stop and target of the position, from its average entry, on the market's price grid."""
    if lot is None or state.rules is None:
        return None, None
    step, config = state.rules.price_step, state.config

    def at(percent: Decimal | None, sign: int) -> Decimal | None:
        if percent is None:
            return None
        return rounded(lot.entry_price * (100 + sign * percent) / 100, step, ROUND_HALF_EVEN) or None

    return at(config.stop_loss_pct, -1), at(config.take_profit_pct, +1)


def triggered(state: State) -> str | None:
    """Why to sell now, with the values, or None."""
    account, bid = state.account, state.bid_price
    if account.portfolio.lot is None or bid is None or state.rules is None or account.exit_refused:
        return None
    stop, target = account.stop_price, account.take_profit_price
    if free_base(state) < state.rules.amount_step:
        return None
    if stop is not None and bid <= stop:
        return _sentence(
            state, "Stop loss: price", bid, "fell to the stop at", stop, state.config.stop_loss_pct, "below"
        )
    if target is not None and bid >= target:
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
