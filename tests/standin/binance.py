"""A small Binance spot exchange on this machine: the public REST calls and streams that the real ccxt.pro.binance uses.

A test moves it by hand (`trade`, `kline`, `quote`, `ticker`) and breaks it by hand (`cut`, `is_silent`, `send_broken`,
`rest_status`). Nothing happens by itself, so nothing has to be waited out.
"""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

SYMBOL_ID = "BTCUSDT"


class BinanceStandIn:
    """`async with BinanceStandIn() as binance:`; `binance.config()` is the TAPEDECK_EXCHANGE_CONFIG that leads here."""

    def __init__(self) -> None:
        self.klines: dict[int, list[Any]] = {}
        self.last = "43000.00"
        self.is_silent = False
        """Streams stay open and answer nothing more."""
        self.rest_status = 200
        self.requests: list[str] = []
        self.connections = 0
        self._streams: dict[web.WebSocketResponse, set[str]] = {}
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._trade_id = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/api/v3/exchangeInfo", self._exchange_info)
        app.router.add_get("/api/v3/klines", self._klines)
        app.router.add_get("/api/v3/ticker/24hr", self._ticker_24hr)
        app.router.add_get("/stream/ws/{number}", self._stream)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()
        assert self._runner is not None
        await self._runner.cleanup()

    def config(self) -> dict[str, Any]:
        """What TAPEDECK_EXCHANGE_CONFIG must say."""
        host = f"127.0.0.1:{self._port}"
        rest = f"http://{host}/api/v3"
        streams = {"spot": f"ws://{host}/stream/ws", "ws-api": {"spot": f"ws://{host}/ws-api/v3"}}
        return {
            "urls": {"api": {"public": rest, "private": rest, "ws": streams}},
            "options": {"fetchCurrencies": False, "fetchMargins": False, "fetchMarkets": {"types": ["spot"]}},
            "rateLimit": 1,
        }

    @property
    def subscribed(self) -> set[str]:
        """The streams that somebody listens to now."""
        return set().union(*self._streams.values())

    # What happens on the exchange

    async def trade(self, price: str, ts: int) -> None:
        """A trade, on the trades stream."""
        self._trade_id += 1
        self.last = price
        trade = {
            "e": "trade",
            "E": ts,
            "s": SYMBOL_ID,
            "t": self._trade_id,
            "p": price,
            "q": "0.01",
            "T": ts,
            "m": False,
        }
        await self.send("trade", trade)

    def list_kline(self, ts: int, prices: tuple[str, str, str, str], volume: str = "1") -> None:
        """A candle as REST lists it from now on, without a word on the stream."""
        self.klines[ts] = [ts, *prices, volume, ts + 59_999, "0", 1, "0", "0", "0"]

    async def kline(self, ts: int, prices: tuple[str, str, str, str], volume: str = "1") -> None:
        """A candle (open, high, low, close), by REST and on the stream."""
        self.list_kline(ts, prices, volume)
        opening, high, low, close = prices
        shape = {"o": opening, "h": high, "l": low, "c": close, "v": volume}
        candle = {"t": ts, "T": ts + 59_999, "s": SYMBOL_ID, "i": "1m", **shape, "x": False}
        await self.send("kline_1m", {"e": "kline", "E": ts, "s": SYMBOL_ID, "k": candle})

    async def quote(self, bid: str, ask: str) -> None:
        """Best bid and ask."""
        await self.send("bookTicker", {"u": 1, "s": SYMBOL_ID, "b": bid, "B": "1", "a": ask, "A": "1"})

    async def ticker(self, last: str | None, ts: int, opening: str = "40000") -> None:
        """The day's small ticker, which has no bid and no ask; `last` None is Binance's null ticker."""
        day = {"c": last, "o": opening, "h": "43100", "l": "39900", "v": "1", "q": "1"}
        await self.send("miniTicker", {"e": "24hrMiniTicker", "E": ts, "s": SYMBOL_ID, **day})

    async def send(self, stream: str, message: dict[str, Any]) -> None:
        """One message to all who subscribed to `btcusdt@<stream>`."""
        await self._send_text(stream, json.dumps(message))

    # What goes wrong

    async def cut(self) -> None:
        """Every socket is closed by the exchange."""
        streams, self._streams = list(self._streams), {}
        for socket in streams:
            await socket.close(code=1001)

    async def send_broken(self, stream: str) -> None:
        """Half a message: ccxt's receive loop ends at it, while the socket stays open."""
        await self._send_text(stream, '{"e": "tra')

    async def _send_text(self, stream: str, text: str) -> None:
        name = f"{SYMBOL_ID.lower()}@{stream}"
        for socket, subscribed in list(self._streams.items()):
            if name in subscribed and not self.is_silent and not socket.closed:
                await socket.send_str(text)

    # What is asked

    def _answer(self, request: web.Request, body: Any) -> web.Response:
        self.requests.append(request.path_qs)
        if self.rest_status != 200:
            return web.json_response({"code": -1001, "msg": "Internal error"}, status=self.rest_status)
        return web.json_response(body)

    async def _exchange_info(self, request: web.Request) -> web.Response:
        return self._answer(request, {"symbols": [_symbol("BTC"), _symbol("ETH")], "rateLimits": [], "timezone": "UTC"})

    async def _klines(self, request: web.Request) -> web.Response:
        start, limit = request.query.get("startTime"), int(request.query.get("limit", "500"))
        rows = [row for ts, row in sorted(self.klines.items()) if start is None or ts >= int(start)]
        return self._answer(request, rows[:limit] if start else rows[-limit:])

    async def _ticker_24hr(self, request: web.Request) -> web.Response:
        closed = max(self.klines, default=0)
        day = {"lastPrice": self.last, "openPrice": "40000", "priceChangePercent": "7.5", "closeTime": closed}
        ticker = {"symbol": SYMBOL_ID, **day, "bidPrice": "42999.99", "askPrice": "43000.01"}
        return self._answer(request, ticker)

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        self.connections += 1
        self._streams[socket] = set()
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                asked = message.json()
                if asked.get("method") == "SUBSCRIBE" and not self.is_silent:
                    self._streams[socket] |= set(asked["params"])
                    await socket.send_json({"result": None, "id": asked["id"]})
        self._streams.pop(socket, None)
        return socket


def _symbol(base: str) -> dict[str, Any]:
    filters = [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01000000"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001000"},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True},
    ]
    return {
        "symbol": f"{base}USDT",
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": "USDT",
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "permissionSets": [["SPOT"]],
        "filters": filters,
    }
