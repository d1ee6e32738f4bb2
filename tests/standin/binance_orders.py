"""The stand-in's orders: what a request asks for, parsed at the edge, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Literal, get_args

from tests.standin.binance_errors import Refused, missing

Side = Literal["BUY", "SELL"]
OrderType = Literal[
    "LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"
]
OrderStatus = Literal["NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED", "REJECTED"]
ORDER_TYPES: tuple[str, ...] = get_args(OrderType)
STOP_TYPES = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})

ZERO = Decimal(0)
SMALLEST = Decimal("0.00000001")
"""Binance keeps eight decimals of every asset."""

_CLIENT_ID = re.compile(r"[a-zA-Z0-9-_]{1,36}")
_NEEDS: dict[str, frozenset[str]] = {
    "LIMIT": frozenset({"timeInForce", "quantity", "price"}),
    "MARKET": frozenset(),
    "LIMIT_MAKER": frozenset({"quantity", "price"}),
    "STOP_LOSS": frozenset({"quantity", "stopPrice"}),
    "STOP_LOSS_LIMIT": frozenset({"timeInForce", "quantity", "price", "stopPrice"}),
    "TAKE_PROFIT": frozenset({"quantity", "stopPrice"}),
    "TAKE_PROFIT_LIMIT": frozenset({"timeInForce", "quantity", "price", "stopPrice"}),
}
_NOT_FOR: dict[str, frozenset[str]] = {
    "LIMIT": frozenset({"quoteOrderQty", "stopPrice"}),
    "MARKET": frozenset({"timeInForce", "price", "stopPrice"}),
    "LIMIT_MAKER": frozenset({"timeInForce", "quoteOrderQty", "stopPrice"}),
    "STOP_LOSS": frozenset({"timeInForce", "price", "quoteOrderQty"}),
    "STOP_LOSS_LIMIT": frozenset({"quoteOrderQty"}),
    "TAKE_PROFIT": frozenset({"timeInForce", "price", "quoteOrderQty"}),
    "TAKE_PROFIT_LIMIT": frozenset({"quoteOrderQty"}),
}


def cut(amount: Decimal) -> Decimal:
    """An amount as Binance keeps it: what is below the eighth decimal falls away."""
    return amount.quantize(SMALLEST, ROUND_DOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order as it is asked for. Amounts are positive; what its type does not have is zero."""

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal = ZERO
    quote_quantity: Decimal = ZERO
    price: Decimal = ZERO
    stop_price: Decimal = ZERO
    time_in_force: Literal["GTC", "IOC", "FOK"] = "GTC"
    client_order_id: str = ""
    """Empty: the exchange makes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution of an order."""

    trade_id: int
    order_id: int
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    quote: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    ts: int


@dataclass(slots=True, kw_only=True)
class Order:
    """An order that the exchange took. `locked` is what it holds of the account, in quote (BUY) or base (SELL)."""

    order_id: int
    asked: NewOrder
    client_order_id: str
    created_ms: int
    updated_ms: int
    working_ms: int = -1
    """When it came on the book or was executed; -1 for a stop that waits."""
    quantity: Decimal = ZERO
    """Zero while a market order by `quoteOrderQty` does not know it yet."""
    status: OrderStatus = "NEW"
    executed: Decimal = ZERO
    quote_executed: Decimal = ZERO
    locked: Decimal = ZERO
    fills: list[Fill] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.status in ("NEW", "PARTIALLY_FILLED")

    @property
    def waits_for_trigger(self) -> bool:
        return self.is_open and self.asked.type in STOP_TYPES and self.working_ms < 0

    @property
    def rests(self) -> bool:
        """On the book, where a trade can fill it."""
        return self.is_open and self.working_ms >= 0 and self.asked.price > 0

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.executed


def parse_new_order(params: Mapping[str, str]) -> NewOrder:
    """POST /api/v3/order's parameters. Raises `Refused` with the code that Binance has for what is wrong."""
    symbol, side, kind = (_text(params, name) for name in ("symbol", "side", "type"))
    if side not in ("BUY", "SELL"):
        raise Refused(-1117, "Invalid side.")
    if kind not in ORDER_TYPES:
        raise Refused(-1116, "Invalid orderType.")
    _check_combination(params, kind)
    time_in_force = params.get("timeInForce", "GTC")
    if time_in_force not in ("GTC", "IOC", "FOK"):
        raise Refused(-1115, "Invalid timeInForce.")
    return NewOrder(
        symbol=symbol,
        side=side,  # type: ignore[arg-type]
        type=kind,  # type: ignore[arg-type]
        quantity=_amount(params, "quantity"),
        quote_quantity=_amount(params, "quoteOrderQty"),
        price=_amount(params, "price"),
        stop_price=_amount(params, "stopPrice"),
        time_in_force=time_in_force,  # type: ignore[arg-type]
        client_order_id=client_id(params, "newClientOrderId"),
    )


def client_id(params: Mapping[str, str], name: str) -> str:
    """A client's own id out of `params`, empty where there is none. Raises `Refused` for one Binance would not take."""
    given = params.get(name)
    if given is None:
        return ""
    if not _CLIENT_ID.fullmatch(given):
        legal = f"legal range is '^{_CLIENT_ID.pattern}$'"
        raise Refused(-1100, f"Illegal characters found in parameter '{name}'; {legal}.")
    return given


def _check_combination(params: Mapping[str, str], kind: str) -> None:
    for name in sorted(_NEEDS[kind]):
        _text(params, name)
    for name in sorted(_NOT_FOR[kind] & params.keys()):
        raise Refused(-1106, f"Parameter '{name}' sent when not required.")
    if kind == "MARKET" and ("quantity" in params) == ("quoteOrderQty" in params):
        if "quantity" in params:
            raise Refused(-1128, "Combination of optional parameters invalid.")
        raise Refused(-1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!")


def _text(params: Mapping[str, str], name: str) -> str:
    if not params.get(name):
        raise missing(name)
    return params[name]


def _amount(params: Mapping[str, str], name: str) -> Decimal:
    if name not in params:
        return ZERO
    try:
        amount = Decimal(params[name])
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise Refused(
            -1100,
            f"Illegal characters found in parameter '{name}'; legal range is '^([0-9]{{1,20}})(\\.[0-9]{{1,20}})?$'.",
        )
    if amount <= 0:
        raise Refused(-1013, f"Invalid {'price' if 'rice' in name else 'quantity'}.")
    if amount != cut(amount):
        raise Refused(-1111, f"Parameter '{name}' has too much precision.")
    return amount
