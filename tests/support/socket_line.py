"""One raw Engine.IO connection as somebody with or without a cookie: joins a namespace, sends, hears, is cut off."""

from __future__ import annotations

import contextlib
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import websocket

from tests.support.waiting import eventually


class SocketLine:
    """Raises nothing for a refusal: `join` says what the relay answered. `trusts` is a server's own certificate."""

    def __init__(
        self,
        url: str,
        *,
        cookie: str | None = None,
        origin: str | None = None,
        host: str | None = None,
        trusts: Path | None = None,
    ) -> None:
        tls = {"context": ssl.create_default_context(cafile=trusts)} if trusts else None
        address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
        self._socket = websocket.create_connection(
            address, timeout=10, cookie=cookie, origin=origin, host=host, suppress_origin=origin is None, sslopt=tls
        )
        assert self.receive().startswith("0")

    @property
    def local_port(self) -> int:
        assert self._socket.sock is not None, "it is closed"
        return int(self._socket.sock.getsockname()[1])

    def send(self, text: str) -> None:
        self._socket.send(text)

    def receive(self, timeout: float = 10) -> str:
        self._socket.settimeout(timeout)
        text = self._socket.recv()
        return text if isinstance(text, str) else text.decode()

    def join(self, namespace: str, auth: object = None) -> str:
        """The answer: `40...` lets in, `44...` does not."""
        self.send(f"40{_prefix(namespace)}{json.dumps({} if auth is None else auth)}")
        return self.receive()

    def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """The acknowledgement of a command on `/`."""
        return self.ask_event("command", command)

    def ask_event(self, *event: Any) -> dict[str, Any]:
        """The acknowledgement of any event on `/`, its name first."""
        self.send(f"427{json.dumps(event)}")
        return dict(json.loads(self._next("437"))[0])

    def call_as_bot(self, event: str, data: Any) -> dict[str, Any]:
        """The acknowledgement of what a bot says on `/bot`."""
        self.emit_as_bot(event, data, "9")
        return dict(json.loads(self._next("43/bot,9"))[0])

    def emit_as_bot(self, event: str, data: Any, number: str = "") -> None:
        """The same without waiting for one."""
        self.send(f"42/bot,{number}{json.dumps([event, data])}")

    def send_in_bytes(self, name: str) -> None:
        """A command on `/` whose name comes as bytes, as it can in Socket.IO."""
        self.send('451-["command",{"command":{"_placeholder":true,"num":0}}]')
        self._socket.send_binary(name.encode())

    def ask_as_page(self, command: dict[str, Any]) -> dict[str, Any]:
        """The outcome of a command on `/page`, whose frames are acknowledged meanwhile."""
        self.send(f"42/page,{json.dumps(['sync', {'commands': [command]}])}")
        while True:
            frame = json.loads(self._next("42/page,"))[1]
            self.send(f"42/page,{json.dumps(['sync', {'ack': frame['n']}])}")
            for outcome in frame.get("outcomes", ()):
                if outcome["id"] == command["id"]:
                    return dict(outcome)

    def hears_nothing(self, seconds: float) -> bool:
        try:
            heard = self.receive(seconds)
        except websocket.WebSocketTimeoutException:
            return True
        raise AssertionError(f"heard {heard}")

    def seconds_until_cut(self, timeout: float = 10) -> float:
        """How long the relay keeps the line; what comes on it is left out."""
        began = time.monotonic()
        eventually(self._is_cut, timeout, what="the line was not cut", interval=0)
        return time.monotonic() - began

    def _is_cut(self) -> bool:
        try:
            return self.receive(0.2) == ""
        except websocket.WebSocketTimeoutException:
            return False
        except (websocket.WebSocketConnectionClosedException, OSError):
            return True

    def _next(self, start: str) -> str:
        while True:
            text = self.receive()
            if text == "2":
                self.send("3")
            elif text.startswith(start):
                return text.removeprefix(start)

    def close(self) -> None:
        self._socket.shutdown()


@contextlib.contextmanager
def socket_line(url: str, **options: Any) -> Iterator[SocketLine]:
    """Closed at the end."""
    line = SocketLine(url, **options)
    try:
        yield line
    finally:
        line.close()


def _prefix(namespace: str) -> str:
    return "" if namespace == "/" else f"{namespace},"
