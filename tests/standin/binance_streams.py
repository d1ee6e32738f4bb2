"""The stand-in's market streams: who listens to what, and what they are sent."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from tests.standin.binance_book import Book, Level
from tests.standin.binance_exchange import SpotExchange
from tests.standin.binance_filters import text
from tests.standin.binance_public import PublicApi

CLOSING_S = 0.1
"""How long a cut waits for the other side to agree."""


class MarketStreams:
    """`serve` is aiohttp's handler for `/stream/ws/<number>`."""

    def __init__(self) -> None:
        self.is_silent = False
        """Sockets stay open and get nothing more, not even an answer."""
        self.connections = 0
        """How many were ever opened."""
        self._sockets: dict[web.WebSocketResponse, set[str]] = {}

    @property
    def subscribed(self) -> set[str]:
        """The streams that somebody listens to now, as `btcusdt@trade`."""
        return set().union(*self._sockets.values())

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=True, timeout=CLOSING_S)
        await socket.prepare(request)
        self.connections += 1
        self._sockets[socket] = set()
        async for message in socket:
            if message.type == WSMsgType.TEXT and not self.is_silent:
                await self._obey(socket, message.json())
        self._sockets.pop(socket, None)
        return socket

    async def send(self, name: str, message: dict[str, Any]) -> None:
        """To all who subscribed to `name`."""
        await self.send_text(name, json.dumps(message))

    async def send_text(self, name: str, message: str) -> None:
        """To all who subscribed to `name`, as it is."""
        for socket, subscribed in list(self._sockets.items()):
            if name in subscribed and not self.is_silent and not socket.closed:
                with suppress(ConnectionResetError):  # whoever listened has been killed this moment
                    await socket.send_str(message)

    async def cut(self) -> None:
        """Every socket is closed."""
        sockets, self._sockets = list(self._sockets), {}
        for socket in sockets:
            await socket.close(code=1001)

    async def _obey(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        subscribed = self._sockets.get(socket, set())
        if asked.get("method") == "SUBSCRIBE":
            subscribed |= set(asked["params"])
        elif asked.get("method") == "UNSUBSCRIBE":
            subscribed -= set(asked["params"])
        else:
            return
        await socket.send_json({"result": None, "id": asked["id"]})


class DepthStream:
    """Tells what changed in the books since it told last, to those who listen to `<symbol>@depth@100ms`."""

    def __init__(self, exchange: SpotExchange, public: PublicApi, streams: MarketStreams) -> None:
        self._exchange = exchange
        self._ids = public.depth_update_ids
        self._streams = streams
        self._told: dict[str, Book] = {}

    async def tell(self) -> None:
        """One message for each book that changed and that somebody listens to."""
        for symbol in self._exchange.markets:
            name = f"{symbol.lower()}@depth@100ms"
            if name in self._streams.subscribed:
                await self._tell(name, symbol)

    async def _tell(self, name: str, symbol: str) -> None:
        book, told = self._exchange.market(symbol).book, self._told.get(symbol, Book())
        bids, asks = _changes(told.bids, book.bids), _changes(told.asks, book.asks)
        if bids or asks:
            self._told[symbol] = Book(book.bids, book.asks)
            number = self._ids[symbol] = self._ids.get(symbol, 1) + 1
            ids = {"U": number, "u": number, "b": bids, "a": asks}
            await self._streams.send(name, {"e": "depthUpdate", "E": self._exchange.now(), "s": symbol, **ids})


def _changes(before: list[Level], after: list[Level]) -> list[list[str]]:
    """Levels that are new or another size, and those that are gone, with none."""
    old, new = dict(before), dict(after)
    gone = {price: old[price] * 0 for price in old.keys() - new.keys()}
    changed = {price: size for price, size in new.items() if old.get(price) != size}
    return [[text(price), text(size)] for price, size in sorted((changed | gone).items())]
