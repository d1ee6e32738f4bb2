"""The stand-in's market data as the real ccxt.pro.binance reads and watches it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.trading import SYMBOL, on_an_exchange, until

NOW = 1_790_000_040_000


def test_the_rules_of_a_market_are_listed() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        market = client.market(SYMBOL)
        assert market["precision"]["price"] == 0.01 and market["precision"]["amount"] == 0.00001
        assert (market["limits"]["cost"]["min"], market["limits"]["market"]["max"]) == (5, 120)
        assert sorted(client.symbols) == ["BTC/USDT", "ETH/USDT"]

    on_an_exchange(scenario)


def test_a_book_forms_around_the_last_price_until_one_is_set() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        book = await client.fetch_order_book(SYMBOL)
        assert (book["bids"][0], book["asks"][0], len(book["asks"])) == ([42999.99, 0.5], [43000.01, 0.5], 10)
        await binance.trade("43100")
        assert (await client.fetch_order_book(SYMBOL))["asks"][0] == [43100.01, 0.5]
        await binance.quote("42000", "42001", "3", "4")
        await binance.trade("42050")
        best = (await client.fetch_bids_asks([SYMBOL]))[SYMBOL]
        assert (best["bid"], best["bidVolume"], best["ask"], best["askVolume"]) == (42000, 3, 42001, 4)
        binance.exchange.let_book_follow_last("BTCUSDT")
        assert (await client.fetch_order_book(SYMBOL))["asks"][0] == [42050.01, 0.5]

    on_an_exchange(scenario)


def test_the_tape_has_the_trades_of_others_only() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        for price in ("43001", "43002"):
            await binance.trade(price, NOW, "0.5", is_seller=True)
        await client.create_order(SYMBOL, "market", "buy", 0.01)
        trades = await client.fetch_trades(SYMBOL)
        assert [(trade["price"], trade["amount"], trade["side"]) for trade in trades] == [
            (43001, 0.5, "sell"),
            (43002, 0.5, "sell"),
        ]
        assert (await client.fetch_ticker(SYMBOL))["last"] == 43002
        assert (await client.public_get_ticker_price({"symbol": "BTCUSDT"}))["price"] == "43002.00000000"

    on_an_exchange(scenario)


def test_candles_are_kept_by_interval_and_a_strange_interval_is_refused() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        for ts in (NOW, NOW + 500, NOW + 3_000):
            await binance.tick("43001", ts, "0.5", ("1s", "1m"))
        seconds = await client.fetch_ohlcv(SYMBOL, "1s")
        assert [(row[0] - NOW, row[5]) for row in seconds] == [(0, 1.0), (1_000, 0), (2_000, 0), (3_000, 0.5)]
        assert [(row[0], row[5]) for row in await client.fetch_ohlcv(SYMBOL, "1m")] == [(NOW, 1.5)]
        with pytest.raises(ccxt.BadRequest, match="-1120"):
            await client.public_get_klines({"symbol": "BTCUSDT", "interval": "7m"})

    on_an_exchange(scenario)


def test_the_order_book_is_watched_from_its_snapshot_on() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        first = await client.watch_order_book(SYMBOL)
        assert first["asks"][0] == [43000.01, 0.5]
        watching = asyncio.create_task(client.watch_order_book(SYMBOL))
        await asyncio.sleep(0)
        await client.create_order(SYMBOL, "market", "buy", 0.1)
        assert (await watching)["asks"][0] == [43000.01, 0.4]
        watching = asyncio.create_task(client.watch_order_book(SYMBOL))
        await asyncio.sleep(0)
        await binance.book([("100", "1")], [("101", "2")])
        book = await watching
        assert (book["bids"], book["asks"]) == ([[100, 1]], [[101, 2]])

    on_an_exchange(scenario)


def test_a_tick_reaches_every_stream() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        watching = [
            asyncio.create_task(watch)
            for watch in (
                client.watch_trades(SYMBOL),
                client.watch_ohlcv(SYMBOL, "1m"),
                client.watch_bids_asks([SYMBOL]),
                client.watch_ticker(SYMBOL),
            )
        ]
        await until(lambda: len(binance.subscribed) == 4)
        await binance.tick("43005", NOW, "0.5")
        trades, candles, best, ticker = await asyncio.gather(*watching)
        assert trades[-1]["price"] == candles[-1][4] == ticker["last"] == 43005
        assert (best[SYMBOL]["bid"], best[SYMBOL]["ask"]) == (43004.99, 43005.01)

    on_an_exchange(scenario)


def test_aggregate_trades_are_streamed_too() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        watching = asyncio.create_task(client.watch_trades(SYMBOL, params={"name": "aggTrade"}))
        await until(lambda: binance.subscribed == {"btcusdt@aggTrade"})
        await binance.trade("43001", NOW, "0.5", is_seller=True)
        trade = (await watching)[0]
        assert (trade["price"], trade["amount"], trade["side"], trade["timestamp"]) == (43001, 0.5, "sell", NOW)

    on_an_exchange(scenario)


def test_what_is_no_longer_watched_is_no_longer_sent() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        watching = asyncio.create_task(client.watch_trades(SYMBOL))
        await until(lambda: binance.subscribed)
        await binance.trade("43001", NOW)
        await watching
        await client.un_watch_trades(SYMBOL)
        assert binance.subscribed == set()

    on_an_exchange(scenario)


def test_the_last_price_is_set_without_a_trade() -> None:
    binance = BinanceStandIn()
    binance.last = "41000.5"
    assert (binance.last, binance.exchange.market("BTCUSDT").last) == ("41000.5", Decimal("41000.5"))
    assert not binance.exchange.market("BTCUSDT").tape
