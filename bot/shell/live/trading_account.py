"""What a live broker asks of an exchange, and what it is told: decimals all, by our own ids."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from bot.core.messages import Order

OVER = frozenset({"closed", "canceled", "cancelled", "expired", "rejected"})
"""ccxt's words for an order of which nothing more will come."""


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
        """Send it, once, under its client id. Raises `errors.TurnedAway` for one that was surely not taken."""

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
