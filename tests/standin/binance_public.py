"""What the stand-in's REST API answers to anybody: the market's data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.standin.binance_book import Level
from tests.standin.binance_candles import INTERVAL_MS, Candles
from tests.standin.binance_errors import Refused, missing
from tests.standin.binance_events import MarketTrade
from tests.standin.binance_exchange import SpotExchange
from tests.standin.binance_filters import exchange_info, text

Params = Mapping[str, str]
Call = Callable[[Params], Any]


class PublicApi:
    """Each endpoint takes its parameters and gives its JSON, or raises `Refused`."""

    def __init__(self, exchange: SpotExchange, candles: Candles, clock: Callable[[], int]) -> None:
        self._exchange = exchange
        self._candles = candles
        self._clock = clock
        self.depth_update_ids: dict[str, int] = {}
        """Of the last change that the depth stream told, by symbol."""

    def endpoints(self) -> dict[tuple[str, str], Call]:
        """By method and path."""
        return {
            ("GET", "/api/v3/ping"): lambda params: {},
            ("GET", "/api/v3/time"): lambda params: {"serverTime": self._clock()},
            ("GET", "/api/v3/exchangeInfo"): self._exchange_info,
            ("GET", "/api/v3/depth"): self._depth,
            ("GET", "/api/v3/trades"): lambda params: [_trade(trade) for trade in self._tape(params)],
            ("GET", "/api/v3/aggTrades"): lambda params: [_aggregate(trade) for trade in self._tape(params)],
            ("GET", "/api/v3/klines"): self._klines,
            ("GET", "/api/v3/ticker/24hr"): lambda params: self._each(params, self._day),
            ("GET", "/api/v3/ticker/price"): lambda params: self._each(params, self._price),
            ("GET", "/api/v3/ticker/bookTicker"): lambda params: self._each(params, self._best),
        }

    def _exchange_info(self, params: Params) -> Any:
        symbols = [
            exchange_info(market.rules, is_trading=market.is_trading) for market in self._exchange.markets.values()
        ]
        return {
            "timezone": "UTC",
            "serverTime": self._clock(),
            "rateLimits": [],
            "exchangeFilters": [],
            "symbols": symbols,
        }

    def _depth(self, params: Params) -> Any:
        symbol, limit = _symbol(params), int(params.get("limit", "100"))
        book = self._exchange.market(symbol).book
        sides = {"bids": levels(book.bids[:limit]), "asks": levels(book.asks[:limit])}
        return {"lastUpdateId": self.depth_update_ids.setdefault(symbol, 1), **sides}

    def _tape(self, params: Params) -> list[MarketTrade]:
        tape = self._exchange.market(_symbol(params)).tape
        start, end = int(params.get("startTime", "0")), int(params.get("endTime", str(2**63)))
        first = int(params.get("fromId", "0"))
        trades = [trade for trade in tape if trade.trade_id >= first and start <= trade.ts <= end]
        limit = int(params.get("limit", "500"))
        return trades[:limit] if start or first else trades[-limit:]

    def _klines(self, params: Params) -> Any:
        symbol, interval = _symbol(params), params.get("interval", "")
        self._exchange.market(symbol)
        if interval not in INTERVAL_MS:
            raise Refused(-1120, "Invalid interval.")
        start, end = (int(params[name]) if name in params else None for name in ("startTime", "endTime"))
        return self._candles.page(symbol, interval, start, end, int(params.get("limit", "500")))

    def _each(self, params: Params, one: Callable[[str], Any]) -> Any:
        """Of the symbol that is asked for; a list of those, or of all."""
        if "symbol" in params:
            return one(params["symbol"])
        return [one(symbol) for symbol in json.loads(params.get("symbols", "null")) or self._exchange.markets]

    def _day(self, symbol: str) -> Any:
        market = self._exchange.market(symbol)
        newest = max([self._candles.newest_ts(symbol), *(trade.ts for trade in market.tape)])
        closes = min(newest, self._exchange.now())  # a candle that a test lists for later has not come yet
        day = {"openPrice": "40000", "priceChangePercent": "7.5", "closeTime": closes}
        return {"lastPrice": format(market.last, "f"), "volume": "1", "quoteVolume": "1", **self._best(symbol), **day}

    def _price(self, symbol: str) -> Any:
        return {"symbol": symbol, "price": text(self._exchange.market(symbol).last)}

    def _best(self, symbol: str) -> Any:
        return {"symbol": symbol, **best_prices(self._exchange, symbol)}


def best_prices(exchange: SpotExchange, symbol: str) -> dict[str, str]:
    """Best bid and ask with their sizes; zeros where a side is empty."""
    book, nothing = exchange.market(symbol).book, Level(*[exchange.market(symbol).last * 0] * 2)
    bid, ask = book.bid or nothing, book.ask or nothing
    sizes = {"bidQty": text(bid.quantity), "askQty": text(ask.quantity)}
    return {"bidPrice": text(bid.price), "askPrice": text(ask.price), **sizes}


def levels(side: list[Level]) -> list[list[str]]:
    """One side of a book as JSON."""
    return [[text(level.price), text(level.quantity)] for level in side]


def _symbol(params: Params) -> str:
    if not params.get("symbol"):
        raise missing("symbol")
    return params["symbol"]


def _trade(trade: MarketTrade) -> dict[str, Any]:
    return {
        "id": trade.trade_id,
        "price": text(trade.price),
        "qty": text(trade.quantity),
        "quoteQty": text(trade.price * trade.quantity),
        "time": trade.ts,
        "isBuyerMaker": trade.is_buyer_maker,
        "isBestMatch": True,
    }


def _aggregate(trade: MarketTrade) -> dict[str, Any]:
    ids = dict.fromkeys(("a", "f", "l"), trade.trade_id)
    amounts = {"p": text(trade.price), "q": text(trade.quantity)}
    return {**ids, **amounts, "T": trade.ts, "m": trade.is_buyer_maker, "M": True}
