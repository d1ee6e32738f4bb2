"""An exchange whose matching is exact and whose answers are not: lost, late, duplicated, stale, out of order.

The stand-in's core does what an exchange does; this stands between it and a `LiveBroker` and decides, from a script,
what becomes of each question and each event. It keeps to what a real exchange promises: a request that is older than
the window is refused, a look-up is behind by less than the window, and in the end all is known.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Literal

import ccxt

from bot.core.messages import Order
from bot.core.order_ids import client_order_id
from bot.shell.live.trading_account import Balances, ExchangeOrder, Execution
from tests.standin import binance_orders as there
from tests.standin.binance_errors import Refused
from tests.standin.binance_events import Execution as Happened
from tests.standin.binance_exchange import SpotExchange

Fate = Literal["ok", "lost", "done, then lost", "done late", "late", "stale", "broken"]
"""`lost`: it never came there. `done late`: the caller gives up, and it is done then. `late`, `stale`: the answer, or
what it says, is behind. `broken`: an answer that nobody can read."""
StreamFate = Literal["ok", "lost", "late", "twice"]

WINDOW_S = 10.0
"""A request that is older is refused by the exchange, as Binance's `recvWindow` has it."""
TIMEOUT_S = 3.0
LATE_S = 2.0
SYMBOL = "BTCUSDT"
STATUS = {
    "NEW": "open",
    "PARTIALLY_FILLED": "open",
    "FILLED": "closed",
    "CANCELED": "canceled",
    "EXPIRED": "expired",
    "REJECTED": "rejected",
}
FAULTS = (ccxt.RequestTimeout, ccxt.ExchangeNotAvailable, ccxt.DDoSProtection, ccxt.OperationFailed, TypeError)


class FlakyExchange:
    """A `TradingAccount`. `fates` are used up one a question, `stream_fates` one an event; then all is well."""

    def __init__(
        self,
        exchange: SpotExchange,
        fates: Iterable[Fate],
        stream_fates: Iterable[StreamFate],
        on_executions: Callable[[list[Execution]], Awaitable[None]],
    ) -> None:
        self.exchange = exchange
        self.sent: Counter[str] = Counter()
        self._fates = deque(fates)
        self._stream_fates = deque(stream_fates)
        self._on_executions = on_executions
        self._faults = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def heal(self) -> None:
        """Nothing goes wrong any more; what is late comes."""
        self._fates.clear()
        self._stream_fates.clear()

    async def settle(self) -> None:
        """Until everything that was late has come."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    # What a live broker asks

    async def send(self, order: Order) -> ExchangeOrder:
        """An order; with `done late` it arrives when nobody waits for it any more, and may be refused for its age."""
        self.sent[client_order_id(order.id)] += 1
        asked = _asked(order)
        fate = self._fate()
        if fate == "lost":
            raise self._fault()
        if fate == "done late":
            self._later(WINDOW_S * 0.9, lambda: self._place(asked))
            await asyncio.sleep(TIMEOUT_S)
            raise self._fault()
        placed = self._place(asked)
        if fate in ("done, then lost", "broken"):
            raise self._fault()
        if fate == "late":
            await asyncio.sleep(LATE_S)
        return _seen(placed, with_fills=fate == "ok")

    async def find(self, order: Order) -> ExchangeOrder | None:
        """The order; with `stale` as it was a while ago, or not yet there."""
        fate = self._fate()
        if fate in ("lost", "done, then lost", "broken"):
            raise self._fault()
        seen = self._find(order)
        if fate in ("late", "done late"):
            await asyncio.sleep(LATE_S)
            seen = self._find(order)
        elif fate == "stale":
            await asyncio.sleep(LATE_S)
        return seen

    async def executions(self, order: Order, exchange_order_id: str) -> list[Execution]:
        """Its fills; with `stale` the last one is not listed yet."""
        fate = self._fate()
        if fate in ("lost", "done, then lost", "broken", "done late"):
            raise self._fault()
        listed = [_execution(fill) for fill in self.exchange.orders[int(exchange_order_id)].fills]
        if fate == "late":
            await asyncio.sleep(LATE_S)
        return listed[:-1] if fate == "stale" else listed

    async def cancel(self, order: Order) -> None:
        """Ask it back; one that is over is not found."""
        fate = self._fate()
        if fate == "lost":
            raise self._fault()
        if fate == "done late":
            self._later(LATE_S, lambda: self._cancel(order))
            raise self._fault()
        was_there = self._cancel(order)
        if fate in ("done, then lost", "broken"):
            raise self._fault()
        if not was_there:
            raise ccxt.OrderNotFound("Unknown order sent.")

    async def balances(self) -> Balances:
        """What is held in all."""
        if self._fate() not in ("ok", "late", "stale"):
            raise self._fault()
        wallet = self.exchange.wallet
        return Balances(quote=wallet["USDT"].total, base=wallet["BTC"].total)

    async def open_client_ids(self) -> list[str]:
        """Of all that rests."""
        return [order.client_order_id for order in self.exchange.open_orders(SYMBOL)]

    async def close(self) -> None:
        """Nothing to let go of."""

    # What happens there

    def trade(self, price: Decimal, amount: Decimal) -> None:
        """Others trade."""
        self.exchange.trade(SYMBOL, price, amount)
        self._tell()

    def _place(self, asked: there.NewOrder) -> there.Order:
        try:
            placed = self.exchange.place(asked)
        except Refused as refused:
            kind = ccxt.InsufficientFunds if "insufficient" in refused.message else ccxt.InvalidOrder
            raise kind(f'binance {{"code":{refused.code},"msg":"{refused.message}"}}') from None
        self._tell()
        return placed

    def _cancel(self, order: Order) -> bool:
        try:
            self.exchange.cancel(SYMBOL, client_order_id=client_order_id(order.id))
        except Refused:
            return False
        self._tell()
        return True

    def _find(self, order: Order) -> ExchangeOrder | None:
        try:
            return _seen(self.exchange.find(SYMBOL, client_order_id=client_order_id(order.id)), with_fills=False)
        except Refused:
            return None

    # What goes wrong on the way

    def _fate(self) -> Fate:
        return self._fates.popleft() if self._fates else "ok"

    def _fault(self) -> Exception:
        self._faults += 1
        return FAULTS[self._faults % len(FAULTS)]("it went wrong")

    def _tell(self) -> None:
        events = self.exchange.events
        while events:
            event = events.popleft()
            if not isinstance(event, Happened) or event.fill is None:
                continue
            execution = _execution(event.fill)
            fate = self._stream_fates.popleft() if self._stream_fates else "ok"
            delays = {"ok": [0.0], "lost": [], "late": [LATE_S * 2], "twice": [0.0, LATE_S]}[fate]
            for delay_s in delays:
                self._start(self._stream(delay_s, execution))

    async def _stream(self, delay_s: float, execution: Execution) -> None:
        await asyncio.sleep(delay_s)
        await self._on_executions([execution])

    def _later(self, delay_s: float, act: Callable[[], object]) -> None:
        async def arrive() -> None:
            await asyncio.sleep(delay_s)
            with contextlib.suppress(ccxt.BaseError):  # nobody waits for this answer any more
                act()

        self._start(arrive())

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _asked(order: Order) -> there.NewOrder:
    kinds: dict[str, there.OrderType] = {"market": "MARKET", "limit": "LIMIT", "stop": "STOP_LOSS"}
    return there.NewOrder(
        symbol=SYMBOL,
        side="BUY" if order.side == "buy" else "SELL",
        type=kinds[order.type],
        quantity=order.amount,
        price=order.price or Decimal(0),
        stop_price=order.trigger_price or Decimal(0),
        client_order_id=client_order_id(order.id),
    )


def _seen(order: there.Order, *, with_fills: bool) -> ExchangeOrder:
    return ExchangeOrder(
        id=str(order.order_id),
        client_order_id=order.client_order_id,
        status=STATUS[order.status],
        filled=order.executed,
        executions=tuple(map(_execution, order.fills)) if with_fills else (),
    )


def _execution(fill: there.Fill) -> Execution:
    return Execution(
        id=str(fill.trade_id),
        order_id=str(fill.order_id),
        ts=fill.ts,
        price=fill.price,
        amount=fill.quantity,
        cost=fill.quote,
        fee=fill.fee,
        fee_currency=fill.fee_asset,
    )
