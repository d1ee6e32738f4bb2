"""The stand-in's WebSocket API, as far as ccxt needs it: the user stream by `userDataStream.subscribe.signature`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from tests.standin.binance_auth import Gate
from tests.standin.binance_errors import Refused
from tests.standin.binance_events import Event
from tests.standin.binance_faults import Faults
from tests.standin.binance_shapes import user_event
from tests.standin.binance_streams import CLOSING_S


class UserStream:
    """`serve` is aiohttp's handler for `/ws-api/v3`; `tell` sends an event to all who subscribed, faults allowing."""

    def __init__(self, gate: Gate, faults: Faults) -> None:
        self._gate = gate
        self._faults = faults
        self._sockets: dict[web.WebSocketResponse, int | None] = {}
        self._held: list[dict[str, Any]] = []
        self._late: set[asyncio.Task[None]] = set()
        self._subscriptions = 0
        self.connections = 0
        """How many were ever opened."""
        self.sent: list[dict[str, Any]] = []
        """All events that went out, in order, whether somebody listened or not."""

    @property
    def listeners(self) -> int:
        """How many subscriptions there are now."""
        return sum(number is not None for number in self._sockets.values())

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=True, timeout=CLOSING_S)
        await socket.prepare(request)
        self.connections += 1
        self._sockets[socket] = None
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await self._obey(socket, message.json())
        self._sockets.pop(socket, None)
        return socket

    async def tell(self, event: Event) -> None:
        """An event happens: it goes out as the faults have it."""
        stream, message = self._faults.stream, user_event(event)
        if self._faults.tells_no_fees and message["e"] == "executionReport":
            message |= {"n": "0", "N": None}
        fate = stream.fates.popleft() if stream.fates else "send"
        if fate == "drop" or stream.is_silent:
            return
        if fate == "late":
            self._held.append(message)
            return
        for _ in range(2 if fate == "twice" else 1):
            await self._send_in_time(message)
        await self.release()

    async def release(self) -> None:
        """What was held back goes out, oldest first."""
        held, self._held = self._held, []
        for message in held:
            await self._send_in_time(message)

    async def cut(self) -> None:
        """Every socket is closed, and what was under way is lost."""
        for task in self._late:
            task.cancel()
        sockets, self._sockets, self._held = list(self._sockets), {}, []
        for socket in sockets:
            await socket.close(code=1001)

    async def _send_in_time(self, message: dict[str, Any]) -> None:
        if not self._faults.stream.late_by_s:
            await self._send(message)
            return
        task = asyncio.create_task(self._send_late(message, self._faults.stream.late_by_s))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _send_late(self, message: dict[str, Any], delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        await self._send(message)

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        for socket, number in list(self._sockets.items()):
            if number is not None and not socket.closed:
                with suppress(ConnectionResetError):  # whoever listened has been killed this moment
                    await socket.send_json({"subscriptionId": number, "event": message})

    async def _obey(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        if self._faults.stream.gives_no_answer:
            return
        try:
            answer = {"status": 200, "result": self._result(socket, asked)}
        except Refused as refused:
            answer = {"status": refused.status, "error": refused.body}
        await socket.send_json({"id": asked.get("id"), **answer})

    def _result(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("method") != "userDataStream.subscribe.signature":
            raise Refused(-1000, f"The stand-in has no {asked.get('method')!r}.")
        self._gate.check_web_socket(asked.get("params", {}))
        self._sockets[socket] = self._subscriptions
        self._subscriptions += 1
        return {"subscriptionId": self._sockets[socket]}
