"""The user stream as the real ccxt.pro.binance hears it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import StreamFate
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


async def fills(binance: BinanceStandIn, client: Any, fates: Iterable[StreamFate]) -> None:
    """One market order: NEW, TRADE, balances; `fates` are of these three."""
    binance.faults.stream.fates.extend(fates)
    await client.create_order(SYMBOL, "market", "buy", 0.01, None, {"clientOrderId": "mine-1"})


@pytest.mark.parametrize(
    ("fates", "kinds"),
    [
        ([], ["NEW", "TRADE", "balances"]),
        (["send", "twice"], ["NEW", "TRADE", "TRADE", "balances"]),
        (["late", "send"], ["TRADE", "NEW", "balances"]),
        (["send", "drop"], ["NEW", "balances"]),
        (["late", "late", "send"], ["balances", "NEW", "TRADE"]),
    ],
)
def test_events_are_repeated_reordered_and_dropped_as_told(fates: list[StreamFate], kinds: list[str]) -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        async with hearing(binance, client):
            await fills(binance, client, fates)
            assert [event.get("x", "balances") for event in binance.user_stream.sent] == kinds

    on_an_exchange(scenario)


def test_a_late_event_overwrites_the_newer_one_in_ccxt() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        async with hearing(binance, client) as hears:
            await fills(binance, client, ["late", "send"])
            await until(lambda: len(hears.balances) == 1)
            assert hears.orders[-1] == ("mine-1", "open", 0), "though it is filled"

    on_an_exchange(scenario)


def test_events_come_late_by_the_clock() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        async with hearing(binance, client) as hears:
            binance.faults.stream.late_by_s = 0.05
            await fills(binance, client, [])
            assert not binance.user_stream.sent
            await until(lambda: hears.trades)

    on_an_exchange(scenario)


def test_a_silent_stream_is_subscribed_to_and_says_nothing() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.stream.is_silent = True
        async with hearing(binance, client) as hears:
            await fills(binance, client, [])
            assert (binance.user_stream.sent, hears.orders) == ([], [])

    on_an_exchange(scenario)


def test_a_subscription_may_get_no_answer() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.stream.gives_no_answer = True
        watching = asyncio.create_task(client.watch_orders())
        await until(lambda: binance.user_stream.connections)
        await asyncio.sleep(0.05)
        assert (watching.done(), binance.user_stream.listeners) == (False, 0)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    on_an_exchange(scenario)


def test_a_cut_ends_what_waits_and_a_new_subscription_hears_again() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        watching = asyncio.create_task(client.watch_my_trades())
        await until(lambda: binance.user_stream.listeners)
        await binance.cut()
        with pytest.raises(ccxt.NetworkError):
            await watching
        async with hearing(binance, client) as hears:
            await fills(binance, client, [])
            await until(lambda: hears.trades)

    on_an_exchange(scenario)


def test_a_wrong_signature_gets_no_stream() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        client.secret = "another"
        with pytest.raises(KeyError):  # ccxt 4.5.90 stumbles over its own clean-up of the AuthenticationError
            await client.watch_orders()
        assert binance.user_stream.listeners == 0

    on_an_exchange(scenario)


def test_a_deposit_an_expiry_and_a_refused_replacement_are_told_too() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        async with hearing(binance, client) as hears:
            binance.exchange.deposit("BNB", Decimal("0.1"))
            await binance.publish()
            order = await client.create_order(SYMBOL, "limit", "buy", 0.01, 42000, {"clientOrderId": "mine-1"})
            with pytest.raises(ccxt.ExchangeError):
                await client.edit_order(order["id"], SYMBOL, "limit", "buy", 2, 42000, {"newClientOrderId": "mine-2"})
            kept = await client.create_order(SYMBOL, "limit", "buy", 0.01, 42000, {"clientOrderId": "mine-3"})
            binance.exchange.expire(binance.exchange.orders[int(kept["id"])])
            await binance.publish()
            await until(lambda: hears.orders and hears.orders[-1][1] == "expired")
            assert ("mine-2", "rejected", 0) in hears.orders
            assert hears.balances[0] == {"BNB": 0.1}

    on_an_exchange(scenario)
