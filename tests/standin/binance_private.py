"""What the stand-in's REST API answers to the owner of a key: orders, executions, balances, and what the key may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from tests.standin.binance_errors import Refused, missing, unknown_order
from tests.standin.binance_exchange import SpotExchange
from tests.standin.binance_faults import Faults, Kind
from tests.standin.binance_filters import text
from tests.standin.binance_orders import Order, client_id, parse_new_order
from tests.standin.binance_shapes import account_answer, order_answer, order_canceled, order_listed, trade_listed

Params = Mapping[str, str]
T = TypeVar("T")
PAGE = 500


class Signed(NamedTuple):
    """An endpoint that needs a key: what faults call it, and what it answers."""

    kind: Kind
    call: Callable[[Params], Any]


class PrivateApi:
    """Each endpoint takes its parameters and gives its JSON, or raises `Refused`. Signatures are checked before."""

    def __init__(self, exchange: SpotExchange, faults: Faults) -> None:
        self._exchange = exchange
        self._faults = faults
        self._hidden_orders: dict[int, int] = {}
        self._trade_queries: Counter[int] = Counter()

    def endpoints(self) -> dict[tuple[str, str], Signed]:
        """By method and path."""
        return {
            ("POST", "/api/v3/order"): Signed("order", self._place),
            ("POST", "/api/v3/order/cancelReplace"): Signed("order", self._cancel_replace),
            ("DELETE", "/api/v3/order"): Signed("cancel", self._cancel),
            ("DELETE", "/api/v3/openOrders"): Signed("cancel", self._cancel_all),
            ("GET", "/api/v3/order"): Signed("query", self._order),
            ("GET", "/api/v3/openOrders"): Signed("query", self._open_orders),
            ("GET", "/api/v3/allOrders"): Signed("query", self._all_orders),
            ("GET", "/api/v3/myTrades"): Signed("query", self._my_trades),
            ("GET", "/api/v3/account"): Signed("query", lambda params: account_answer(self._exchange.account)),
            ("GET", "/api/v3/account/commission"): Signed("query", self._commission),
            ("GET", "/sapi/v1/asset/tradeFee"): Signed("query", self._trade_fee),
            ("GET", "/sapi/v1/account/apiRestrictions"): Signed("query", self._restrictions),
        }

    # Orders

    def _place(self, params: Params) -> Any:
        answer = order_answer(self._take_order(params), params.get("newOrderRespType", "FULL"))
        return {**answer, "fills": self._told(answer["fills"])} if "fills" in answer else answer

    def _take_order(self, params: Params) -> Order:
        order = self._exchange.place(parse_new_order(params))
        if self._faults.orders_hidden_for:
            self._hidden_orders[order.order_id] = self._faults.orders_hidden_for
        return order

    def _cancel(self, params: Params) -> Any:
        canceled_by = client_id(params, "newClientOrderId")
        order = self._exchange.cancel(*_which(params), canceled_by=canceled_by)
        return order_canceled(order, canceled_by or f"cancel-{order.order_id}")

    def _cancel_all(self, params: Params) -> Any:
        orders = self._exchange.open_orders(self._symbol(params))
        if not orders:
            raise unknown_order(-2011)
        for order in orders:
            self._exchange.cancel(order.asked.symbol, order.order_id)
        return [order_canceled(order, f"cancel-{order.order_id}") for order in orders]

    def _cancel_replace(self, params: Params) -> Any:
        """Cancels and places. With STOP_ON_FAILURE a cancel that fails leaves the new order out."""
        asked = parse_new_order(params)
        old = {"symbol": asked.symbol} | {
            to: params[of]
            for of, to in (("cancelOrderId", "orderId"), ("cancelOrigClientOrderId", "origClientOrderId"))
            if of in params
        }
        canceled, cancel_error = _attempt(lambda: self._cancel(old))
        if cancel_error and params.get("cancelReplaceMode") == "STOP_ON_FAILURE":
            raise _replace_failed(-2022, canceled, None)
        placed, place_error = _attempt(lambda: self._place(params))
        if place_error and not cancel_error:
            self._exchange.refuse_on_stream(asked, place_error.message)
        if cancel_error or place_error:
            raise _replace_failed(-2022 if cancel_error and place_error else -2021, canceled, placed)
        done = {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS"}
        return {**done, "cancelResponse": canceled, "newOrderResponse": placed}

    # Queries

    def _order(self, params: Params) -> Any:
        order = self._exchange.find(*_which(params))
        if not self._visible([order]):
            raise unknown_order(-2013)
        return order_listed(order)

    def _open_orders(self, params: Params) -> Any:
        symbol = self._symbol(params) if "symbol" in params else None
        return [order_listed(order) for order in self._visible(self._exchange.open_orders(symbol))]

    def _all_orders(self, params: Params) -> Any:
        symbol, first = self._symbol(params), int(params.get("orderId", "0"))
        start, end = int(params.get("startTime", "0")), int(params.get("endTime", str(2**63)))
        orders = [
            order
            for order in self._visible(self._exchange.orders.values())
            if order.asked.symbol == symbol and order.order_id >= first and start <= order.created_ms <= end
        ]
        return [order_listed(order) for order in _page(orders, params, from_start=bool(start or first))]

    def _my_trades(self, params: Params) -> Any:
        symbol, first = self._symbol(params), int(params.get("fromId", "0"))
        start, end = int(params.get("startTime", "0")), int(params.get("endTime", str(2**63)))
        order_id = int(params["orderId"]) if "orderId" in params else None
        fills = [
            fill
            for fill in self._exchange.fills
            if fill.symbol == symbol
            and fill.trade_id >= first
            and start <= fill.ts <= end
            and order_id in (None, fill.order_id)
        ]
        seen = [fill for fill in fills if self._trade_queries[fill.trade_id] >= self._faults.trades_hidden_for]
        self._trade_queries.update(fill.trade_id for fill in fills)
        page = _page(seen, params, from_start=bool(start or first))
        return self._told([trade_listed(fill) for fill in page])

    def _told(self, executions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not self._faults.tells_no_fees:
            return executions
        fees = ("commission", "commissionAsset")
        return [{name: value for name, value in row.items() if name not in fees} for row in executions]

    def _visible(self, orders: Iterable[Order]) -> list[Order]:
        """Those that queries see by now; each call is a query."""
        seen = []
        for order in orders:
            left = self._hidden_orders.pop(order.order_id, 0)
            if left:
                self._hidden_orders[order.order_id] = left - 1
            else:
                seen.append(order)
        return seen

    # The account and its key

    def _commission(self, params: Params) -> Any:
        account, symbol = self._exchange.account, self._symbol(params)
        rates = {"maker": text(account.maker_rate), "taker": text(account.taker_rate)}
        discount = {"enabledForAccount": account.bnb_price is not None, "discountAsset": "BNB", "discount": "0.75"}
        return {"symbol": symbol, "standardCommission": rates, "discount": discount}

    def _trade_fee(self, params: Params) -> Any:
        account = self._exchange.account
        rates = {"makerCommission": text(account.maker_rate), "takerCommission": text(account.taker_rate)}
        symbols = [self._symbol(params)] if "symbol" in params else list(self._exchange.markets)
        return [{"symbol": symbol, **rates} for symbol in symbols]

    def _restrictions(self, params: Params) -> Any:
        faults = self._faults
        return {
            "ipRestrict": faults.key_is_bound_to_ip,
            "createTime": 1_700_000_000_000,
            "enableReading": faults.key_may_read,
            "enableSpotAndMarginTrading": faults.key_may_trade,
            "enableWithdrawals": faults.key_may_withdraw,
            "enableInternalTransfer": False,
            "enableMargin": False,
            "enableFutures": False,
            "permitsUniversalTransfer": False,
            "enableVanillaOptions": False,
        }

    def _symbol(self, params: Params) -> str:
        if not params.get("symbol"):
            raise missing("symbol")
        return self._exchange.market(params["symbol"]).rules.symbol


def _which(params: Params) -> tuple[str, int | None, str]:
    """Which order is meant: its symbol, and its id or its client id. Raises `Refused` where neither is said."""
    if not params.get("symbol"):
        raise missing("symbol")
    if not params.get("orderId") and not params.get("origClientOrderId"):
        raise Refused(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    order_id = int(params["orderId"]) if params.get("orderId") else None
    return params["symbol"], order_id, params.get("origClientOrderId", "")


def _page(rows: list[T], params: Params, *, from_start: bool) -> list[T]:
    limit = int(params.get("limit", PAGE))
    return rows[:limit] if from_start else rows[-limit:]


def _attempt(call: Callable[[], Any]) -> tuple[Any, Refused | None]:
    try:
        return call(), None
    except Refused as refused:
        return refused.body, refused


def _replace_failed(code: int, canceled: Any, placed: Any) -> Refused:
    results = ["FAILURE" if isinstance(part, dict) and "code" in part else "SUCCESS" for part in (canceled, placed)]
    refused = Refused(
        code, "Order cancel-replace failed." if code == -2022 else "Order cancel-replace partially failed."
    )
    new_result = "NOT_ATTEMPTED" if placed is None else results[1]
    refused.data = {
        "cancelResult": results[0],
        "newOrderResult": new_result,
        "cancelResponse": canceled,
        "newOrderResponse": placed,
    }
    return refused
