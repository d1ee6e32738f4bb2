"""A Socket.IO client on `/` that keeps what it hears."""

from __future__ import annotations

from typing import Any, cast

import socketio

from tests.support.hanging_up import hang_up
from tests.support.relay import API_TOKEN

Envelope = dict[str, Any]


class Listener:
    """Any Socket.IO client: a script, a phone, a wall display."""

    def __init__(self, url: str, *, token: str = API_TOKEN) -> None:
        self.url = url
        self.auth = {"token": token}
        self.heard: list[Envelope] = []
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", self._on_any, namespace="/")

    def _on_any(self, event: str, envelope: Envelope) -> None:
        assert envelope["type"] == event, f"{event} carries {envelope}"
        self.heard.append(envelope)

    def connect(self) -> Listener:
        self.client.connect(self.url, auth=self.auth, namespaces=["/"], transports=["websocket"], wait_timeout=10)
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
        answer = self.client.call("command", {"command": name, **fields}, namespace="/", timeout=timeout)
        return cast(dict[str, Any], answer)

    def end(self) -> None:
        hang_up(self.client)
