"""How much an entry may buy at most: by what it may lose at its stop, and by what the position may be worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from bot.core.equity_limits import money_text
from bot.core.orders import Refused, least_refusal, market_of, on_its_way, rounded, size_refusal
from bot.core.portfolio import EXACT
from bot.core.protection import first_stop_price
from bot.core.state import State
from bot.core.words import amount_text, digits_of, price_text


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that may be bought, in base and not yet on the market's grid, and why."""

    amount: Decimal
    reason: str


def capped(state: State, amount: Decimal, reason: str) -> tuple[Decimal, str]:
    """`amount` cut to what the limits leave, and the reason, which names the limit that cut it. Raises `Refused`."""
    rules, price = market_of(state)
    price = state.ask_price or price
    smallest = min(_caps(state, price), key=lambda cap: cap.amount, default=None)
    if smallest is None or smallest.amount >= amount:
        return amount, reason
    cut = rounded(smallest.amount, rules.amount_step, ROUND_FLOOR)
    refusal = size_refusal(rules, cut, price)
    if refusal:
        raise Refused(f"The entry was {smallest.reason}, and {refusal}")
    return cut, f"{reason}; {smallest.reason}"


def check_can_be_sold(state: State, amount: Decimal) -> None:
    """Raises `Refused` where the position, once `amount` more is bought, could not be sold at its stop.

    Counted is what the taker fee leaves, should it be taken of what is bought, on the market's grid; without a stop at
    the price of the entry.
    """
    rules, last_price = market_of(state)
    price = (state.bid_price if state.config.orders.entry == "limit" else state.ask_price) or last_price
    stop = first_stop_price(state, price)
    left = EXACT.multiply(amount, 1 - rules.taker_fee_rate)
    held = rounded(EXACT.add(state.account.portfolio.base, left), rules.amount_step, ROUND_FLOOR)
    refusal = least_refusal(rules, held, stop or price)
    if refusal is None:
        return
    digits = digits_of(rules.price_step)
    where = (
        f"its stop {price_text(stop, digits)}" if stop is not None else f"the entry's price {price_text(price, digits)}"
    )
    nearer = ", or set a nearer stop" if stop is not None else ""
    raise Refused(
        f"What would be held after the fee could not be sold at {where}: {refusal} Let entries be larger{nearer}."
    )


def _caps(state: State, price: Decimal) -> Iterator[Cap]:
    limits, equity = state.config.risk, state.account.portfolio.equity(state.price)
    if limits.risk_per_trade_pct is not None:
        yield _risk_cap(state, price, equity, limits.risk_per_trade_pct)
    if limits.max_position_pct is not None:
        yield _position_cap(state, price, equity, limits.max_position_pct)


def _risk_cap(state: State, price: Decimal, equity: Decimal, risk_pct: Decimal) -> Cap:
    """`risk / (entry - stop)`, fixed fractional sizing by risk (Van Tharp, *Trade Your Way*, 2nd ed., ch. 14)."""
    stop = first_stop_price(state, price)
    if stop is None or stop >= price:
        raise Refused(
            f"risk_per_trade_pct is {amount_text(risk_pct)} and there is no stop below the entry to measure it by: set"
            " stop_loss_pct in TAPEDECK_STRATEGY_PARAMS or trailing_stop_pct."
        )
    risk = EXACT.multiply(equity, risk_pct) / 100
    digits = digits_of(state.rules.price_step) if state.rules else 2
    return Cap(
        risk / (price - stop),
        f"sized to lose at most {money_text(state, risk)} at the stop {price_text(stop, digits)}"
        f" (risk_per_trade_pct {amount_text(risk_pct)})",
    )


def _position_cap(state: State, price: Decimal, equity: Decimal, max_pct: Decimal) -> Cap:
    """What is left for the position, with the purchases on their way counted as held."""
    most = EXACT.multiply(equity, max_pct) / 100
    worth = EXACT.multiply(EXACT.add(state.account.portfolio.base, on_its_way(state, "buy")), price)
    limit = f"max_position_pct {amount_text(max_pct)}, {money_text(state, most)}"
    if worth >= most:
        over = money_text(state, worth - most)
        raise Refused(f"The position is worth {money_text(state, worth)}, {over} over the most it may be ({limit}).")
    return Cap((most - worth) / price, f"cut to what the position may be worth ({limit})")
