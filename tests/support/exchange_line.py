"""The line to a stand-in exchange: a reverse proxy that a test closes, silences, repeats, or lets refuse."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

from tests.standin.binance import BinanceStandIn
from tests.support.ports import free_port

REPEATS_EVERY_S = 0.05


class ExchangeLine:
    """`async with ExchangeLine(binance) as line:`; `line.config()` leads through it. What is broken waits to be mended.

    `status` other than 200 answers REST and handshakes, with `headers`; `copies` is how often each message of a stream
    comes; `is_silent` lets nothing of a stream through; `is_stuck` sends the last message of each again and again in
    place of what is new; `has_streams` False lets no WebSocket through, as some networks do.
    """

    def __init__(self, binance: BinanceStandIn) -> None:
        self.status, self.headers = 200, dict[str, str]()
        self.copies, self.is_silent, self.is_stuck, self.has_streams = 1, False, False, True
        self.requests: list[str] = []
        self.handshakes = 0
        self._binance = binance
        self._port = free_port()
        self._beyond = ""
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None
        self._streams: list[_Stream] = []

    async def __aenter__(self) -> Self:
        self._beyond = "http://" + urlsplit(self._binance.config()["urls"]["api"]["public"]).netloc
        self._session = ClientSession()
        await self.open_port()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close_port()
        assert self._session is not None
        await self._session.close()

    def config(self) -> dict[str, Any]:
        """The stand-in's TAPEDECK_EXCHANGE_CONFIG, by way of this line."""
        text = json.dumps(self._binance.config()).replace(urlsplit(self._beyond).netloc, f"127.0.0.1:{self._port}")
        config: dict[str, Any] = json.loads(text)
        return config

    async def open_port(self) -> None:
        """Listen, again on the same port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def close_port(self) -> None:
        """As when the exchange's process ends: every connection breaks, and nobody listens any more."""
        await self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def cut(self) -> None:
        """Every stream breaks off without a farewell."""
        streams, self._streams = self._streams, []
        for stream in streams:
            stream.transport.abort()

    async def send_broken(self) -> None:
        """Half a message on each stream: ccxt's receive loop ends at it, while the socket stays open."""
        for stream in self._streams:
            await stream.send('{"e": "tra')

    async def _take(self, request: web.Request) -> web.StreamResponse:
        is_stream = request.headers.get("Upgrade", "").lower() == "websocket"
        if is_stream:
            self.handshakes += 1
        else:
            self.requests.append(request.path_qs)
        if self.status != 200:
            return web.json_response({"code": -1003, "msg": "refused"}, status=self.status, headers=self.headers)
        if is_stream and not self.has_streams:
            return web.Response(status=403)
        return await (self._bridged(request) if is_stream else self._forwarded(request))

    async def _forwarded(self, request: web.Request) -> web.Response:
        assert self._session is not None
        async with self._session.request(request.method, self._beyond + request.path_qs) as answer:
            return web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)

    async def _bridged(self, request: web.Request) -> web.WebSocketResponse:
        assert self._session is not None and request.transport is not None
        near = web.WebSocketResponse()
        await near.prepare(request)
        stream = _Stream(near, request.transport)
        self._streams.append(stream)
        async with self._session.ws_connect(self._beyond + request.path_qs) as far:
            helpers = [asyncio.create_task(self._bring(far, stream)), asyncio.create_task(self._repeat(stream))]
            async for message in near:
                if message.type == WSMsgType.TEXT:
                    await far.send_str(message.data)
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        if stream in self._streams:
            self._streams.remove(stream)
        return near

    async def _bring(self, far: ClientWebSocketResponse, stream: _Stream) -> None:
        async for message in far:
            if message.type == WSMsgType.TEXT and not self.is_silent and not self.is_stuck:
                stream.newest = message.data
                for _ in range(self.copies):
                    await stream.send(message.data)
        await stream.near.close(code=1001)

    async def _repeat(self, stream: _Stream) -> None:
        while True:
            await asyncio.sleep(REPEATS_EVERY_S)
            if self.is_stuck and stream.newest:
                await stream.send(stream.newest)


@dataclass(eq=False)
class _Stream:
    near: web.WebSocketResponse
    transport: asyncio.Transport
    newest: str = ""

    async def send(self, text: str) -> None:
        """To the bot's end; nothing where that was cut meanwhile."""
        if not self.transport.is_closing():
            with contextlib.suppress(ConnectionResetError):
                await self.near.send_str(text)
