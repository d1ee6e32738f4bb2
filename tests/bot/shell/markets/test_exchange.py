"""The real ccxt.pro.binance against a Binance on this machine, and whatever goes wrong on the line between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from bot.events import Candle, Price
from bot.settings import load
from bot.shell.market import Market, MarketError
from bot.shell.markets import create_market
from bot.shell.markets.exchange import ExchangeMarket
from bot.shell.markets.exchange_connect import connect
from bot.shell.markets.patience import Patience
from tests.standin.binance import BinanceStandIn

MINUTE_MS = 60_000
YEAR_MS = 365 * 86_400_000
NOW = 1_790_000_040_000
"""When the forming candle of each test opens."""
FLAT = ("43000", "43010", "42990", "43005")
STREAMS = {f"btcusdt@{name}" for name in ("trade", "kline_1m", "miniTicker")}

LONG_S = 30.0
"""What waits longer shall not happen in the test."""
QUICK = Patience(
    silence_s=30.0,
    quiet_silence_s=30.0,
    poll_s=0.01,
    gather_s=0.0,
    close_grace_s=0.05,
)


class Listener:
    """Takes all that a market streams."""

    def __init__(self) -> None:
        self.messages: list[Price | Candle] = []

    @property
    def prices(self) -> list[str]:
        return [str(message.price) for message in self.messages if isinstance(message, Price)]

    @property
    def last_bid(self) -> str:
        return str([message.bid for message in self.messages if isinstance(message, Price)][-1])

    @property
    def closed(self) -> list[int]:
        """The closed candles, as minutes from the first forming one."""
        return [candle_at(message) for message in self.messages if isinstance(message, Candle) and message.closed]

    @property
    def forming(self) -> list[Candle]:
        return [message for message in self.messages if isinstance(message, Candle) and not message.closed]

    async def listen(self, market: Market) -> None:
        async for message in market.stream():
            self.messages.append(message)


def candle_at(candle: Candle) -> int:
    return (candle.ts - NOW) // MINUTE_MS


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; the suite's own time-out is the limit."""
    while not condition():  # noqa: ASYNC110 - what is waited for happens in ccxt or in a list, without an event
        await asyncio.sleep(0.005)


async def without_waiting(seconds: float) -> None:
    """A sleep for back-off: the next try comes at once, after the others had their turn."""
    await asyncio.sleep(seconds if seconds > LONG_S else min(seconds, 0.01))


def an_exchange_market(binance: BinanceStandIn, *, lacks: tuple[str, ...] = (), **options: Any) -> ExchangeMarket:
    exchange = connect("binance", binance.config())
    exchange.has.update(dict.fromkeys(lacks, False))
    return ExchangeMarket(
        exchange, **{"symbol": "BTC/USDT", "timeframe": "1m", "patience": QUICK, "sleep": without_waiting, **options}
    )


@asynccontextmanager
async def listening(
    binance: BinanceStandIn, streams: set[str] = STREAMS, **options: Any
) -> AsyncIterator[tuple[ExchangeMarket, Listener]]:
    """A market that has its history and streams, and all that came of it."""
    for minute in range(-120, 1):
        binance.list_kline(NOW + minute * MINUTE_MS, FLAT)
    market, listener = an_exchange_market(binance, **options), Listener()
    await market.history(50)
    task = asyncio.create_task(listener.listen(market))
    try:
        await until(lambda: binance.subscribed >= streams and listener.forming)
        yield market, listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await market.close()


def on_a_stand_in(scenario: Callable[[BinanceStandIn], Awaitable[None]]) -> None:
    async def run() -> None:
        async with BinanceStandIn() as binance:
            await scenario(binance)

    asyncio.run(run())


def test_rules_are_the_exchanges() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        market = an_exchange_market(binance)
        rules = await market.rules()
        await market.rules()
        await market.close()
        await market.close()
        assert (rules.symbol, rules.base_currency, rules.quote_currency) == ("BTC/USDT", "BTC", "USDT")
        assert (rules.price_step, rules.amount_step) == (Decimal("0.01"), Decimal("0.00001"))
        assert (rules.min_amount, rules.taker_fee_rate) == (Decimal("0.00001"), Decimal("0.001"))
        assert rules.min_cost == 5
        assert len(binance.requests) == 2

    on_a_stand_in(scenario)


def test_history_is_the_closed_candles_oldest_first() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        for minute in range(-120, 1):
            binance.list_kline(NOW + minute * MINUTE_MS, FLAT)
        market = an_exchange_market(binance)
        assert [candle_at(candle) for candle in await market.history(3)] == [-3, -2, -1]
        assert len(await market.history(500)) == 120
        assert [candle_at(candle) for candle in await market.history(500, after_ts=NOW - 3 * MINUTE_MS)] == [-2, -1]
        assert all(candle.closed for candle in await market.history(5))
        await market.close()

    on_a_stand_in(scenario)


def test_history_that_needs_pages_is_put_together() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        for minute in range(-1_200, 1):
            binance.list_kline(NOW + minute * MINUTE_MS, FLAT)
        market = an_exchange_market(binance)
        assert [candle_at(candle) for candle in await market.history(1_100)] == list(range(-1_100, 0))
        await market.close()

    on_a_stand_in(scenario)


def test_prices_are_trades_with_quote_and_change_from_the_other_streams() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance) as (_, listener):
            assert listener.prices == ["43000"], "the first one by REST, so that the page lives at once"
            await binance.ticker("44000", NOW + 100)
            await until(lambda: "btcusdt@bookTicker" in binance.subscribed)
            await binance.quote("43010.5", "43011.5")
            ts = NOW + 200
            while Decimal("43010.5") not in {
                message.bid for message in listener.messages if isinstance(message, Price)
            }:
                await binance.trade("43011.25", ts := ts + 1)
                await asyncio.sleep(0.005)
            last = [message for message in listener.messages if isinstance(message, Price)][-1]
            assert (str(last.price), last.ask, last.change_24h_pct) == ("43011.25", Decimal("43011.5"), 10.0)

    on_a_stand_in(scenario)


def test_every_trade_in_order_comes_through() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance) as (_, listener):
            sent = ["43000"]
            for dollars in range(43_001, 43_031):
                sent.append(str(dollars))
                await binance.trade(sent[-1], NOW + dollars)
                await until(lambda: len(listener.prices) >= len(sent))
            assert listener.prices == sent


def test_of_a_burst_lowest_highest_and_last_come_through() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, patience=Patience(gather_s=0.2), sleep=asyncio.sleep) as (_, listener):
            await asyncio.gather(*(binance.trade(str(43_000 + at * 7 % 100), NOW + at) for at in range(200)))
            await until(lambda: listener.prices[-1] == str(43_000 + 199 * 7 % 100))
            assert {"43000", "43099"} <= set(listener.prices)
            assert len(listener.prices) < 50

    on_a_stand_in(scenario)


def test_a_price_of_the_next_candle_waits_until_the_last_is_closed() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, patience=Patience(close_grace_s=1_000)) as (_, listener):
            await binance.trade("43007", NOW + MINUTE_MS + 5)
            await binance.trade("43008", NOW + MINUTE_MS + 6)
            await binance.kline(NOW, ("43000", "43010", "42990", "43006.5"))
            await binance.kline(NOW + MINUTE_MS, ("43007", "43008", "43007", "43008"))
            await until(lambda: "43008" in listener.prices)
            assert listener.closed == [0]
            order = [message for message in listener.messages if not isinstance(message, Candle) or message.closed]
            closing = next(index for index, message in enumerate(order) if isinstance(message, Candle))
            assert isinstance(order[closing], Candle)
            assert str(order[closing].close) == "43006.5"  # type: ignore[union-attr]
            assert [message.ts > NOW + MINUTE_MS for message in order] == [False] * (closing + 1) + [True] * 2

    on_a_stand_in(scenario)


def test_where_no_next_candle_appears_rest_says_how_the_last_one_ended() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance) as (_, listener):
            binance.list_kline(NOW, ("43000", "43020", "42990", "43015"))
            await binance.trade("43016", NOW + MINUTE_MS + 5)
            await until(lambda: "43016" in listener.prices)
            assert listener.closed == [0]
            closed = next(message for message in listener.messages if isinstance(message, Candle) and message.closed)
            assert (str(closed.high), str(closed.close)) == ("43020", "43015")
            await binance.kline(NOW + MINUTE_MS, FLAT)
            await binance.kline(NOW + 2 * MINUTE_MS, FLAT)
            await until(lambda: len(listener.closed) == 2)
            assert listener.closed == [0, 1]

    on_a_stand_in(scenario)


def test_a_price_of_another_year_than_the_candles_neither_waits_nor_ends_one() -> None:
    """As where a stand-in plays its past back: candles of then, and trades of now."""

    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance) as (_, listener):
            for number in range(20):
                await binance.trade(f"4300{number % 10}", NOW + YEAR_MS + number * 100)
                await asyncio.sleep(2 * QUICK.close_grace_s / 10)
            assert listener.closed == []
            await binance.kline(NOW, ("43000", "43020", "42990", "43015"))
            await binance.kline(NOW + MINUTE_MS, FLAT)
            await until(lambda: listener.closed == [0])
            closed = next(message for message in listener.messages if isinstance(message, Candle) and message.closed)
            assert str(closed.close) == "43015"

    on_a_stand_in(scenario)


def test_after_a_cut_it_comes_back_and_candles_missed_meanwhile_come_by_rest() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance) as (_, listener):
            for round_ in range(3):
                await binance.cut()
                for minute in range(1, 4):
                    binance.list_kline(NOW + (round_ * 3 + minute) * MINUTE_MS, FLAT)
                await until(lambda: binance.subscribed >= STREAMS)
            await until(lambda: len(listener.closed) == 9)
            assert listener.closed == list(range(9))
            await binance.trade("43001", NOW + 9 * MINUTE_MS + 1)
            await until(lambda: "43001" in listener.prices)

    on_a_stand_in(scenario)


@pytest.mark.parametrize("stream", ["trade", "kline_1m"])
def test_a_broken_message_hangs_ccxt_and_the_watchdog_opens_the_line_anew(stream: str) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        patience = Patience(silence_s=0.3, quiet_silence_s=0.3, close_grace_s=0.05)
        async with listening(binance, patience=patience) as (_, listener):
            opened = binance.connections
            await binance.send_broken(stream)
            await until(lambda: binance.connections > opened)
            await until(lambda: binance.subscribed >= STREAMS)
            while "43001" not in listener.prices or 0 not in listener.closed:
                await binance.trade("43001", NOW + 1)
                await binance.kline(NOW + MINUTE_MS, FLAT)
                await asyncio.sleep(0.01)
            assert listener.closed == [0]

    on_a_stand_in(scenario)


def test_silence_of_the_exchange_opens_the_line_anew() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        patience = Patience(silence_s=0.2, quiet_silence_s=0.2)
        async with listening(binance, patience=patience) as (_, listener):
            binance.is_silent = True
            opened = binance.connections
            await until(lambda: binance.connections > opened)
            binance.is_silent = False
            ts = NOW
            while "43002" not in listener.prices:
                await binance.trade("43002", ts := ts + 1)
                await asyncio.sleep(0.01)

    on_a_stand_in(scenario)


def test_what_can_be_no_price_is_dropped_and_counted() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance) as (market, listener):
            for price, ts in (("43001", 10), ("0", 11), ("99000000", 12), ("43002", 13), ("43003", 5), ("43004", 14)):
                await binance.trade(price, NOW + ts)
                await asyncio.sleep(0.02)
            await until(lambda: "43004" in listener.prices)
            assert listener.prices[1:] == ["43001", "43002", "43004"]
            assert market.filter.dropped == {"null": 1, "absurd": 1, "out of order": 1}

    on_a_stand_in(scenario)


def test_a_null_ticker_is_dropped_where_the_ticker_gives_the_price() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        streams = STREAMS - {"btcusdt@trade"}
        async with listening(binance, streams, lacks=("watchTrades",)) as (market, listener):
            await binance.ticker(None, NOW + 1)
            await until(lambda: market.filter.dropped["null"])
            await binance.ticker("43009", NOW + 2)
            await until(lambda: "43009" in listener.prices)

    on_a_stand_in(scenario)


def test_without_streams_rest_is_asked_again_and_again() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        lacks = ("watchTrades", "watchTicker", "watchOHLCV", "watchBidsAsks", "watchOrderBook")
        async with listening(binance, set(), lacks=lacks) as (_, listener):
            binance.last = "43011"
            await until(lambda: "43011" in listener.prices)
            binance.list_kline(NOW, ("43000", "43030", "42990", "43025"))
            binance.list_kline(NOW + MINUTE_MS, FLAT)
            binance.list_kline(NOW + 2 * MINUTE_MS, FLAT)
            await until(lambda: len(listener.closed) == 2)
            binance.rest_status = 500
            asked = len(binance.requests)
            await until(lambda: len(binance.requests) > asked + 4)
            binance.rest_status = 200
            binance.list_kline(NOW + 3 * MINUTE_MS, FLAT)
            await until(lambda: len(listener.closed) == 3)
            assert listener.closed == [0, 1, 2]
            assert binance.connections == 0

    on_a_stand_in(scenario)


def test_a_start_gets_over_a_short_failure() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.rest_status = 500

        async def heal(seconds: float) -> None:
            binance.rest_status = 200

        market = an_exchange_market(binance, sleep=heal)
        assert (await market.rules()).symbol == "BTC/USDT"
        await market.close()

    on_a_stand_in(scenario)


def test_an_exchange_that_does_not_answer_is_one_sentence() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.rest_status = 503
        market = an_exchange_market(binance)
        with pytest.raises(MarketError) as caught:
            await market.rules()
        await market.close()
        assert str(caught.value).startswith("binance does not answer as it should (")
        assert str(caught.value).endswith("check the network, TAPEDECK_EXCHANGE_CONFIG and the exchange's status page")

    on_a_stand_in(scenario)


def test_the_settings_alone_lead_to_a_stand_in() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.list_kline(NOW, FLAT)
        settings = load(exchange="binance", exchange_config=binance.config(), symbol="BTC/USDX")
        market = create_market(settings, origin_ms=0)
        assert (market.symbol, market.timeframe) == ("BTC/USDX", "1m")
        with pytest.raises(MarketError, match=r"did you mean BTC/USDT"):
            await market.rules()
        await market.close()

    on_a_stand_in(scenario)
