"""The stand-in's one account: its orders, what they hold, what they fill at, and what is told of them. No wire."""

from __future__ import annotations

import copy
import time
from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal

from tests.standin.binance_book import Level
from tests.standin.binance_errors import unknown_order
from tests.standin.binance_events import BalancesChanged, Event, Execution, ExecutionKind
from tests.standin.binance_market import MarketState
from tests.standin.binance_orders import Fill, NewOrder, Order, cut
from tests.standin.binance_wallet import Wallet

BNB_DISCOUNT = Decimal("0.75")
"""A fee paid in BNB costs a quarter less."""


def wall_clock_ms() -> int:
    """Now, in ms UTC."""
    return time.time_ns() // 1_000_000


class Account:
    """Orders and balances. It knows no prices: the exchange tells it what fills, and at what."""

    def __init__(
        self, deposits: Mapping[str, Decimal], *, maker_rate: Decimal, taker_rate: Decimal, clock: Callable[[], int]
    ) -> None:
        self.wallet = Wallet(deposits)
        self.maker_rate = maker_rate
        self.taker_rate = taker_rate
        self.bnb_price: Decimal | None = None
        """In quote. With it fees are paid in BNB as long as there is enough; None takes them from what is received."""
        self.clock = clock
        self.orders: dict[int, Order] = {}
        """All that were ever taken, oldest first."""
        self.fills: list[Fill] = []
        """All executions, in the order in which they happened."""
        self.events: deque[Event] = deque()
        """What happened, until somebody takes it."""
        self._open: dict[int, Order] = {}
        self._by_client_id: dict[str, Order] = {}

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Oldest first."""
        return [order for order in self._open.values() if symbol in (None, order.asked.symbol)]

    def find(self, symbol: str, order_id: int | None = None, client_order_id: str = "", *, code: int = -2013) -> Order:
        """The order with this id, else the newest with this client id. Raises `Refused` with `code` for none."""
        order = self._by_client_id.get(client_order_id) if order_id is None else self.orders.get(order_id)
        if order is None or order.asked.symbol != symbol:
            raise unknown_order(code)
        return order

    def accept(self, asked: NewOrder) -> Order:
        """The order is there from now on; it holds nothing yet."""
        now, order_id = self.clock(), len(self.orders) + 1
        order = Order(
            order_id=order_id,
            asked=asked,
            client_order_id=asked.client_order_id or f"standin-{order_id}",
            created_ms=now,
            updated_ms=now,
            working_ms=-1 if asked.stop_price else now,
            quantity=asked.quantity,
        )
        self.orders[order_id] = self._open[order_id] = self._by_client_id[order.client_order_id] = order
        self.tell(order, "NEW")
        return order

    def hold(self, market: MarketState, order: Order, amount: Decimal) -> None:
        """Exactly so much is locked for the order. Raises `Refused` when there is not so much free."""
        asset, more = market.pays(order.asked.side), amount - order.locked
        if more > 0:
            self.wallet.lock(asset, more)
        else:
            self.wallet.release(asset, -more)
        order.locked = amount

    def fill(self, market: MarketState, order: Order, part: Level, trade_id: int, *, is_maker: bool) -> None:
        """So much of the order is executed at this price, out of what it holds."""
        side, quote = order.asked.side, cut(part.price * part.quantity)
        paid, received = (quote, part.quantity) if side == "BUY" else (part.quantity, quote)
        fee, fee_asset = self._fee(market, order, received, quote, is_maker=is_maker)
        self.wallet.spend_locked(market.pays(side), paid)
        self.wallet.receive(market.gets(side), received)
        self.wallet.receive(fee_asset, -fee)
        fill = Fill(
            trade_id=trade_id,
            order_id=order.order_id,
            symbol=market.rules.symbol,
            side=side,
            price=part.price,
            quantity=part.quantity,
            quote=quote,
            fee=fee,
            fee_asset=fee_asset,
            is_maker=is_maker,
            ts=self.clock(),
        )
        self.fills.append(fill)
        order.locked -= paid
        self._note(market, order, fill)

    def end(
        self,
        market: MarketState,
        order: Order,
        status: Literal["CANCELED", "EXPIRED"],
        *,
        canceled_by: str = "",
        reason: str = "NONE",
    ) -> None:
        """An open order is over, and lets go of what it holds."""
        del self._open[order.order_id]
        order.status = status
        order.updated_ms = self.clock()
        self.hold(market, order, Decimal(0))
        self.tell(order, status, canceled_by=canceled_by, reason=reason)

    def tell(
        self,
        order: Order,
        kind: ExecutionKind,
        *,
        fill: Fill | None = None,
        canceled_by: str = "",
        reason: str = "NONE",
    ) -> None:
        """An event, with the order as it stands now."""
        stands, ts = copy.copy(order), order.updated_ms
        self.events.append(Execution(kind=kind, order=stands, ts=ts, fill=fill, canceled_by=canceled_by, reason=reason))

    def tell_balances(self) -> None:
        """One event for all balances that changed since the last one."""
        changed, self.wallet.changed = self.wallet.changed, set()
        if changed:
            balances = {asset: self.wallet[asset] for asset in sorted(changed)}
            self.events.append(BalancesChanged(balances=balances, ts=self.clock()))

    def _note(self, market: MarketState, order: Order, fill: Fill) -> None:
        order.fills.append(fill)
        order.executed += fill.quantity
        order.quote_executed += fill.quote
        order.updated_ms = fill.ts
        order.status = "PARTIALLY_FILLED" if order.remaining else "FILLED"
        if not order.is_open:
            del self._open[order.order_id]
            self.hold(market, order, Decimal(0))
        elif order.asked.price:
            self.hold(market, order, most(order.asked, order.remaining))
        self.tell(order, "TRADE", fill=fill)

    def _fee(
        self, market: MarketState, order: Order, received: Decimal, quote: Decimal, *, is_maker: bool
    ) -> tuple[Decimal, str]:
        rate = self.maker_rate if is_maker else self.taker_rate
        if self.bnb_price is not None:
            in_bnb = cut(quote * rate * BNB_DISCOUNT / self.bnb_price)
            if self.wallet["BNB"].free >= in_bnb:
                return in_bnb, "BNB"
        return cut(received * rate), market.gets(order.asked.side)


def most(asked: NewOrder, quantity: Decimal) -> Decimal:
    """What so much of an order with a price of its own can cost at most, in what it pays with."""
    return quantity if asked.side == "SELL" else cut(quantity * (asked.price or asked.stop_price))
