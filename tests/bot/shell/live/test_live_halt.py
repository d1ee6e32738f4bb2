"""`halt` of a live bot whose orders rest on the exchange: entries stopped, what rests taken back, then sold."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Fault
from tests.support.live import on_a_stand_in, until
from tests.support.live_bot import LiveBot, Market, a_live_bot, a_market

RESTS = {
    "TAPEDECK_ORDERS": json.dumps({"entry": "limit", "stop_on_exchange": True}),
    "TAPEDECK_STRATEGY_PARAMS": json.dumps({"stop_loss_pct": 2}),
}


@asynccontextmanager
async def half_filled(binance: BinanceStandIn, folder: Path) -> AsyncIterator[tuple[LiveBot, Market]]:
    """A bot whose entry is filled in part and still rests, with a stop on the exchange for what it holds."""
    async with a_market(binance) as market, a_live_bot(binance, folder, **RESTS) as bot:
        await bot.ask("start_bot")
        await until(lambda: resting(binance) == ["BUY LIMIT"])
        await binance.trade("42999", quantity="0.02")
        await until(lambda: resting(binance) == ["BUY LIMIT", "SELL STOP_LOSS"])
        yield bot, market


def resting(binance: BinanceStandIn) -> list[str]:
    return [f"{order.asked.side} {order.asked.type}" for order in binance.exchange.open_orders()]


def what_happened(binance: BinanceStandIn, since: int) -> list[str]:
    """The events of orders that the exchange told after the first `since`, as `CANCELED BUY LIMIT`."""
    reports = [event for event in binance.user_stream.sent[since:] if event["e"] == "executionReport"]
    return [f"{report['x']} {report['S']} {report['o']}" for report in reports]


def test_it_takes_back_the_entry_and_leaves_the_stop_to_the_exchange(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with half_filled(binance, tmp_path) as (bot, market):
            assert (await bot.ask("halt"))["data"] == {"state": "halted"}
            await until(lambda: resting(binance) == ["SELL STOP_LOSS"])
            market.price = "42000"
            await until(lambda: bot.status["position"] is None)
            assert bot.trades[-1]["reason"].startswith("Stop loss on the exchange at 42,13")
            assert bot.status["state"] == "halted"
            await bot.terminate()
            bot.check_books()

    on_a_stand_in(scenario)


@pytest.mark.parametrize("fault", [Fault(), Fault(kind="cancel", answer="500", accepted=False, times=3)])
def test_with_flatten_all_that_rests_is_taken_back_before_the_position_is_sold(tmp_path: Path, fault: Fault) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with half_filled(binance, tmp_path) as (bot, _):
            since = len(binance.user_stream.sent)
            binance.faults.add(fault)
            await bot.ask("halt", flatten=True)
            await until(lambda: bot.status["position"] is None)
            assert bot.status["state"] == "halted"
            happened = what_happened(binance, since)
            assert sorted(happened[:2]) == ["CANCELED BUY LIMIT", "CANCELED SELL STOP_LOSS"]
            assert set(happened[2:]) == {"NEW SELL MARKET", "TRADE SELL MARKET"}
            assert resting(binance) == []
            await bot.terminate()
            bot.check_books()

    on_a_stand_in(scenario)


def test_a_halt_that_a_restart_interrupts_is_finished_after_it(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with half_filled(binance, tmp_path) as (first, _):
            binance.faults.add(Fault(kind="cancel", answer="500", accepted=False, times=1_000))
            await first.ask("halt", flatten=True)
            assert await first.terminate() == 0
            binance.faults.clear()
            async with a_live_bot(binance, tmp_path, **RESTS) as second:
                await until(lambda: second.status["position"] is None)
                assert (second.status["state"], resting(binance)) == ("halted", [])
                assert (await second.ask("start_bot"))["error"] == "The bot is halted: resume it first."
                await second.terminate()
                second.check_books()

    on_a_stand_in(scenario)
