"""Fills come from the account's stream and by REST, in any order and any number of times; each is counted once."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import pytest

from bot.shell.live.account import ExchangeAccount
from bot.shell.live.order_watch import LivePatience
from bot.shell.live.trading_account import Execution
from bot.shell.live.user_stream import UserStream, tell_what_nobody_has
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_orders import NewOrder
from tests.support.live import QUICK, SYMBOL, account_at, an_order, on_a_stand_in, until
from tests.support.live_trader import LiveTrader, ordering, trading

LIMITS = ordering(entry="limit")
NEVER_ASKS = LivePatience(first_poll_s=1_000, longest_poll_s=1_000, reconcile_soon_s=0.01, reconcile_every_s=1_000)
"""What such a trader knows of an order that rests, it knows from the stream."""


@asynccontextmanager
async def resting(binance: BinanceStandIn, folder: Path, **options: Any) -> AsyncIterator[LiveTrader]:
    async with trading(binance, folder, config=LIMITS, **options) as trader:
        trader.enter()
        await until(lambda: trader.order.status == "open")
        yield trader


async def fill_in_parts(binance: BinanceStandIn) -> None:
    """What rests is filled, in three executions."""
    for quantity in ("0.01", "0.02", "7"):
        await binance.trade("42000", quantity=quantity)


def amounts(trader: LiveTrader) -> list[str]:
    return [str(fill.amount.normalize()) for fill in trader.fills]


PARTS = ["0.01", "0.02", "0.02808"]


def test_a_fill_is_known_at_once_by_the_stream(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path, patience=NEVER_ASKS) as trader:
            await fill_in_parts(binance)
            await until(lambda: trader.is_idle)
            assert amounts(trader) == PARTS

    on_a_stand_in(scenario)


def test_without_a_stream_rest_tells_it(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path, has_stream=False) as trader:
            await fill_in_parts(binance)
            await until(lambda: trader.is_idle)
            assert amounts(trader) == PARTS

    on_a_stand_in(scenario)


@pytest.mark.parametrize(
    "fates",
    [
        ["twice"] * 9,
        ["late", "send", "late", "late"],
        ["drop", "send", "drop", "twice", "late"],
        ["drop"] * 9,
        ["late"] * 9,
    ],
)
def test_events_that_come_twice_late_or_never_change_nothing(tmp_path: Path, fates: list[Any]) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            binance.faults.stream.fates.extend(fates)
            await fill_in_parts(binance)
            await until(lambda: trader.is_idle)
            assert sorted(amounts(trader)) == PARTS
            binance.faults.stream.fates.clear()
            await binance.user_stream.release()

    on_a_stand_in(scenario)


def test_events_that_come_after_the_order_is_over_are_nothing_new(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            binance.faults.stream.late_by_s = 0.1
            await fill_in_parts(binance)
            await until(lambda: trader.is_idle)
            sent = len(binance.user_stream.sent)
            await until(lambda: len(binance.user_stream.sent) >= sent + 3)
            assert amounts(trader) == PARTS

    on_a_stand_in(scenario)


def test_a_deaf_stream_is_noticed_by_what_rest_tells_and_opened_anew(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            opened = binance.user_stream.connections
            binance.faults.stream.is_silent = True
            await fill_in_parts(binance)
            await until(lambda: trader.is_idle)
            await until(lambda: binance.user_stream.connections > opened)
            binance.faults.stream.is_silent = False
            await until(lambda: binance.user_stream.listeners)

    on_a_stand_in(scenario)


def test_a_subscription_that_was_never_answered_is_asked_for_again(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.faults.stream.gives_no_answer = True
        async with trading(binance, tmp_path) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            binance.faults.stream.gives_no_answer = False
            await until(lambda: binance.user_stream.listeners)

    on_a_stand_in(scenario)


def test_a_stream_that_tells_all_is_left_alone(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, patience=replace(QUICK, stream_within_s=0.5)) as trader:
            opened = binance.user_stream.connections
            for _ in range(3):
                trader.enter()
                await until(lambda: trader.is_idle)
                trader.leave()
                await until(lambda: trader.is_idle)
            await asyncio.sleep(0.8)  # longer than the stream may be behind, with the time until that is looked at
            assert binance.user_stream.connections == opened

    on_a_stand_in(scenario)


def test_a_stream_that_leaves_something_to_rest_is_not_deaf(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.faults.tells_no_fees = True
        async with account_at(binance) as account:
            stream, told = listening(account)
            watching = asyncio.create_task(stream.run())
            await until(lambda: binance.user_stream.listeners)
            sent = await account.send(an_order())
            stream.expect(await account.executions(an_order(), sent.id))
            await until(lambda: told)
            await asyncio.sleep(0.4)  # longer than the stream may be behind, with the time until that is looked at
            assert binance.user_stream.connections == 1
            watching.cancel()
            await asyncio.wait([watching])

    on_a_stand_in(scenario)
    assert "has not told" not in caplog.text


def listening(account: ExchangeAccount) -> tuple[UserStream, list[str]]:
    """A stream that may be behind by 0.2 s and tells no execution in full, and the orders that it tells of."""
    told: list[str] = []

    async def take(executions: list[Execution]) -> None:
        assert executions == []

    stream = UserStream(account.exchange, SYMBOL, on_executions=take, on_orders=told.extend, within_s=0.2)
    return stream, told


def test_a_socket_that_is_still_being_opened_is_left_to_it() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            stream, _ = listening(account)
            opening = account.exchange.client("ws://127.0.0.1:9/on-its-way")
            awaited = opening.future("balance")
            stream.reopen()
            assert not awaited.done()
            awaited.cancel()

    on_a_stand_in(scenario)


def test_over_a_restart_of_the_exchange_an_order_is_followed_to_its_end(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            await binance.stop()
            binance.exchange.trade("BTCUSDT", Decimal(42_000), Decimal("0.02"))
            await asyncio.sleep(0.05)
            await binance.start()
            await until(lambda: amounts(trader) == ["0.02"])
            await until(lambda: binance.user_stream.listeners)
            await binance.trade("42000", quantity="7")
            await until(lambda: trader.is_idle)
            assert amounts(trader) == ["0.02", "0.03808"]

    on_a_stand_in(scenario)


def test_fills_of_another_order_on_the_same_account_are_not_ours(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            for side in ("BUY", "SELL"):
                binance.exchange.place(a_hand_made_order(side))
            await binance.publish()
            await fill_in_parts(binance)
            await until(lambda: trader.is_idle)
            assert amounts(trader) == PARTS
            binance.exchange.deposit("USDT", trader.account.portfolio.cash - binance.exchange.wallet["USDT"].total)
            binance.exchange.deposit("BTC", held_by(trader) - binance.exchange.wallet["BTC"].total)

    on_a_stand_in(scenario)


def a_hand_made_order(side: Any) -> NewOrder:
    return NewOrder(symbol="BTCUSDT", side=side, type="MARKET", quantity=Decimal("0.01"))


def held_by(trader: LiveTrader) -> Decimal:
    return trader.account.portfolio.base + trader.account.base_elsewhere


@pytest.mark.parametrize(("error", "is_told"), [(ccxt.NetworkError("404"), False), (ValueError("a fault"), True)])
def test_what_ccxt_rejects_for_nobody_is_told_by_the_watchers_alone(
    error: Exception, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(tell_what_nobody_has)
        loop.create_future().set_exception(error)
        gc.collect()

    asyncio.run(scenario())
    assert ("never retrieved" in caplog.text) is is_told
