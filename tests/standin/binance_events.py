"""What happens on the stand-in: a trade of others, and what became of the account's orders and balances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tests.standin.binance_orders import Fill, Order
from tests.standin.binance_wallet import Balance

ExecutionKind = Literal["NEW", "TRADE", "CANCELED", "EXPIRED", "REJECTED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTrade:
    """Somebody else's trade, as the public tape has it."""

    trade_id: int
    symbol: str
    price: Decimal
    quantity: Decimal
    ts: int
    is_buyer_maker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Something became of an order: `order` is how it stood then, a copy."""

    kind: ExecutionKind
    order: Order
    ts: int
    fill: Fill | None = None
    canceled_by: str = ""
    """The client id of the cancel itself."""
    reason: str = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancesChanged:
    """The balances that an order moved, as they stand now."""

    balances: Mapping[str, Balance]
    ts: int


Event = Execution | BalancesChanged
