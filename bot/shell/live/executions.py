"""What ccxt tells of an order's fills, parsed: each as an `Execution`, or not at all where something is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from bot.core.messages import Order
from bot.core.portfolio import plain
from bot.shell.live.trading_account import OVER, Execution

BOOKED_DIGITS = 8
"""Exchanges keep no more decimals of a balance."""


def executions_of(
    listed: Iterable[Mapping[str, Any]],
    exchange_order_id: str | None = None,
    *,
    ts: int = 0,
    only_exact: bool = False,
) -> list[Execution]:
    """ccxt's trades as executions, of one order or of all, oldest first; those without an id or a fee are left out.

    `ts` is for those that come without a time of their own, as in Binance's answer to an order; without it they are
    left out too. `only_exact` leaves out those whose cost ccxt has worked out to more digits than an exchange books:
    price times amount, of which nobody knows how the exchange rounded it. Those are asked for; a stream is only a hint
    then.
    """
    found = [each for each in (_execution(raw, exchange_order_id, ts) for raw in listed) if each is not None]
    exact = [each for each in found if not only_exact or _digits(each.cost) <= BOOKED_DIGITS]
    return sorted(exact, key=lambda each: each.ts)


def _digits(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _execution(raw: Mapping[str, Any], exchange_order_id: str | None, ts: int) -> Execution | None:
    order_id, fee = raw.get("order") or exchange_order_id, raw.get("fee") or {}
    ts = ts_of(raw) or ts
    if not raw.get("id") or order_id is None or (exchange_order_id is not None and str(order_id) != exchange_order_id):
        return None
    if fee.get("currency") is None or fee.get("cost") is None:
        return None
    price, amount = number_of(raw.get("price")), number_of(raw.get("amount"))
    if price <= 0 or amount <= 0 or not ts:
        return None
    return Execution(
        id=str(raw["id"]),
        order_id=str(order_id),
        ts=ts,
        price=price,
        amount=amount,
        cost=number_of(raw.get("cost")) or price * amount,
        fee=number_of(fee["cost"]),
        fee_currency=str(fee["currency"]),
    )


def of_figures(raw: Mapping[str, Any], order: Order) -> list[Execution]:
    """What an order's own figures say, for an exchange that lists no executions; only once it is over."""
    filled, cost, fee = number_of(raw.get("filled")), number_of(raw.get("cost")), raw.get("fee") or {}
    if filled <= 0 or str(raw.get("status")) not in OVER:
        return []
    return [
        Execution(
            id=f"{raw['id']}-all",
            order_id=str(raw["id"]),
            ts=ts_of(raw) or order.ts,
            price=cost / filled,
            amount=filled,
            cost=cost,
            fee=number_of(fee.get("cost")),
            fee_currency=str(fee.get("currency") or ""),
        )
    ]


def ts_of(raw: Mapping[str, Any]) -> int:
    """When a trade or an order's last trade was, in ms UTC; 0 where ccxt does not say."""
    return int(raw.get("lastTradeTimestamp") or raw.get("timestamp") or 0)


def number_of(value: object) -> Decimal:
    """A number of ccxt's, which says None for none and `0.05900000` for 0.059."""
    return Decimal(0) if value in (None, "") else plain(Decimal(str(value)))
