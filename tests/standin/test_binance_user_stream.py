"""The user stream as the real ccxt.pro.binance hears it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.standin.binance import BinanceStandIn
from tests.standin.trading import SYMBOL, on_an_exchange, until


class Hears:
    """All that `watch_orders`, `watch_my_trades` and `watch_balance` gave, and how they ended."""

    def __init__(self) -> None:
        self.orders: list[tuple[str, str, float]] = []
        self.trades: list[tuple[str, float]] = []
        self.balances: list[dict[str, Any]] = []

    async def watch_orders(self, client: Any) -> None:
        while True:
            for order in await client.watch_orders():
                self.orders.append((order["clientOrderId"], order["status"], order["filled"]))

    async def watch_trades(self, client: Any) -> None:
        while True:
            for trade in await client.watch_my_trades():
                self.trades.append((trade["id"], trade["amount"]))

    async def watch_balance(self, client: Any) -> None:
        while True:
            self.balances.append((await client.watch_balance())["total"])


@asynccontextmanager
async def hearing(binance: BinanceStandIn, client: Any) -> AsyncIterator[Hears]:
    hears = Hears()
    watchers = [hears.watch_orders(client), hears.watch_trades(client), hears.watch_balance(client)]
    tasks = [asyncio.create_task(watcher) for watcher in watchers]
    try:
        await until(lambda: binance.user_stream.listeners)
        await asyncio.sleep(0.01)
        yield hears
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_it_tells_of_orders_executions_and_balances() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        async with hearing(binance, client) as hears:
            await client.create_order(SYMBOL, "limit", "buy", 0.05, 42000, {"clientOrderId": "mine-1"})
            await until(lambda: hears.orders)
            await binance.trade("42000", quantity="0.02")
            await until(lambda: hears.trades)
            await client.cancel_all_orders(SYMBOL)
            await until(lambda: len(hears.orders) == 3)
            assert hears.orders == [("mine-1", "open", 0), ("mine-1", "open", 0.02), ("mine-1", "canceled", 0.02)]
            assert [amount for _, amount in hears.trades] == [0.02]
            await until(lambda: len(hears.balances) == 3)
            assert hears.balances[-1] == {"USDT": 9160, "BTC": 1.01998}

    on_an_exchange(scenario)
