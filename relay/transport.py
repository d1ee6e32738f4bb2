"""The one place that touches Engine.IO below Flask-SocketIO: raw packets, queue lengths, dropping a client, tasks.

A broadcast through Socket.IO never looks at a client's queue; here one packet, encoded once, goes to all, and a queue's
length is known.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Protocol

from engineio.packet import CLOSE, MESSAGE, Packet
from flask_socketio import SocketIO

from relay.websocket import ENVIRON_KEY, ImprovedWebSocket, OnText
from relay.websocket_frames import text_frame
from relay.websocket_lines import Environ, Opened, WebSocketLines


class SharedPacket(Packet):  # type: ignore[misc]  # engineio ships no types
    """One Socket.IO message as text, encoded once for all that it is sent to."""

    def __init__(self, text: str) -> None:
        super().__init__(MESSAGE, data=text)

    @cached_property
    def frame(self) -> bytes:
        """As it lies on a WebSocket."""
        return text_frame(self.encode())


def end_on_nonsense() -> None:
    """Let what is no Engine.IO packet end its connection; Engine.IO itself loses its way, and keeps half of it.

    In every mode and for polling too; for the whole process.
    """
    Packet.decode = _decode


_engineio_decode = Packet.decode


def _decode(packet: Packet, encoded: object) -> None:
    try:
        _engineio_decode(packet, encoded)
    except (ValueError, TypeError, IndexError, RecursionError):
        packet.packet_type, packet.data, packet.binary = CLOSE, None, False


class Event(Protocol):
    """A threading.Event of the server's own kind of thread."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def wait(self, timeout: float | None = None) -> bool: ...
    def is_set(self) -> bool: ...


class Transport:
    """Engine.IO by session id; the same under eventlet and threads."""

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio
        self._eio = socketio.server.eio
        end_on_nonsense()
        if socketio.async_mode == "threading":
            self._bound_messages()
        self.websockets = WebSocketLines()
        self._eio._async = self.websockets.watch(self._eio._async)

    def _bound_messages(self) -> None:
        """Of many frames too, which Engine.IO would look at when they are all there; eventlet has its own bounds."""
        ways = self._eio._async
        websocket: Any = ways["websocket"]

        class Quiet(websocket):  # type: ignore[misc]  # simple-websocket's, in Engine.IO's wrapping
            def close(self) -> None:
                """A line that is shut cannot be told that it is closed; nobody waits for it."""
                with contextlib.suppress(OSError):
                    super().close()

        bounded = partial(Quiet, max_message_size=self._eio.max_http_buffer_size)
        self._eio._async = {**ways, "websocket": bounded}

    def send(self, eio_sid: str, packet: SharedPacket) -> None:
        """Hand it to the kernel where nothing waits before it, else queue it; a client that is gone is left out."""
        client = self._eio.sockets.get(eio_sid)
        if client is None or client.closed or not client.check_ping_timeout():
            return
        websocket = self._websocket_in_use(eio_sid)
        if websocket is None or not client.queue.empty() or not websocket.send_now(packet.frame):
            client.queue.put(packet)

    def backlog(self, eio_sid: str) -> int:
        """Packets that the client has not taken yet."""
        client = self._eio.sockets.get(eio_sid)
        if client is None:
            return 0
        websocket = self._websocket_in_use(eio_sid)
        return int(client.queue.qsize()) + int(websocket is not None and websocket.is_sending)

    def backlog_bytes(self, eio_sid: str) -> int:
        """How long the texts are that wait in its queue."""
        client = self._eio.sockets.get(eio_sid)
        waiting = list(client.queue.queue) if client is not None else []
        return sum(len(packet.data) for packet in waiting if packet is not None and isinstance(packet.data, str))

    def listen(self, eio_sid: str, on_text: OnText) -> None:
        """Let `on_text` see a client's messages before Engine.IO does, where the server's WebSockets can."""
        websocket = self._websocket_in_use(eio_sid)
        if websocket is not None:
            websocket.read_with(on_text)

    def is_open(self, eio_sid: str) -> bool:
        """Is that client connected?"""
        client = self._eio.sockets.get(eio_sid)
        return client is not None and not client.closed

    def open_lines(self) -> list[str]:
        """All clients, whether a namespace has let them in or not."""
        return list(self._eio.sockets)

    def trust(self, eio_sid: str, frames_a_turn: int) -> None:
        """A namespace has let it in: its messages may be long, and so many are taken before others have their turn."""
        websocket = self._websocket(eio_sid)
        if websocket is not None:
            websocket.trust(frames_a_turn)

    def watch_websockets(self, on_open: Opened) -> None:
        """Tell of each WebSocket that is opened, whether its client comes by it or has polled before."""
        self.websockets.tell(on_open)

    def environ_of(self, eio_sid: str) -> Environ | None:
        """The request by which the client's WebSocket came; None while it polls."""
        return self.websockets.of(eio_sid)

    def _websocket(self, eio_sid: str) -> ImprovedWebSocket | None:
        found: ImprovedWebSocket | None = (self.websockets.of(eio_sid) or {}).get(ENVIRON_KEY)
        return found

    def _websocket_in_use(self, eio_sid: str) -> ImprovedWebSocket | None:
        """None too while a client is about to change over: it does not read there yet."""
        client = self._eio.sockets.get(eio_sid)
        return self._websocket(eio_sid) if client is not None and client.upgraded else None

    def drop(self, eio_sid: str) -> None:
        """End a client that does not read, without waiting for it: its socket is shut, its queue forgotten.

        One that polls is told so by its next request; its connection may be a proxy's, for everybody.
        """
        environ = self.websockets.of(eio_sid)
        client = self._eio.sockets.pop(eio_sid, None)
        if client is not None:
            client.close(wait=False, abort=True)
        connection = _connection(environ) if environ is not None else None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def event(self) -> Event:
        """An event that waits without blocking the server."""
        event: Event = self._eio.create_event()
        return event

    def spawn(self, task: Callable[..., Any], *args: Any) -> None:
        """Run a task beside the others."""
        self._socketio.start_background_task(task, *args)

    def sleep(self, seconds: float) -> None:
        """Let the others run for so long."""
        self._socketio.sleep(seconds)


def _connection(environ: dict[str, Any]) -> socket.socket | None:
    if "eventlet.input" in environ:
        found: socket.socket = environ["eventlet.input"].get_socket()
        return found
    return environ.get("werkzeug.socket")
