"""The account as Binance writes it in JSON: orders, fills, balances, and the events of the user stream."""

from __future__ import annotations

from typing import Any

from tests.standin.binance_account import Account
from tests.standin.binance_events import BalancesChanged, Event, Execution
from tests.standin.binance_filters import text
from tests.standin.binance_orders import ZERO, Fill, Order


def order_answer(order: Order, response_type: str = "FULL") -> dict[str, Any]:
    """POST /api/v3/order's answer: ACK, RESULT or FULL (with fills)."""
    answer: dict[str, Any] = {**_identity(order), "transactTime": order.updated_ms}
    if response_type != "ACK":
        answer |= _state(order) | {"workingTime": order.working_ms}
    if response_type == "FULL":
        answer["fills"] = [_fill_of_answer(fill) for fill in order.fills]
    return answer


def order_listed(order: Order) -> dict[str, Any]:
    """An order as a query has it."""
    times = {"time": order.created_ms, "updateTime": order.updated_ms, "workingTime": order.working_ms}
    quote = text(order.asked.quote_quantity)
    return {**_identity(order), **_state(order), **times, "isWorking": True, "origQuoteOrderQty": quote}


def order_canceled(order: Order, canceled_by: str) -> dict[str, Any]:
    """DELETE /api/v3/order's answer: the client id is the cancel's, the order's own is `origClientOrderId`."""
    identity = _identity(order) | {"origClientOrderId": order.client_order_id, "clientOrderId": canceled_by}
    return {**identity, "transactTime": order.updated_ms, **_state(order)}


def trade_listed(fill: Fill) -> dict[str, Any]:
    """An execution as GET /api/v3/myTrades has it."""
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": -1,
        "price": text(fill.price),
        "qty": text(fill.quantity),
        "quoteQty": text(fill.quote),
        "commission": text(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.ts,
        "isBuyer": fill.side == "BUY",
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def account_answer(account: Account) -> dict[str, Any]:
    """GET /api/v3/account's answer."""
    wallet = account.wallet
    rates = {"maker": text(account.maker_rate), "taker": text(account.taker_rate), "buyer": "0.00", "seller": "0.00"}
    return {
        "makerCommission": int(account.maker_rate * 10_000),
        "takerCommission": int(account.taker_rate * 10_000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": rates,
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "updateTime": max((order.updated_ms for order in account.orders.values()), default=0),
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": text(wallet[asset].free), "locked": text(wallet[asset].locked)}
            for asset in wallet.assets
        ],
        "permissions": ["SPOT"],
        "uid": 354937868,
    }


def user_event(event: Event) -> dict[str, Any]:
    """An event as the user stream tells it."""
    return _balances_changed(event) if isinstance(event, BalancesChanged) else _execution_report(event)


def _balances_changed(event: BalancesChanged) -> dict[str, Any]:
    balances = [
        {"a": asset, "f": text(balance.free), "l": text(balance.locked)} for asset, balance in event.balances.items()
    ]
    return {"e": "outboundAccountPosition", "E": event.ts, "u": event.ts, "B": balances}


def _execution_report(event: Execution) -> dict[str, Any]:
    order, asked, fill = event.order, event.order.asked, event.fill
    report: dict[str, Any] = {
        "e": "executionReport",
        "E": event.ts,
        "s": asked.symbol,
        "c": event.canceled_by or order.client_order_id,
        "S": asked.side,
        "o": asked.type,
        "f": asked.time_in_force,
        "q": text(order.quantity),
        "p": text(asked.price),
        "P": text(asked.stop_price),
        "F": text(ZERO),
        "g": -1,
        "C": order.client_order_id if event.canceled_by else "",
        "x": event.kind,
        "X": order.status,
        "r": event.reason,
        "i": order.order_id,
        "l": text(fill.quantity if fill else ZERO),
        "z": text(order.executed),
        "L": text(fill.price if fill else ZERO),
        "n": text(fill.fee) if fill else "0",
        "N": fill.fee_asset if fill else None,
        "T": event.ts,
        "t": fill.trade_id if fill else -1,
        "w": order.rests,
        "m": bool(fill and fill.is_maker),
        "M": bool(fill),
        "O": order.created_ms,
        "Z": text(order.quote_executed),
        "Y": text(fill.quote if fill else ZERO),
        "Q": text(asked.quote_quantity),
        "V": "NONE",
    }
    return report | ({"W": order.working_ms} if order.working_ms >= 0 else {})


def _identity(order: Order) -> dict[str, Any]:
    return {
        "symbol": order.asked.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
    }


def _state(order: Order) -> dict[str, Any]:
    state = {
        "price": text(order.asked.price),
        "origQty": text(order.quantity),
        "executedQty": text(order.executed),
        "cummulativeQuoteQty": text(order.quote_executed),
        "status": order.status,
        "timeInForce": order.asked.time_in_force,
        "type": order.asked.type,
        "side": order.asked.side,
        "selfTradePreventionMode": "NONE",
    }
    return state | ({"stopPrice": text(order.asked.stop_price)} if order.asked.stop_price else {})


def _fill_of_answer(fill: Fill) -> dict[str, Any]:
    return {
        "price": text(fill.price),
        "qty": text(fill.quantity),
        "commission": text(fill.fee),
        "commissionAsset": fill.fee_asset,
        "tradeId": fill.trade_id,
    }
