"""What ccxt tells of an order's fills, parsed: each as an `Execution`, or not at all where something is missing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.core.messages import Order
from bot.core.portfolio import EXACT, plain
from bot.shell.live.trading_account import OVER, Execution

BOOKED_DIGITS = 8
"""Exchanges keep no more decimals of a balance."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fee:
    """What an execution cost beside its price."""

    cost: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Currencies:
    """Of a market."""

    base: str
    quote: str

    def fee_of(self, raw: Mapping[str, Any]) -> Fee:
        """The fee that ccxt tells of an execution or order; 0 in quote where it tells none.

        Of several (Gate: 0 of what was bought, and some of its own coin) the one that changes what the bot holds; only
        if there is none, one in a third currency. Those of one currency are added up.
        """
        costs: dict[str, Decimal] = {}
        for told in filter(None, map(_told, raw.get("fees") or [raw.get("fee")])):
            costs[told.currency] = EXACT.add(costs.get(told.currency, Decimal(0)), told.cost)
        paid = [currency for currency in costs if costs[currency]] or list(costs)
        first, *others = sorted(paid, key=lambda currency: currency not in (self.base, self.quote)) or [self.quote]
        if others:
            log.info("Of the fees of %s only that in %s is counted: %s", raw.get("id"), first, costs)
        return Fee(costs.get(first, Decimal(0)), first)


def _told(fee: Mapping[str, Any] | None) -> Fee | None:
    if not fee or fee.get("currency") is None or fee.get("cost") is None:
        return None
    return Fee(number_of(fee["cost"]), str(fee["currency"]))


def executions_of(
    listed: Iterable[Mapping[str, Any]],
    exchange_order_id: str | None = None,
    *,
    ts: int = 0,
    only_exact: bool = False,
    asked_for_in: Currencies | None = None,
) -> list[Execution]:
    """ccxt's trades as executions, of one order or of all, oldest first; those without an id or a fee are left out.

    `ts` is for those that come without a time of their own, as in Binance's answer to an order; without it they are
    left out too. `only_exact` leaves out those whose cost ccxt has worked out to more digits than an exchange books:
    price times amount, of which nobody knows how the exchange rounded it. Those are asked for; a stream is only a hint
    then. `asked_for_in` is for those: there is nobody else to ask, so none is left out for the fee that it does not
    tell, or because it tells several.
    """
    parsed = (_execution(raw, exchange_order_id, ts, asked_for_in) for raw in listed)
    found = [each for each in parsed if each is not None]
    exact = [each for each in found if not only_exact or _digits(each.cost) <= BOOKED_DIGITS]
    return sorted(exact, key=lambda each: each.ts)


def _digits(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _execution(
    raw: Mapping[str, Any], exchange_order_id: str | None, ts: int, asked_for_in: Currencies | None
) -> Execution | None:
    order_id, ts = raw.get("order") or exchange_order_id, ts_of(raw) or ts
    if not raw.get("id") or order_id is None or (exchange_order_id is not None and str(order_id) != exchange_order_id):
        return None
    fee = asked_for_in.fee_of(raw) if asked_for_in else _told(raw.get("fee"))
    if fee is None:
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
        fee=fee.cost,
        fee_currency=fee.currency,
    )


def of_figures(raw: Mapping[str, Any], order: Order, currencies: Currencies) -> list[Execution]:
    """What an order's own figures say, for an exchange that lists no executions; only once it is over."""
    filled, cost, fee = number_of(raw.get("filled")), number_of(raw.get("cost")), currencies.fee_of(raw)
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
            fee=fee.cost,
            fee_currency=fee.currency,
        )
    ]


def ts_of(raw: Mapping[str, Any]) -> int:
    """When a trade or an order's last trade was, in ms UTC; 0 where ccxt does not say."""
    return int(raw.get("lastTradeTimestamp") or raw.get("timestamp") or 0)


def number_of(value: object) -> Decimal:
    """A number of ccxt's, which says None for none and `0.05900000` for 0.059."""
    return Decimal(0) if value in (None, "") else plain(Decimal(str(value)))
