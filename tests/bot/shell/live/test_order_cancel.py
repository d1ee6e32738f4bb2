"""Orders that rest: taken back over a line that fails, ended by others, filled while they are being taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Answer, Fault
from tests.support.live import PATIENT, client_id, on_a_stand_in, until
from tests.support.live_trader import LiveTrader, alive, ordering, trading

LIMITS = ordering(entry="limit")


@asynccontextmanager
async def resting(binance: BinanceStandIn, folder: Path, **options: Any) -> AsyncIterator[LiveTrader]:
    """A trader whose limit to buy rests on the exchange."""
    async with trading(binance, folder, config=LIMITS, **options) as trader:
        trader.enter()
        await until(lambda: trader.order.status == "open")
        yield trader


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("answer", ["ok", "cut", "broken", "500", "503", "429"])
def test_a_cancel_is_asked_for_until_the_order_is_over(tmp_path: Path, answer: Answer, accepted: bool) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            binance.faults.add(Fault(kind="cancel", answer=answer, accepted=accepted or answer == "ok"))
            trader.ask("stop_bot")
            await until(lambda: trader.is_idle)
            assert trader.endings == ["It ended as canceled, with 0 of 0.05808 filled."]
            assert trader.state.wire_state == "stopped"
            assert trader.state.broker_message is None

    on_a_stand_in(scenario)


def test_an_order_that_a_person_cancels_on_the_exchange_is_over(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            await binance.trade("42000", quantity="0.02")
            await until(lambda: trader.fills)
            binance.exchange.cancel("BTCUSDT", client_order_id=client_id())
            await binance.publish()
            await until(lambda: trader.is_idle)
            assert trader.endings == ["It ended as canceled, with 0.02 of 0.05808 filled."]

    on_a_stand_in(scenario)


def test_an_order_that_the_exchange_ends_by_itself_is_over(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path, has_stream=False) as trader:
            binance.exchange.expire(binance.exchange.orders[1])
            await until(lambda: trader.is_idle)
            assert trader.endings == ["It ended as expired, with 0 of 0.05808 filled."]

    on_a_stand_in(scenario)


def test_what_is_filled_before_the_cancel_arrives_is_counted(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            binance.faults.add(Fault(kind="cancel", arrives_after_s=0.05))
            trader.ask("stop_bot")
            await binance.trade("42000", quantity="0.02")
            await until(lambda: trader.is_idle)
            assert [fill.amount for fill in trader.fills] == [Decimal("0.02")]

    on_a_stand_in(scenario)


def test_an_order_that_is_filled_before_the_cancel_arrives_is_filled(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with resting(binance, tmp_path) as trader:
            binance.faults.add(Fault(kind="cancel", arrives_after_s=0.05))
            trader.ask("stop_bot")
            await binance.trade("42000", quantity="7")
            await until(lambda: trader.is_idle)
            assert (trader.endings, len(trader.fills)) == ([], 1)

    on_a_stand_in(scenario)


def test_a_cancel_whose_order_nobody_knows_yet_goes_out_once_it_is_found(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, config=LIMITS, patience=PATIENT, timeout=100) as trader:
            binance.faults.add(Fault(kind="order", arrives_after_s=0.2))
            trader.enter()
            trader.ask("stop_bot")
            await until(lambda: trader.is_idle)
            assert [order.status for order in binance.exchange.orders.values()] == ["CANCELED"]

    on_a_stand_in(scenario)


def test_a_cancel_that_was_under_way_when_the_bot_ended_goes_on_at_the_next_start(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with alive(binance, tmp_path, config=LIMITS) as first:
            await until(lambda: first.state.balances_seen)
            first.enter()
            await until(lambda: first.order.status == "open")
            binance.faults.add(Fault(kind="cancel", answer="500", accepted=False, times=1000))
            first.ask("stop_bot")
            await until(lambda: first.troubles)
        binance.faults.clear()
        async with trading(binance, tmp_path, config=LIMITS) as second:
            await until(lambda: second.is_idle)
            assert second.endings == ["It ended as canceled, with 0 of 0.05808 filled."]

    on_a_stand_in(scenario)


def test_a_limit_whose_time_is_over_follows_the_market(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        config = ordering(entry="limit", timeout_s=1, reprices=1)
        async with trading(binance, tmp_path, config=config) as trader:
            trader.enter()
            await until(lambda: trader.order.status == "open")
            trader.see(43_100, later_ms=1_001, bid=Decimal(43_050), ask=Decimal(43_101))
            await until(lambda: len(binance.posted) == 2)
            assert [posted.params["price"] for posted in binance.posted] == ["43000", "43050"]

    on_a_stand_in(scenario)
