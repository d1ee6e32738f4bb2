"""A small Binance spot exchange on this machine, which the real ccxt.pro.binance trades on: REST, streams, account.

A test moves the market by hand (`trade`, `kline`, `quote`, `book`, `ticker`; `tick` for all streams at once), reads
what became of the account (`exchange`, `posted`, `check_conservation`), and breaks things by switch (`faults`, `cut`,
`restart`, `is_silent`, `send_broken`, `rest_status`). Nothing happens by itself, so nothing has to be waited out;
`binance_day` makes a market that moves by itself, and `python -m tests.standin` a process of its own.

The core without a wire is `binance_exchange.SpotExchange`, for those who need thousands of short scenarios.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.standin.binance_account import wall_clock_ms
from tests.standin.binance_auth import API_KEY, API_SECRET, Gate
from tests.standin.binance_book import Level
from tests.standin.binance_candles import Candles, Prices, kline_message
from tests.standin.binance_control import ControlDoor
from tests.standin.binance_exchange import SpotExchange
from tests.standin.binance_faults import Faults
from tests.standin.binance_private import PrivateApi
from tests.standin.binance_public import PublicApi
from tests.standin.binance_rest import Posted, RestDoor
from tests.standin.binance_streams import DepthStream, MarketStreams
from tests.standin.binance_user_stream import UserStream

SYMBOL_ID = "BTCUSDT"
FIRST_PRICE = "43000.00"
TURNS_TO_ACCEPT = 3
"""Of the event loop, from an accepted socket to a connection that the server knows."""


class BinanceStandIn:
    """`async with BinanceStandIn() as binance:`; `binance.config()` is the TAPEDECK_EXCHANGE_CONFIG that leads here.

    `exchange` is the core, made beforehand for other deposits, fees or symbols; `symbol` the one that all calls here
    are about, `port` a fixed port, 0 for a free one.
    """

    def __init__(
        self, exchange: SpotExchange | None = None, *, symbol: str = SYMBOL_ID, last: str = FIRST_PRICE, port: int = 0
    ) -> None:
        self.exchange = exchange or SpotExchange()
        self.symbol = symbol
        self.faults = Faults()
        self.candles = Candles()
        self._market_clock = self.exchange.account.clock
        self.exchange.account.clock = lambda: self._market_clock() + self.faults.clock_offset_ms
        self.gate = Gate(self.server_ms)
        self.public = PublicApi(self.exchange, self.candles, self.server_ms)
        self.streams = MarketStreams()
        self.user_stream = UserStream(self.gate, self.faults)
        self.rest = RestDoor(self.public, PrivateApi(self.exchange, self.faults), self.gate, self.faults, self.publish)
        self._control = ControlDoor(self)
        self._depth = DepthStream(self.exchange, self.public, self.streams)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._listener: socket.socket
        self._publishing = asyncio.Lock()
        self.last = last

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listens, on the port that it had before, if any."""
        app = web.Application()
        app.router.add_get("/stream/ws/{number}", self.streams.serve)
        app.router.add_get("/ws-api/v3", self.user_stream.serve)
        for method in ("GET", "POST"):
            app.router.add_route(method, "/control", self._control.answer)
        app.router.add_route("*", "/{path:.*}", self.rest.answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        await web.SockSite(self._runner, self._listener).start()

    async def stop(self) -> None:
        """Listens no more; all connections are closed, the state is kept."""
        await self.cut()
        runner, self._runner = self._runner, None
        if runner is not None and runner.server is not None:
            await self._accept_no_more()
            for connection in runner.server.connections:
                if connection.transport is not None:
                    connection.transport.abort()
            await runner.cleanup()

    async def restart(self, down_s: float = 0.0) -> None:
        """Away, and after `down_s` seconds back on the same port with all it knew."""
        await self.stop()
        await asyncio.sleep(down_s)
        await self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def config(self) -> dict[str, Any]:
        """What TAPEDECK_EXCHANGE_CONFIG must say, without a key."""
        rest, web_socket = f"{self.url}/api/v3", f"ws://127.0.0.1:{self._port}"
        streams = {"spot": f"{web_socket}/stream/ws", "ws-api": {"spot": f"{web_socket}/ws-api/v3"}}
        places = {"public": rest, "private": rest, "sapi": f"{self.url}/sapi/v1", "ws": streams}
        return {
            "urls": {"api": places},
            "options": {"fetchCurrencies": False, "fetchMargins": False, "fetchMarkets": {"types": ["spot"]}},
            "rateLimit": 1,
        }

    def trading_config(self) -> dict[str, Any]:
        """The same with the account's key."""
        return {**self.config(), "apiKey": API_KEY, "secret": API_SECRET}

    def server_ms(self) -> int:
        """The server's time, by which signed requests are judged."""
        return wall_clock_ms() + self.faults.clock_offset_ms

    # What is known

    @property
    def last(self) -> str:
        """The last price; setting it moves it without a trade."""
        return format(self.exchange.market(self.symbol).last, "f")

    @last.setter
    def last(self, price: str) -> None:
        self.exchange.set_last(self.symbol, Decimal(price))

    @property
    def klines(self) -> dict[int, list[Any]]:
        """One-minute candles as REST lists them, by their open time."""
        return self.candles.of(self.symbol, "1m")

    @property
    def requests(self) -> list[str]:
        """Path and query of every REST request."""
        return self.rest.requests

    @property
    def posted(self) -> list[Posted]:
        """Every order that was ever sent, with what became of it."""
        return self.rest.posted

    @property
    def posts_by_client_id(self) -> Counter[str]:
        """How often an order was sent, by its client id."""
        return self.rest.posts_by_client_id()

    @property
    def connections(self) -> int:
        """How many market stream sockets were ever opened."""
        return self.streams.connections

    @property
    def subscribed(self) -> set[str]:
        """The market streams that somebody listens to now."""
        return self.streams.subscribed

    def check_conservation(self) -> None:
        """Asserts that the account adds up to the last digit."""
        self.exchange.check_conservation()

    # What happens on the exchange

    async def publish(self) -> None:
        """Sends what happened to the account and the books; after a change of `exchange` that was made directly."""
        async with self._publishing:
            while self.exchange.events:
                await self.user_stream.tell(self.exchange.events.popleft())
            await self._depth.tell()

    async def trade(
        self, price: str, ts: int | None = None, quantity: str = "0.01", *, is_seller: bool = False
    ) -> None:
        """A trade of others: on the trade streams, and against the account's resting orders and stops."""
        trade = self.exchange.trade(self.symbol, Decimal(price), Decimal(quantity), ts, is_buyer_maker=is_seller)
        seen = {"E": trade.ts, "s": self.symbol, "p": price, "q": quantity, "T": trade.ts, "m": is_seller, "M": True}
        await self.send("trade", {"e": "trade", "t": trade.trade_id, **seen})
        ids = dict.fromkeys(("a", "f", "l"), trade.trade_id)
        await self.send("aggTrade", {"e": "aggTrade", **ids, **seen})
        await self.publish()

    def list_kline(self, ts: int, prices: Prices, volume: str = "1", interval: str = "1m") -> None:
        """A candle as REST lists it from now on, without a word on the stream."""
        self.candles.put(self.symbol, interval, ts, prices, volume)

    async def kline(self, ts: int, prices: Prices, volume: str = "1", interval: str = "1m") -> None:
        """A candle (open, high, low, close), by REST and on the stream."""
        self.list_kline(ts, prices, volume, interval)
        await self._send_kline(interval, self.candles.of(self.symbol, interval)[ts], ts)

    async def quote(self, bid: str, ask: str, bid_size: str = "1", ask_size: str = "1") -> None:
        """Best bid and ask, which are the whole book from now on."""
        await self.book([(bid, bid_size)], [(ask, ask_size)])
        await self.send_quote()

    async def book(self, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> None:
        """The whole book (price, size), until `exchange.let_book_follow_last`. Nothing on the bookTicker stream."""
        sides = ([Level(Decimal(price), Decimal(size)) for price, size in side] for side in (bids, asks))
        self.exchange.set_book(self.symbol, *sides)
        await self.publish()

    async def send_quote(self) -> None:
        """The book's best bid and ask on the bookTicker stream."""
        book = self.exchange.market(self.symbol).book
        bid, ask = book.bid or Level(Decimal(0), Decimal(0)), book.ask or Level(Decimal(0), Decimal(0))
        best = {"b": str(bid.price), "B": str(bid.quantity), "a": str(ask.price), "A": str(ask.quantity)}
        await self.send("bookTicker", {"u": 1, "s": self.symbol, **best})

    async def ticker(self, last: str | None, ts: int, opening: str = "40000") -> None:
        """The day's small ticker, which has no bid and no ask; `last` None is Binance's null ticker."""
        day = {"c": last, "o": opening, "h": "43100", "l": "39900", "v": "1", "q": "1"}
        await self.send("miniTicker", {"e": "24hrMiniTicker", "E": ts, "s": self.symbol, **day})

    async def tick(self, price: str, ts: int, quantity: str = "0.01", intervals: tuple[str, ...] = ("1m",)) -> None:
        """A trade with all that comes of it: candles of `intervals` by REST and stream, quote, ticker."""
        await self.trade(price, ts, quantity)
        for interval in intervals:
            *ended, forming = self.candles.add_trade(self.symbol, interval, ts, Decimal(price), Decimal(quantity))
            for row in ended:
                await self._send_kline(interval, row, ts, is_closed=True)
            await self._send_kline(interval, forming, ts)
        await self.send_quote()
        await self.ticker(price, ts)

    async def send(self, stream: str, message: dict[str, Any]) -> None:
        """One message to all who subscribed to `btcusdt@<stream>`."""
        await self.streams.send(f"{self.symbol.lower()}@{stream}", message)

    # What goes wrong

    @property
    def is_silent(self) -> bool:
        """Market streams stay open and answer nothing more."""
        return self.streams.is_silent

    @is_silent.setter
    def is_silent(self, is_silent: bool) -> None:
        self.streams.is_silent = is_silent

    @property
    def rest_status(self) -> int:
        """Any but 200: REST does nothing and answers everything with this."""
        return self.rest.status

    @rest_status.setter
    def rest_status(self, status: int) -> None:
        self.rest.status = status

    async def cut(self) -> None:
        """Every socket is closed by the exchange."""
        await self.streams.cut()
        await self.user_stream.cut()

    async def send_broken(self, stream: str) -> None:
        """Half a message: ccxt's receive loop ends at it, while the socket stays open."""
        await self.streams.send_text(f"{self.symbol.lower()}@{stream}", '{"e": "tra')

    async def _accept_no_more(self) -> None:
        """Closing at once would leave whom asyncio is just accepting with an open socket that nobody serves."""
        asyncio.get_running_loop().remove_reader(self._listener.fileno())
        for _ in range(TURNS_TO_ACCEPT):
            await asyncio.sleep(0)

    async def _send_kline(self, interval: str, row: list[Any], event_ts: int, *, is_closed: bool = False) -> None:
        message = kline_message(self.symbol, interval, row, event_ts, is_closed=is_closed)
        await self.send(f"kline_{interval}", message)
