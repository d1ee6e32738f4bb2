"""An account on an exchange, through ccxt: orders by our own ids, their executions, and what is held. Decimals all.

Each call is one question; who asks again, and when, is `live/order_watch.py` and `live/reconciler.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import ccxt

from bot.core.messages import Order
from bot.core.orders import HEADROOM
from bot.core.portfolio import plain
from bot.shell.live.dialects import (
    buys_by_cost,
    check_stops,
    client_id_at,
    is_sure_of_client_ids,
    named,
    plain_client_id,
)
from bot.shell.live.guarded import LEAVING, guard

OVER = frozenset({"closed", "canceled", "cancelled", "expired", "rejected"})
_ALL = ("fetchOrders",)
_IN_PARTS = ("fetchOpenOrders", "fetchClosedOrders", "fetchCanceledOrders")
_NO_SUCH_WAY = (ccxt.NotSupported, ccxt.ArgumentsRequired)
_PAGE = 500
_MARGIN_MS = 60_000
BOOKED_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One fill as the exchange tells it; `id` is unique on the market. `fee` in `fee_currency`, `cost` in quote."""

    id: str
    order_id: str
    ts: int
    price: Decimal
    amount: Decimal
    cost: Decimal
    fee: Decimal
    fee_currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeOrder:
    """An order as the exchange tells it. `status` is ccxt's; `filled` in base, in all."""

    id: str
    client_order_id: str | None
    status: str
    filled: Decimal
    executions: tuple[Execution, ...] = ()
    """Those that came with the answer; not all of them on every exchange."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be filled."""
        return self.status in OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """What is held in all, that which orders hold back included."""

    quote: Decimal
    base: Decimal


class TradingAccount(Protocol):
    """What a live broker asks of an exchange. Every call may raise; what that means is `errors.is_refusal`'s to say."""

    async def send(self, order: Order) -> ExchangeOrder:
        """Send it, once, under its client id."""

    async def find(self, order: Order) -> ExchangeOrder | None:
        """The order as it is now, or None where the exchange says that there is none of that id."""

    async def executions(self, order: Order, exchange_order_id: str) -> list[Execution]:
        """All fills of the order."""

    async def cancel(self, order: Order) -> None:
        """Ask for what is left of it back."""

    async def balances(self) -> Balances:
        """What is held."""

    async def open_client_ids(self) -> list[str]:
        """The client ids of all that rests on the market, ours or not."""

    async def close(self) -> None:
        """Let go of the connections; safe to call twice."""


class ExchangeAccount:
    """One symbol's side of an account. `exchange` is ccxt's, with its markets loaded by the first call."""

    def __init__(self, exchange: Any, symbol: str) -> None:
        self.exchange = exchange
        self._symbol = symbol
        self._cannot: set[str] = set()
        """Ways of asking that this class of ccxt's has turned out not to have."""
        exchange.options["maxRetriesOnFailure"] = 0  # ccxt would send an order anew by itself where a person allows it
        exchange.number = str  # ccxt's own way to keep every digit: its floats would lose some
        guard(exchange)

    async def send(self, order: Order) -> ExchangeOrder:
        """See `TradingAccount`. Raises `ccxt.NotSupported` for what could not be followed on this exchange."""
        await self.exchange.load_markets()
        kind, limit, params = await self._terms(order)
        amount, leaving = format(order.amount, "f"), LEAVING.set(client_id_at(self.exchange, order))
        try:
            return self._order(await self.exchange.create_order(self._symbol, kind, order.side, amount, limit, params))
        finally:
            LEAVING.reset(leaving)

    async def _terms(self, order: Order) -> tuple[str, str | None, dict[str, Any]]:
        """Kind, limit and parameters. A market order carries no price: Binance would take it for a cost."""
        params = named(self.exchange, order)
        if order.type == "limit":
            return "limit", None if order.price is None else format(order.price, "f"), params
        if order.trigger_price is not None:
            check_stops(self.exchange, self._symbol)
            return "market", None, {**params, "stopLossPrice": format(order.trigger_price, "f")}
        if order.side == "buy" and buys_by_cost(self.exchange, self._symbol):
            return "limit", await self._reach(), {**params, "timeInForce": "IOC"}
        return "market", None, params

    async def _reach(self) -> str:
        """A limit that buys as a market order would, with the room that its size was worked out with."""
        ticker = await self.exchange.fetch_ticker(self._symbol)
        shown = _number(ticker.get("ask")) or _number(ticker.get("last"))
        if not shown:
            raise ccxt.NotSupported(f"{self.exchange.id} shows no price to buy at")
        return str(self.exchange.price_to_precision(self._symbol, format(shown * HEADROOM, "f")))

    async def find(self, order: Order) -> ExchangeOrder | None:
        """See `TradingAccount`. By the exchange's id where it is known, else by ours, and among all that it lists."""
        await self.exchange.load_markets()
        if order.exchange_order_id is None:
            found = await self._find_by_client_id(order)
            is_sure = is_sure_of_client_ids(self.exchange) and "fetch by client id" not in self._cannot
            return found if found or is_sure else await self._find_in_lists(order)
        if "fetch" not in self._cannot:
            try:
                return self._order(await self.exchange.fetch_order(order.exchange_order_id, self._symbol))
            except ccxt.OrderNotFound:
                return None
            except _NO_SUCH_WAY:
                self._cannot.add("fetch")
        return await self._find_in_lists(order)

    async def _find_by_client_id(self, order: Order) -> ExchangeOrder | None:
        """None proves nothing: a class may leave out the client id, and then finds nothing, or another order."""
        if "fetch by client id" in self._cannot:
            return None
        wanted = client_id_at(self.exchange, order)
        try:
            found = self._order(await self.exchange.fetch_order("", self._symbol, {"clientOrderId": wanted}))
        except ccxt.OrderNotFound:
            return None
        except (*_NO_SUCH_WAY, ccxt.BadRequest):
            self._cannot.add("fetch by client id")
            return None
        return found if found.client_order_id == wanted else None

    async def _find_in_lists(self, order: Order) -> ExchangeOrder | None:
        wanted, has = client_id_at(self.exchange, order), self.exchange.has
        for name in _ALL if has.get("fetchOrders") else _IN_PARTS:
            if not has.get(name):
                continue
            listed = await getattr(self.exchange, _snake(name))(self._symbol, order.ts - _MARGIN_MS, _PAGE)
            for raw in listed:
                is_known = order.exchange_order_id is not None and str(raw.get("id")) == order.exchange_order_id
                if is_known or plain_client_id(raw.get("clientOrderId")) == wanted:
                    return self._order(raw)
        return None

    async def executions(self, order: Order, exchange_order_id: str) -> list[Execution]:
        """See `TradingAccount`. Where the exchange lists none, the order's own figures are its one execution."""
        has = self.exchange.has
        if has.get("fetchOrderTrades") is True:
            listed = await self.exchange.fetch_order_trades(exchange_order_id, self._symbol)
        elif has.get("fetchMyTrades"):
            listed = await self.exchange.fetch_my_trades(self._symbol, order.ts - _MARGIN_MS, _PAGE)
        else:
            return _of_figures(await self.exchange.fetch_order(exchange_order_id, self._symbol), order)
        return executions_of(listed, exchange_order_id, ts=order.ts)

    async def cancel(self, order: Order) -> None:
        """See `TradingAccount`."""
        if order.exchange_order_id is not None:
            await self.exchange.cancel_order(order.exchange_order_id, self._symbol)
        else:
            params = {"clientOrderId": client_id_at(self.exchange, order)}
            await self.exchange.cancel_order("", self._symbol, params)

    async def balances(self) -> Balances:
        """See `TradingAccount`."""
        await self.exchange.load_markets()
        market, listed = self.exchange.market(self._symbol), await self.exchange.fetch_balance()
        totals: Mapping[str, Any] = listed.get("total") or {}
        return Balances(quote=_number(totals.get(market["quote"])), base=_number(totals.get(market["base"])))

    async def open_client_ids(self) -> list[str]:
        """See `TradingAccount`."""
        listed = await self.exchange.fetch_open_orders(self._symbol)
        named = (plain_client_id(raw.get("clientOrderId")) for raw in listed)
        return [name for name in named if name is not None]

    async def close(self) -> None:
        """See `TradingAccount`."""
        await self.exchange.close()

    def _order(self, raw: Mapping[str, Any]) -> ExchangeOrder:
        """Raises `ccxt.BadResponse` for what is no order, so that it counts as no answer."""
        if not isinstance(raw, Mapping) or not raw.get("id"):
            raise ccxt.BadResponse(f"{self.exchange.id} answered without an order")
        order_id = str(raw["id"])
        return ExchangeOrder(
            id=order_id,
            client_order_id=plain_client_id(raw.get("clientOrderId")),
            status=str(raw.get("status") or "open"),
            filled=_number(raw.get("filled")),
            executions=tuple(executions_of(raw.get("trades") or (), order_id, ts=_ts(raw), only_exact=True)),
        )


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
    ts = _ts(raw) or ts
    if not raw.get("id") or order_id is None or (exchange_order_id is not None and str(order_id) != exchange_order_id):
        return None
    if fee.get("currency") is None or fee.get("cost") is None:
        return None
    price, amount = _number(raw.get("price")), _number(raw.get("amount"))
    if price <= 0 or amount <= 0 or not ts:
        return None
    return Execution(
        id=str(raw["id"]),
        order_id=str(order_id),
        ts=ts,
        price=price,
        amount=amount,
        cost=_number(raw.get("cost")) or price * amount,
        fee=_number(fee["cost"]),
        fee_currency=str(fee["currency"]),
    )


def _of_figures(raw: Mapping[str, Any], order: Order) -> list[Execution]:
    """What an order's own figures say, for an exchange that lists no executions; only once it is over."""
    filled, cost, fee = _number(raw.get("filled")), _number(raw.get("cost")), raw.get("fee") or {}
    if filled <= 0 or str(raw.get("status")) not in OVER:
        return []
    return [
        Execution(
            id=f"{raw['id']}-all",
            order_id=str(raw["id"]),
            ts=_ts(raw) or order.ts,
            price=cost / filled,
            amount=filled,
            cost=cost,
            fee=_number(fee.get("cost")),
            fee_currency=str(fee.get("currency") or ""),
        )
    ]


def _ts(raw: Mapping[str, Any]) -> int:
    """When a trade or an order's last trade was, in ms UTC; 0 where ccxt does not say."""
    return int(raw.get("lastTradeTimestamp") or raw.get("timestamp") or 0)


def _number(value: object) -> Decimal:
    """A number of ccxt's, which says None for none and `0.05900000` for 0.059."""
    return Decimal(0) if value in (None, "") else plain(Decimal(str(value)))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
