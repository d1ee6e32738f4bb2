"""The whole bot in live mode, as a process, on the stand-in of an exchange."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Fault
from tests.support.live import on_a_stand_in, until
from tests.support.live_bot import LiveBot, a_live_bot, a_market


def test_it_starts_stopped_trades_when_told_and_ends_with_the_exchanges_books(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with a_market(binance), a_live_bot(binance, tmp_path) as bot:
            assert (bot.status["state"], bot.status["mode"]) == ("stopped", "live")
            refused = await bot.ask("test_trade", side="buy")
            assert refused["error"] == "A test trade is for paper and simulated only: in live it would be real money."
            assert binance.posted == []
            assert (await bot.ask("start_bot"))["ok"]
            await until(lambda: bot.trades)
            assert bot.trades[0]["mode"] == "live"
            await bot.ask("stop_bot")
            assert (await bot.ask("close_position"))["ok"]
            await until(lambda: len(bot.trades) == 2)
            await until(lambda: bot.status["position"] is None)
            assert await bot.terminate() == 0
            bot.check_books()
            assert [trade["side"] for trade in bot.trades] == ["buy", "sell"]
            assert "requires to release" not in bot.output()
            assert "Unclosed" not in bot.output()

    on_a_stand_in(scenario)


def test_a_stop_finishes_what_is_in_flight_and_keeps_the_position(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with a_market(binance), a_live_bot(binance, tmp_path) as bot:
            binance.faults.add(Fault(kind="order", arrives_after_s=0.5))
            await bot.ask("start_bot")
            await until(lambda: not binance.faults.pending)
            assert (await bot.ask("stop_bot"))["data"] == {"state": "stopping"}
            await bot.is_in("stopped")
            assert len(bot.trades) == 1
            await bot.terminate()
            bot.check_books()
            assert bot.account().portfolio.lot is not None

    on_a_stand_in(scenario)


def test_a_bot_that_is_ended_with_an_order_on_its_way_books_it_at_the_next_start_and_waits(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with a_market(binance):
            async with a_live_bot(binance, tmp_path) as first:
                binance.faults.add(Fault(kind="order", arrives_after_s=1.0))
                await first.ask("start_bot")
                await until(lambda: not binance.faults.pending)
                assert await first.terminate() == 0
                assert first.trades == []
            async with a_live_bot(binance, tmp_path) as second:
                await until(lambda: second.trades and second.status["state"] == "stopped")
                await second.terminate()
                second.check_books()
                assert len(binance.posted) == 1

    on_a_stand_in(scenario)


def test_over_a_restart_of_the_exchange_it_stays_and_goes_on(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with a_market(binance), a_live_bot(binance, tmp_path) as bot:
            await bot.ask("start_bot")
            await until(lambda: bot.trades)
            await binance.restart(down_s=0.5)
            await until(lambda: binance.user_stream.listeners and binance.subscribed)
            await bot.ask("stop_bot")
            await until(lambda: bot.status["state"] == "stopped")
            while not (await bot.ask("close_position"))["ok"]:  # noqa: ASYNC110 - until the market is back
                await asyncio.sleep(0.05)
            await until(lambda: bot.status["position"] is None)
            await bot.terminate()
            bot.check_books()

    on_a_stand_in(scenario)


def test_an_order_that_the_exchange_refuses_is_an_alert_with_its_rule(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with a_market(binance), a_live_bot(binance, tmp_path) as bot:
            binance.exchange.market("BTCUSDT").is_trading = False
            await bot.ask("start_bot")
            await until(lambda: bot.alerts)
            await bot.ask("stop_bot")
            title, _, rest = bot.alerts[0].partition(": ")
            assert title == "Order to buy refused"
            assert rest.startswith("The exchange refused to buy 0.0")
            assert rest.endswith("Market is closed (MarketClosed).")
            binance.exchange.market("BTCUSDT").is_trading = True
            await bot.terminate()
            bot.check_books()

    on_a_stand_in(scenario)


def test_a_key_that_may_withdraw_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.faults.key_may_withdraw = True
        bot = LiveBot(binance, tmp_path, {})
        try:
            async with a_market(binance):
                await bot.start()
                assert await bot.ended() == 2
        finally:
            await bot.end()
        assert "TAPEDECK_EXCHANGE_CONFIG.apiKey: may withdraw, and live takes no key that may" in bot.output()
        assert "Traceback" not in bot.output()
        assert "Unclosed" not in bot.output()
        assert binance.posted == []

    on_a_stand_in(scenario)


def test_while_the_exchange_does_not_say_what_the_key_may_do_nothing_is_bought(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.faults.add(Fault(kind="query", answer="503", times=1_000))
        bot = LiveBot(binance, tmp_path, {})
        runner = await bot.relay.serve(bot.port)
        try:
            async with a_market(binance):
                await bot.start()
                await until(lambda: "whether the key may withdraw" in (bot.status.get("message") or ""))
                await until(lambda: bot.price_ts)
                assert (await bot.ask("start_bot"))["ok"]
                await asyncio.sleep(1.5)
                assert binance.posted == []
                binance.faults.clear()
                await until(lambda: bot.trades)
                assert bot.status["message"] is None
                assert await bot.terminate() == 0
        finally:
            await bot.end()
            await runner.cleanup()

    on_a_stand_in(scenario)
