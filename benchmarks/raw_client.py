"""One raw Engine.IO client as an asyncio protocol: as little work a message as there can be.

Five hundred of them share one process with one core, so nothing is parsed that is not looked at.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PRICE = re.compile(rb'"price":"(\d{10,}\.\d+)"')
FRAME = re.compile(rb'42/page,\["frame",\{"n":(\d+)')
NO_MASK = b"\0\0\0\0"
"""A mask of nothing but zeros is a valid one, and leaves the payload as it is."""


def client_frame(text: bytes) -> bytes:
    size = len(text)
    head = bytes((0x81, 0x80 | size)) if size < 126 else bytes((0x81, 0xFE)) + size.to_bytes(2, "big")
    return head + NO_MASK + text


class RawClient(asyncio.Protocol):
    """Connects to one namespace and notes when each price stamp arrived; acknowledges frames on `/page`."""

    def __init__(self, host: bytes, connect: bytes, on_ready: Callable[[], None], *, reads: bool = True) -> None:
        self.arrivals: list[tuple[float, float]] = []
        self.closed = False
        self._host = host
        self._connect = connect
        self._on_ready = on_ready
        self._reads = reads
        self._buffer = bytearray()
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(HANDSHAKE % self._host)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True

    def data_received(self, data: bytes) -> None:
        now = time.time() * 1000
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert self._buffer.startswith(b"HTTP/1.1 101"), bytes(self._buffer[:200])
            del self._buffer[: end + 4]
            self._upgraded = True
        while (text := self._next_message()) is not None:
            self._on_text(text, now)

    def _next_message(self) -> bytes | None:
        """The next whole message in the buffer; a server's frames are neither masked nor split."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return None
        text = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return text

    def _on_text(self, text: bytes, now: float) -> None:
        if text.startswith(b"42"):
            self.arrivals.extend((float(stamp), now) for stamp in PRICE.findall(text))
            frame = FRAME.match(text)
            if frame is not None:
                self._say(b'42/page,["sync",{"ack":%s}]' % frame[1])
        elif text == b"2":
            self._say(b"3")
        elif text.startswith(b"0"):
            self._say(self._connect)
        elif text.startswith(b"40"):
            self._on_ready()
            if not self._reads:
                self._transport.pause_reading()
        else:
            assert not text.startswith(b"44"), text

    def _say(self, text: bytes) -> None:
        self._transport.write(client_frame(text))

    def close(self) -> None:
        self._transport.abort()
