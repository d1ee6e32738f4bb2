"""A Socket.IO client on `/` that keeps what it hears, in the order in which it came."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import socketio

from tests.support.relay import API_TOKEN

Envelope = dict[str, Any]
T = TypeVar("T")


class Listener:
    """Any Socket.IO client: a script, a phone, a wall display.

    It is the asyncio client, in a loop of its own: the other one gives every message a thread and loses their order.
    """

    def __init__(self, url: str, *, token: str = API_TOKEN) -> None:
        self.url = url
        self.auth = {"token": token}
        self.heard: list[Envelope] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self._client.on("*", self._on_any, namespace="/")

    def _on_any(self, event: str, envelope: Envelope) -> None:
        assert envelope["type"] == event, f"{event} carries {envelope}"
        self.heard.append(envelope)

    def connect(self) -> Listener:
        self._thread.start()
        self._run(self._client.connect(self.url, auth=self.auth, transports=["websocket"], wait_timeout=10), 15)
        return self

    def of(self, kind: str) -> list[Envelope]:
        return [envelope for envelope in list(self.heard) if envelope["type"] == kind]

    def data(self, kind: str) -> list[dict[str, Any]]:
        return [envelope["data"] for envelope in self.of(kind)]

    def state(self, bot_id: str = "bot-1") -> str | None:
        """The bot's state by the last status heard, None before the first."""
        states = [heard["data"]["state"] for heard in self.of("status") if heard["bot_id"] == bot_id]
        return states[-1] if states else None

    def command(self, name: str, timeout: float = 15, **fields: Any) -> dict[str, Any]:
        return self.ask({"command": name, **fields}, timeout)

    def ask(self, payload: object, timeout: float = 15) -> dict[str, Any]:
        """Emit `command` with whatever payload; returns the acknowledgement."""
        answer = self._run(self._client.call("command", payload, timeout=timeout), timeout + 5)
        return cast(dict[str, Any], answer)

    def _run(self, work: Coroutine[Any, Any, T], timeout: float) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def end(self) -> None:
        if self._thread.is_alive():
            self._run(self._hang_up(), 15)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(15)
        self._loop.close()

    async def _hang_up(self) -> None:
        await self._client.disconnect()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
