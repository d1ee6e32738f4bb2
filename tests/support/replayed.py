"""An account made again from nothing but the journal's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bot.core.portfolio import EXACT, plain
from bot.core.state import Account

Event = tuple[str, Mapping[str, Any]]
"""Type and data of a row of `journal_events`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What must agree to the last digit: money, what each open order has got, and what the bot does."""

    deposit: Decimal
    cash: Decimal
    base: Decimal
    fees: Decimal
    open_orders: Mapping[str, tuple[Decimal, Decimal]]
    """(amount, filled) by the order's id."""
    doing: tuple[str, bool]
    """(run, halted)"""


def figures_of(account: Account) -> Figures:
    """What the snapshot says."""
    return Figures(
        deposit=account.portfolio.deposit,
        cash=account.portfolio.cash,
        base=account.portfolio.base,
        fees=account.portfolio.fees_paid,
        open_orders={order.id: (order.amount, order.filled) for order in account.orders},
        doing=(account.run, account.halted),
    )


def replayed(events: Iterable[Event], start: Figures | None = None) -> Figures:
    """What the events make of `start`, or of the account that their first one, the opening of a session, states.

    Every later opening must state what the events before it gave.
    """
    figures = start
    for name, data in events:
        if name == "session_opened":
            stated = _stated(data)
            assert figures in (None, stated), f"replayed {figures}, and the session began with {stated}"
            figures = stated
        assert figures is not None, f"{name} came before any session was opened"
        figures = _after(figures, name, data)
    assert figures is not None, "nothing happened"
    return figures


def _stated(data: Mapping[str, Any]) -> Figures:
    return Figures(
        deposit=Decimal(data["deposit"]),
        cash=Decimal(data["cash"]),
        base=Decimal(data["base"]),
        fees=Decimal(data["fees_paid"]),
        open_orders={order["id"]: (Decimal(order["amount"]), Decimal(order["filled"])) for order in data["orders"]},
        doing=(data["run"], data["halted"]),
    )


def _after(figures: Figures, name: str, data: Mapping[str, Any]) -> Figures:
    orders = dict(figures.open_orders)
    if name == "order_placed":
        assert data["id"] not in orders, f"{data['id']} was placed twice"
        return replace(figures, open_orders={**orders, data["id"]: (Decimal(data["amount"]), Decimal(data["filled"]))})
    if name == "order_closed":
        del orders[data["order_id"]]
        return replace(figures, open_orders=orders)
    if name == "fill":
        return _filled(figures, data)
    if name == "balances_taken_over":
        deposit, cash, base = (Decimal(data[key]) for key in ("deposit", "cash", "base"))
        return replace(figures, deposit=deposit, cash=cash, base=base)
    return replace(figures, doing=(data["run"], data["halted"])) if name == "state_changed" else figures


def _filled(figures: Figures, fill: Mapping[str, Any]) -> Figures:
    price, amount, fee, told = (Decimal(fill[name]) for name in ("price", "amount", "fee", "cost"))
    exact = EXACT.multiply(price, amount)
    booked = exact if plain(exact) == told else told  # a trade tells 30 decimals, which no exchange's amounts need
    sign = 1 if fill["side"] == "buy" else -1
    cost, moved = EXACT.multiply(sign, booked), EXACT.multiply(sign, amount)
    base_currency, _, quote_currency = fill["symbol"].partition("/")
    in_base, in_quote = (Decimal(fill["fee_currency"] == each) for each in (base_currency, quote_currency))
    wanted, filled = figures.open_orders[fill["order_id"]]
    return replace(
        figures,
        cash=EXACT.subtract(figures.cash, EXACT.add(cost, EXACT.multiply(fee, in_quote))),
        base=EXACT.add(figures.base, EXACT.subtract(moved, EXACT.multiply(fee, in_base))),
        fees=EXACT.add(figures.fees, EXACT.multiply(fee, EXACT.add(EXACT.multiply(price, in_base), in_quote))),
        open_orders={**figures.open_orders, fill["order_id"]: (wanted, EXACT.add(filled, amount))},
    )
