"""The account's own stream: executions and orders as they happen, where the exchange has one.

It makes things quick and is never needed: what it misses is found by asking. So a stream that is deaf (its subscription
was never answered, or its reader died at a broken message) shows itself: REST has told an execution that it has not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import ccxt

from bot.shell.live.executions import executions_of
from bot.shell.live.trading_account import Execution
from bot.shell.markets.watcher import Source, watch

SILENCE_S = 30 * 86_400.0
"""An account may be quiet for as long as it likes."""
REMEMBERED = 5_000
log = logging.getLogger(__name__)


def tell_what_nobody_has(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception handler of the loop's, which leaves out what the watchers have told.

    Where the stream cannot be opened ccxt's binance rejects a future that nobody waits for as well: each try would
    leave an error with its traceback in the log, beside the watcher's line.
    """
    is_of_a_task = isinstance(context.get("future"), asyncio.Task)
    if is_of_a_task or not isinstance(context.get("exception"), ccxt.NetworkError):
        loop.default_exception_handler(context)


class UserStream:
    """Watches one symbol's executions and orders. Run it until it is cancelled."""

    def __init__(
        self,
        exchange: Any,
        symbol: str,
        *,
        on_executions: Callable[[list[Execution]], Awaitable[None]],
        on_orders: Callable[[list[str]], None],
        within_s: float,
    ) -> None:
        """`on_orders` is told the exchange's ids of the orders to which something happened."""
        self._exchange = exchange
        self._symbol = symbol
        self._on_executions = on_executions
        self._on_orders = on_orders
        self._within_s = within_s
        self._seen: dict[str, None] = {}
        self._expected: dict[str, float] = {}

    async def run(self) -> None:
        """Until cancelled."""
        asyncio.get_running_loop().set_exception_handler(tell_what_nobody_has)
        sources = []
        if self._exchange.has.get("watchMyTrades"):
            sources.append(self._source("executions", self._exchange.watch_my_trades, self._take_trades))
        if self._exchange.has.get("watchOrders"):
            sources.append(self._source("orders", self._exchange.watch_orders, self._take_orders))
        async with asyncio.TaskGroup() as group:
            for source in sources:
                group.create_task(watch(source, on_gap=self._on_gap))
            if self._exchange.has.get("watchMyTrades"):
                group.create_task(self._listen_for_deafness())

    def expect(self, executions: Sequence[Execution]) -> None:
        """These were told by REST: the stream should say them soon, or has."""
        now_s = asyncio.get_running_loop().time()
        for execution in executions:
            if execution.id not in self._seen:
                self._expected.setdefault(execution.id, now_s + self._within_s)

    def reopen(self) -> None:
        """Let every watcher connect anew."""
        self._expected.clear()
        for client in list(self._exchange.clients.values()):
            # Not client.close(): that cancels the futures that the watchers wait for. This fails them.
            # Nor one that is still on its way to the exchange: it would arrive all the same, and be nobody's.
            if client.isConnected:
                client.on_error(ccxt.NetworkError("the account's stream was deaf"))

    def _source(self, name: str, call: Callable[..., Awaitable[Any]], take: Callable[[Any], Awaitable[None]]) -> Source:
        return Source(
            name=f"{self._exchange.id} {name}", call=lambda: call(self._symbol), take=take, silence_s=SILENCE_S
        )

    async def _take_trades(self, listed: Sequence[dict[str, Any]]) -> None:
        found = executions_of(listed, only_exact=True)
        for raw in listed:  # also what is left to REST to tell: a stream that has said it is not deaf
            self._seen[str(raw.get("id"))] = None
            self._expected.pop(str(raw.get("id")), None)
        while len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._on_orders([str(raw["order"]) for raw in listed if raw.get("order")])
        await self._on_executions(found)

    async def _take_orders(self, listed: Sequence[dict[str, Any]]) -> None:
        self._on_orders([str(raw["id"]) for raw in listed if raw.get("id")])

    def _on_gap(self, error: Exception) -> None:
        """What was missed is asked for by those who wait for it."""
        self._on_orders([])

    async def _listen_for_deafness(self) -> None:
        while True:
            await asyncio.sleep(self._within_s / 2)
            now_s = asyncio.get_running_loop().time()
            if any(due_s < now_s for due_s in self._expected.values()):
                log.warning("%s: the account's stream has not told what REST has; connecting anew", self._exchange.id)
                self.reopen()
