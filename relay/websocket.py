"""The server's WebSockets made cheaper, for hundreds of pages that acknowledge thirty frames a second.

eventlet's class asks the kernel for each part of a frame, unmasks it byte by byte in Python, and wakes a green thread
for each message in and another for each message out: most of the relay's work (`benchmarks/fanout.py`). Here a frame
that finds nothing before it goes to the kernel at once, and one task reads for all pages (`SharedReader`). Whatever is
not a plain text message is left to eventlet's own code, and so is a connection with TLS of our own: what the kernel has
of it is not what is said.
"""

from __future__ import annotations

import contextlib
import logging
import select
import ssl
import time
from collections.abc import Callable
from queue import Queue
from typing import Any, Protocol

from relay.limits.bucket import Bucket
from relay.limits.lines import PERSON
from relay.websocket_bounds import BoundedWebSocket, bounded_message
from relay.websocket_frames import unmask, whole_texts

READ_SIZE = 16_384
UNCOMPRESSED_LIMIT = 4_096
"""Bytes up to which a frame goes out as it is on a line that could compress it."""
TEXTS_AT_ONCE = 100
"""So many are taken from a page's share at once, which keeps the clock out of the reading of each."""
ENVIRON_KEY = "tapedeck.websocket"
"""Where a connection's WebSocket is found in its WSGI environ."""

Spawn = Callable[..., object]
OnText = Callable[[str], bool]
"""Takes a text message; False leaves it to the WebSocket's own reader."""

log = logging.getLogger("tapedeck.relay")


class BufferedSocket:
    """A socket that reads what has come in at once and hands it out in the parts that are asked for."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.buffer = b""

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; empty when the other side has closed."""
        if not self.buffer:
            self.buffer = self._connection.recv(max(READ_SIZE, size))
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class Poller(Protocol):
    """`select.epoll`, not patched."""

    def fileno(self) -> int: ...
    def register(self, fd: int, eventmask: int) -> None: ...
    def unregister(self, fd: int) -> None: ...
    def poll(self, timeout: float) -> list[tuple[int, int]]: ...


class SharedReader:
    """Reads for every WebSocket that was handed to it, in one task: `run`."""

    def __init__(self, poller: Poller, readable: int) -> None:
        """`poller` is an epoll that the server's own loop can wait for; `readable` its EPOLLIN."""
        self._poller = poller
        self._readable = readable
        self._sockets: dict[int, ImprovedWebSocket] = {}

    def add(self, fd: int, websocket: ImprovedWebSocket) -> None:
        """Read for it from now on."""
        self._sockets[fd] = websocket
        self._poller.register(fd, self._readable)

    def remove(self, fd: int) -> None:
        """No more; call it before the descriptor is closed."""
        if self._sockets.pop(fd, None) is not None:
            with contextlib.suppress(OSError):
                self._poller.unregister(fd)

    def run(self) -> None:
        """Read for ever; runs as a background task."""
        while True:
            self.read(None)

    def read(self, timeout: float | None) -> None:
        """Wait until something has come in, at most `timeout` seconds, and read it."""
        select.select([self._poller], [], [], timeout)  # the patched one: it waits without blocking the server
        for fd, _ in self._poller.poll(0):
            if fd in self._sockets:
                self._read(self._sockets[fd])

    def _read(self, websocket: ImprovedWebSocket) -> None:
        try:
            websocket.read_ready()
        except Exception:  # one page's fault is not the others'
            log.exception("What a page sent could not be handled; its connection is read on its own from here.")
            websocket.give_back()


class ImprovedWebSocket(BoundedWebSocket):
    """What `improved` puts before eventlet's `RFC6455WebSocket`."""

    shared_reader: SharedReader | None
    spawn: Spawn
    monotonic: Callable[[], float]
    socket: Any
    extensions: Any
    websocket_closed: bool
    _sendlock: Any
    _apply_mask = staticmethod(unmask)

    def __init__(self, sock: Any, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(BufferedSocket(sock), environ, *args, **kwargs)
        environ[ENVIRON_KEY] = self
        self._is_encrypted = isinstance(sock, ssl.SSLSocket)
        self._texts_left = TEXTS_AT_ONCE
        self._share = Bucket(PERSON, self.monotonic())
        self._on_text: OnText | None = None
        self._left: Queue[str | None] = Queue()

    @property
    def is_sending(self) -> bool:
        """Is a frame on its way to the kernel, which has no room for all of it?"""
        return bool(self._sendlock.locked())

    def send_now(self, frame: bytes) -> bool:
        """Hand a frame to the kernel if that takes no waiting; False when it has to go the ordinary way."""
        if self._is_encrypted or self.is_sending or self.websocket_closed:
            return False
        if self.extensions and len(frame) > UNCOMPRESSED_LIMIT:
            return False
        try:
            sent = self.socket.fd.send(frame)
        except OSError:
            return False
        if sent < len(frame):
            self._sendlock.acquire()
            self.spawn(self._send_rest, frame[sent:])
        return True

    def _send_rest(self, rest: bytes) -> None:
        try:
            self.socket.sendall(rest)
        except OSError:
            log.debug("A connection ended in the middle of a frame.")
        finally:
            self._sendlock.release()

    def read_with(self, on_text: OnText) -> None:
        """Let the shared reader read, `on_text` being the first to see what comes."""
        if self._is_encrypted:
            return
        if self.shared_reader is not None and self._on_text is None and not self.socket.buffer:
            self._on_text = on_text
            self.shared_reader.add(self.socket.fileno(), self)

    def read_ready(self) -> None:
        """Something has come in: take the plain texts, and give the line back where there is anything else.

        A page that sends more than its share is read on its own from there, as slowly as everybody else.
        """
        try:
            data = self.socket.fd.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        texts, rest = whole_texts(data)
        for text in texts:
            if self._on_text is None or not self._on_text(text):
                self._left.put(text)
        self._texts_left -= len(texts)
        if rest or not data or (self._texts_left < 0 and not self._may_go_on()):
            self.give_back(rest)

    def _may_go_on(self) -> bool:
        taken = TEXTS_AT_ONCE - self._texts_left
        self._texts_left = TEXTS_AT_ONCE
        return self._share.take(self.monotonic(), taken)

    def give_back(self, rest: bytes = b"") -> None:
        """Read for itself again, `rest` first."""
        if self._on_text is not None and self.shared_reader is not None:
            self._on_text = None
            self.shared_reader.remove(self.socket.fileno())
            self.socket.buffer = rest
            self._left.put(None)

    def wait(self) -> Any:
        """The next message, None at the end; of those that the shared reader took only what was left."""
        if self._on_text is not None or not self._left.empty():
            text = self._left.get()
            if text is not None:
                return text
        return super().wait()  # type: ignore[misc]

    def close(self, close_data: Any = None) -> None:
        """Close it, after nobody else reads from it."""
        self.give_back()
        super().close(close_data)


def improved(
    websocket_class: type,
    shared_reader: SharedReader | None,
    spawn: Spawn,
    *,
    sleep: Callable[[float], object] = time.sleep,
    count: Callable[[str], object] = lambda why: None,
    refusal: type[Exception] = ValueError,
) -> type:
    """A subclass of eventlet's `RFC6455WebSocket`; without a reader each connection reads for itself.

    `sleep` is the server's own, `count` is told why a connection was refused, and `refusal` is what eventlet raises to
    close one with a code and a sentence.
    """
    tasks: dict[str, Callable[..., object]] = {
        "spawn": spawn,
        "sleep": sleep,
        "count": count,
        "monotonic": time.monotonic,
    }
    parts: dict[str, Any] = {name: staticmethod(task) for name, task in tasks.items()}
    if hasattr(websocket_class, "Message"):
        parts["Message"] = bounded_message(websocket_class.Message, refusal)
    parts["shared_reader"] = shared_reader
    return type(websocket_class.__name__, (ImprovedWebSocket, websocket_class), parts)
