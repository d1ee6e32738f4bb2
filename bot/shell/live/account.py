"""A `TradingAccount` through ccxt: orders by our own ids, their executions, and what is held.

Each call is one question; who asks again, and when, is `live/order_watch.py` and `live/reconciler.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ccxt

from bot.core.messages import Order
from bot.core.orders import HEADROOM
from bot.shell.live.dialects import (
    asked_with,
    buys_by_cost,
    check_stops,
    client_id_at,
    is_sure_of_client_ids,
    looks_at_the_time_first,
    named,
    page_at,
    plain_client_id,
)
from bot.shell.live.errors import TurnedAway, is_of_the_line
from bot.shell.live.executions import Currencies, executions_of, number_of, of_figures, ts_of
from bot.shell.live.guarded import LEAVING, guard
from bot.shell.live.listed import MARGIN_MS, can_tell, in_lists
from bot.shell.live.trading_account import Balances, ExchangeOrder, Execution

_NO_SUCH_WAY = (ccxt.NotSupported, ccxt.ArgumentsRequired)
CLOCK_IS_OFF = 'the time of the call was off: set the clock by NTP, or leave out "adjustForTimeDifference": false'


class ExchangeAccount:
    """One symbol's side of an account. `exchange` is ccxt's, with its markets loaded by the first call."""

    def __init__(self, exchange: Any, symbol: str) -> None:
        self.exchange = exchange
        self._symbol = symbol
        self._cannot: set[str] = set()
        """Ways of asking that this class of ccxt's has turned out not to have."""
        self._was_turned_away = False
        _send_once(exchange.options)
        exchange.number = str  # ccxt's own way to keep every digit: its floats would lose some
        guard(exchange)

    async def send(self, order: Order) -> ExchangeOrder:
        """See `TradingAccount`. Raises `ccxt.NotSupported` for what could not be followed on this exchange."""
        try:
            await self.exchange.load_markets()
            found = await self._sent(order, *await self._terms(order))
        except ccxt.InvalidNonce as error:
            self._give_up_for_its_time(error)
            raise
        self._was_turned_away = False
        return found

    async def _sent(self, order: Order, kind: str, limit: str | None, params: dict[str, Any]) -> ExchangeOrder:
        amount, leaving = format(order.amount, "f"), LEAVING.set(client_id_at(self.exchange, order))
        try:
            return self._order(await self.exchange.create_order(self._symbol, kind, order.side, amount, limit, params))
        finally:
            LEAVING.reset(leaving)

    def _give_up_for_its_time(self, error: Exception) -> None:
        """Raises what is known of an order of a wrong time, if anything is.

        Once the clock has been set anew (`guard`) another may be sent at once. Two in a row are not for the clock: the
        second is looked up as any other, which is also a pause. So is the first where ccxt leaves the clock alone.
        """
        if not looks_at_the_time_first(self.exchange):
            return
        if not self.exchange.options.get("adjustForTimeDifference"):
            raise ccxt.InvalidNonce(f"{self.exchange.id} {CLOCK_IS_OFF}") from error
        was, self._was_turned_away = self._was_turned_away, True
        if not was:
            raise TurnedAway(str(error)) from error

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
        shown = number_of(ticker.get("ask")) or number_of(ticker.get("last"))
        if not shown:
            raise ccxt.NotSupported(f"{self.exchange.id} shows no price to buy at")
        return str(self.exchange.price_to_precision(self._symbol, format(shown * HEADROOM, "f")))

    async def find(self, order: Order) -> ExchangeOrder | None:
        """See `TradingAccount`. By the exchange's id where it is known, else by ours, and among all that it lists."""
        await self.exchange.load_markets()
        if order.exchange_order_id is None:
            return await self._find_by_client_id(order)
        if "fetch" not in self._cannot:
            params = asked_with(self.exchange)
            try:
                return self._order(await self.exchange.fetch_order(order.exchange_order_id, self._symbol, params))
            except ccxt.OrderNotFound:
                if not params:
                    return None
            except _NO_SUCH_WAY:
                self._cannot.add("fetch")
        return await self._find_in_lists(order)

    async def _find_by_client_id(self, order: Order) -> ExchangeOrder | None:
        """None is what the exchange, or its lists, have said.

        A class may leave out the client id, and then finds nothing, fails in its own way (Coinbase, KuCoin, Crypto.com)
        or finds another order: but where that was tried, none of it is an answer, and the lists are asked.
        """
        wanted, is_sure = client_id_at(self.exchange, order), is_sure_of_client_ids(self.exchange)
        unanswered: Exception | None = ccxt.NotSupported(f"{self.exchange.id} finds no order by a client id")
        if "fetch by client id" not in self._cannot:
            try:
                found = self._order(await self.exchange.fetch_order("", self._symbol, {"clientOrderId": wanted}))
            except ccxt.OrderNotFound:
                unanswered = None
            except (*_NO_SUCH_WAY, ccxt.BadRequest):
                self._cannot.add("fetch by client id")
            except Exception as error:
                if is_sure or is_of_the_line(error):
                    raise
                unanswered = error
            else:
                if found.client_order_id == wanted:
                    return found
        if unanswered is None and is_sure:
            return None
        listed = await self._find_in_lists(order)
        if listed is None and unanswered is not None and not can_tell(self.exchange):
            raise unanswered
        return listed

    async def _find_in_lists(self, order: Order) -> ExchangeOrder | None:
        listed = await in_lists(self.exchange, self._symbol, order)
        return None if listed is None else self._order(listed)

    async def executions(self, order: Order, exchange_order_id: str) -> list[Execution]:
        """See `TradingAccount`. Where the exchange lists none, the order's own figures are its one execution."""
        await self.exchange.load_markets()
        market, has = self.exchange.market(self._symbol), self.exchange.has
        currencies = Currencies(market["base"], market["quote"])
        if has.get("fetchOrderTrades") is True:
            listed = await self.exchange.fetch_order_trades(exchange_order_id, self._symbol)
        elif has.get("fetchMyTrades"):
            page = page_at(self.exchange, self._symbol, "fetchMyTrades")
            listed = await self.exchange.fetch_my_trades(self._symbol, order.ts - MARGIN_MS, page)
        else:
            told = await self.exchange.fetch_order(exchange_order_id, self._symbol, asked_with(self.exchange))
            return of_figures(told, order, currencies)
        return executions_of(listed, exchange_order_id, ts=order.ts, asked_for_in=currencies)

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
        return Balances(quote=number_of(totals.get(market["quote"])), base=number_of(totals.get(market["base"])))

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
            filled=number_of(raw.get("filled")),
            executions=tuple(executions_of(raw.get("trades") or (), order_id, ts=ts_of(raw), only_exact=True)),
        )


def _send_once(options: dict[str, Any]) -> None:
    """ccxt would send an order anew by itself where a person's options allow it, for all requests or for some."""
    for some in (each for each in options.values() if isinstance(each, dict)):
        some.pop("maxRetriesOnFailure", None)
        some.pop("defaultMaxRetriesOnFailure", None)
    options["maxRetriesOnFailure"] = 0
