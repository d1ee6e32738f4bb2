"""What counts as news of a real exchange: when it came, what is told of it, and what is kept out."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from bot.events import Price
from bot.shell.market import MarketError, TimedMarket
from bot.shell.markets.exchange import ExchangeMarket
from bot.shell.markets.patience import Patience
from tests.bot.shell.markets.test_exchange import (
    FLAT,
    MINUTE_MS,
    NOW,
    QUICK,
    STREAMS,
    Listener,
    an_exchange_market,
    listening,
    on_a_stand_in,
    until,
)
from tests.standin.binance import BinanceStandIn
from tests.support.exchange_line import ExchangeLine

QUOTES = STREAMS | {"btcusdt@bookTicker"}
STREAMLESS = ("watchTrades", "watchTicker", "watchOHLCV", "watchBidsAsks", "watchOrderBook")
BRISK = Patience(gather_s=0.0, close_grace_s=0.05, quote_every_s=0.02)


def prices_of(listener: Listener) -> list[Price]:
    return [message for message in listener.messages if isinstance(message, Price)]


def has_told(listener: Listener, price: str) -> bool:
    return listener.prices[-1] == price


def has_newer_than(market: ExchangeMarket, arrived_at: float | None) -> bool:
    return market.arrived_at is not None and (arrived_at is None or market.arrived_at > arrived_at)


def test_a_changed_quote_comes_as_the_last_price_with_the_new_bid_and_ask() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, QUOTES) as (market, listener):
            await binance.trade("43001", NOW + 10)
            await until(lambda: "43001" in listener.prices)
            came = market.arrived_at
            await binance.quote("42999.5", "43001.5")
            await until(lambda: listener.last_bid == "42999.5")
            told = prices_of(listener)[-1]
            assert (str(told.price), told.ask) == ("43001", Decimal("43001.5"))
            assert NOW + 10 <= told.ts < NOW + MINUTE_MS, "by the exchange's clock, as far as the last trade tells it"
            assert isinstance(market, TimedMarket)
            assert market.arrived_at > came  # type: ignore[operator]
            assert market.arrived_at <= time.monotonic()  # type: ignore[operator]

    on_a_stand_in(scenario)


def test_quotes_by_the_hundred_are_told_at_a_bounded_rate_and_the_last_one_always() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        patience = Patience(gather_s=0.0, quote_every_s=0.1)
        async with listening(binance, QUOTES, patience=patience, sleep=asyncio.sleep) as (_, listener):
            began, first = time.monotonic(), len(prices_of(listener))
            for step in range(200):
                await binance.quote(f"{42_000 + step}", "43002")
            await until(lambda: listener.last_bid == "42199")
            told = len(prices_of(listener)) - first
            assert told <= 2 + (time.monotonic() - began) / patience.quote_every_s

    on_a_stand_in(scenario)


def test_a_ticker_shows_that_a_quiet_market_is_there_and_a_copy_of_it_does_not() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, patience=BRISK) as (market, listener):
            await asyncio.sleep(1.0)
            first = len(prices_of(listener))
            await binance.ticker("43000", NOW + 500)
            await until(lambda: len(prices_of(listener)) > first)
            came = market.arrived_at
            assert listener.prices[-1] == "43000"
            await binance.ticker("43000", NOW + 500)
            await until(lambda: market.filter.dropped == {"duplicate": 1})
            assert market.arrived_at == came

    on_a_stand_in(scenario)


def test_a_ticker_has_the_word_where_the_trades_hang() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, patience=BRISK) as (_, listener):
            await binance.trade("43001", NOW + 10)
            await until(lambda: "43001" in listener.prices)
            await binance.ticker("43500", NOW + 900)
            await binance.ticker("43600", NOW + 1_900)
            await until(lambda: "43600" in listener.prices)
            assert "43500" not in listener.prices, "a trade of the same second is nearer to the truth than a ticker"

    on_a_stand_in(scenario)


def test_everything_sent_twice_is_told_once_and_counted() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with ExchangeLine(binance) as line:
            line.copies = 2
            market, listener = market_on(binance, line), Listener()
            task = asyncio.create_task(listener.listen(market))
            try:
                await until(lambda: binance.subscribed >= QUOTES and listener.prices)
                for step in range(5):
                    await binance.trade(f"{43_001 + step}", NOW + step)
                    await until(partial(has_told, listener, f"{43_001 + step}"))
                await until(lambda: market.filter.dropped["duplicate"] == 5)
                assert listener.prices == ["43000", *(f"{43_001 + step}" for step in range(5))]
            finally:
                await ended(task, market)

    on_a_stand_in(scenario)


def market_on(binance: BinanceStandIn, line: ExchangeLine, **options: Any) -> Any:
    """A market at the end of the line, with a history to ask for."""
    for minute in range(-120, 1):
        binance.list_kline(NOW + minute * MINUTE_MS, FLAT)

    class Led:
        config = staticmethod(line.config)

    return an_exchange_market(Led(), **options)  # type: ignore[arg-type]


async def ended(task: asyncio.Task[None], market: Any) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await market.close()


def test_an_absurd_quote_moves_no_stop() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, QUOTES) as (market, listener):
            await binance.quote("42999.5", "43001.5")
            await until(lambda: listener.last_bid == "42999.5")
            await binance.quote("1.5", "43001.5")
            await binance.quote("43001", "43000")
            await until(lambda: market.filter.dropped == {"absurd": 2})
            await binance.trade("43001", NOW + 10)
            await until(lambda: "43001" in listener.prices)
            assert listener.last_bid == "42999.5"

    on_a_stand_in(scenario)


def test_a_candle_is_no_news_and_a_price_that_waited_for_one_came_when_it_came() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, patience=Patience(close_grace_s=1_000)) as (market, listener):
            before = market.arrived_at
            await binance.kline(NOW, ("43000", "43010", "42990", "43007"))
            await until(lambda: len(listener.forming) == 2)
            assert market.arrived_at == before
            sent_at = time.monotonic()
            await binance.trade("43008", NOW + MINUTE_MS + 5)
            await asyncio.sleep(0.3)
            await binance.kline(NOW + MINUTE_MS, FLAT)
            await until(lambda: "43008" in listener.prices)
            assert listener.closed == [0]
            assert sent_at <= market.arrived_at < sent_at + 0.3  # type: ignore[operator]

    on_a_stand_in(scenario)


def test_a_quiet_markets_candle_closes_by_its_quotes_and_the_word_of_rest() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, QUOTES) as (_, listener):
            await binance.trade("43001", NOW + MINUTE_MS - 20)
            await until(lambda: "43001" in listener.prices)
            while not listener.closed:
                await binance.quote("42999.5", f"430{len(listener.messages) % 10}1.5")
                await asyncio.sleep(0.01)
            await binance.kline(NOW + MINUTE_MS, FLAT)
            await binance.kline(NOW + 2 * MINUTE_MS, FLAT)
            await until(lambda: listener.closed == [0, 1])

    on_a_stand_in(scenario)


@pytest.mark.parametrize("skew_ms", [-3_600_000, 3_600_000])
def test_an_exchange_whose_clock_is_an_hour_off_is_traded_like_any_other(skew_ms: int) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, clock=lambda: NOW - skew_ms) as (market, listener):
            asked = len(binance.requests)
            await binance.trade("43001", NOW + MINUTE_MS - 1_000)
            await until(lambda: "43001" in listener.prices)
            await binance.kline(NOW, FLAT)
            await until(lambda: len(listener.forming) == 2)
            await binance.kline(NOW + MINUTE_MS, FLAT)
            await until(lambda: listener.closed == [0])
            assert len(binance.requests) == asked, "a candle that was seen to its end needs no word of REST"
            assert market.filter.dropped == {}

    on_a_stand_in(scenario)


def test_without_streams_polls_are_news_even_where_nothing_changed() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with listening(binance, set(), lacks=STREAMLESS) as (market, _):
            for _ in range(3):
                await until(partial(has_newer_than, market, market.arrived_at))
            assert market.filter.dropped == {}

    on_a_stand_in(scenario)


@pytest.mark.parametrize(
    ("rate_limit_ms", "pause_s"),
    [(50, 1.0), (500, 1.0), (1_000, 2.0), (3_000, 6.0)],
)
def test_polls_leave_every_other_call_that_the_exchange_allows(rate_limit_ms: float, pause_s: float) -> None:
    assert Patience().price_poll_s(rate_limit_ms) == pause_s


def test_a_refusal_of_one_too_many_stops_every_rest_call_for_as_long_as_it_says() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with ExchangeLine(binance) as line:
            market, listener = market_on(binance, line, lacks=STREAMLESS, sleep=asyncio.sleep), Listener()
            task = asyncio.create_task(listener.listen(market))
            try:
                await until(lambda: len(listener.prices) > 5)
                line.status, line.headers = 429, {"Retry-After": "1"}
                asked = len(line.requests)
                await until(lambda: len(line.requests) > asked)
                refused_at, asked = time.monotonic(), len(line.requests)
                line.status, binance.last = 200, "43011"
                await until(lambda: "43011" in listener.prices)
                assert time.monotonic() - refused_at >= 0.95
                assert len(line.requests) <= asked + 3, "what was on its way, and the first that may come again"
            finally:
                await ended(task, market)

    on_a_stand_in(scenario)


def test_a_start_that_is_refused_for_long_says_so_and_asks_no_more() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with ExchangeLine(binance) as line:
            market = market_on(binance, line)
            line.status, line.headers = 418, {"Retry-After": "600"}
            with pytest.raises(MarketError, match=r"asked too often, REST rests for 600 s") as caught:
                await market.rules()
            await market.close()
            assert 599 < caught.value.wait_s <= 600
            assert len(line.requests) == 1

    on_a_stand_in(scenario)


def test_where_no_websocket_gets_through_the_price_is_asked_for_and_no_longer() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with ExchangeLine(binance) as line:
            line.has_streams = False
            patience = Patience(poll_s=0.2, gather_s=0.0)
            market, listener = market_on(binance, line, patience=patience, sleep=asyncio.sleep), Listener()
            task = asyncio.create_task(listener.listen(market))
            try:
                await until(lambda: listener.prices)
                for price in ("42000", "41000"):
                    binance.last = price
                    await until(partial(has_told, listener, price))
                began, asked = time.monotonic(), polls_of(line)
                await asyncio.sleep(1.5)
                assert 3 <= polls_of(line) - asked <= 2 + (time.monotonic() - began) / patience.poll_s
                line.has_streams = True
                await until(lambda: binance.subscribed >= QUOTES)
                await asyncio.sleep(2 * patience.poll_s)
                asked = polls_of(line)
                await asyncio.sleep(3 * patience.poll_s)
                assert polls_of(line) == asked, "the streams are there again"
            finally:
                await ended(task, market)

    on_a_stand_in(scenario)


def polls_of(line: ExchangeLine) -> int:
    """How often the price was asked for by REST."""
    return sum(path.startswith("/api/v3/ticker/24hr") for path in line.requests)


def test_an_exchange_that_restarts_is_back_with_every_candle_once_and_one_socket_a_stream() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with ExchangeLine(binance) as line:
            patience = Patience(silence_s=0.2, quiet_silence_s=0.2, close_grace_s=0.05)
            market, listener = market_on(binance, line, patience=patience), Listener()
            await market.history(5)
            task = asyncio.create_task(listener.listen(market))
            try:
                await until(lambda: binance.subscribed >= QUOTES)
                await line.close_port()
                for minute in range(1, 4):
                    binance.list_kline(NOW + minute * MINUTE_MS, FLAT)
                await asyncio.sleep(1.0)
                await line.open_port()
                await until(lambda: binance.subscribed >= QUOTES)
                ts = NOW + 3 * MINUTE_MS
                while "43009" not in listener.prices:
                    await binance.trade("43009", ts := ts + 1)
                    await asyncio.sleep(0.01)
                assert listener.closed == [0, 1, 2]
                assert market.filter.dropped == {}, "a socket that nobody knows any more would bring each trade again"
            finally:
                await ended(task, market)

    on_a_stand_in(scenario)


def test_a_fault_in_the_market_itself_is_told_and_not_taken_for_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        for minute in range(-120, 1):
            binance.list_kline(NOW + minute * MINUTE_MS, FLAT)
        market = an_exchange_market(binance)

        async def broken(*_: object) -> None:
            raise KeyError("price")

        monkeypatch.setattr(market._candles, "price", broken)
        monkeypatch.setattr(market._prices, "_emit", broken)
        try:
            with pytest.raises(MarketError, match="broke"):
                await Listener().listen(market)
        finally:
            await market.close()

    on_a_stand_in(scenario)


def test_the_defaults_notice_a_dead_line_long_before_a_minute() -> None:
    patience = Patience()
    assert (patience.silence_s, patience.quiet_silence_s) == (10, 30)
    assert QUICK.close_answer_s + Patience().close_grace_s <= 3, "a price must not wait for a candle until it is stale"
