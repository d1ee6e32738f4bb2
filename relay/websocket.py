"""Cheaper reading for the server's WebSockets.

eventlet's class asks the kernel for each part of a frame and unmasks it byte by byte in Python; for hundreds of pages
that acknowledge thirty frames a second this was most of the relay's work (`benchmarks/fanout.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

READ_SIZE = 16_384


def unmask(data: bytes, mask: Sequence[int], length: int | None = None, offset: int = 0) -> bytes:
    """XOR `data` with the four bytes of `mask`, begun at `offset` (RFC 6455, section 5.3)."""
    size = len(data) if length is None else length
    start = offset % 4
    key = (bytes(mask[start:]) + bytes(mask[:start])) * (size // 4 + 1)
    return (int.from_bytes(data[:size], "big") ^ int.from_bytes(key[:size], "big")).to_bytes(size, "big")


class BufferedSocket:
    """A socket that reads what has come in at once and hands it out in the parts that are asked for."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._buffer = b""

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; empty when the other side has closed."""
        if not self._buffer:
            self._buffer = self._connection.recv(max(READ_SIZE, size))
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def buffered(websocket_class: Any) -> Any:
    """A subclass of eventlet's `RFC6455WebSocket` that reads ahead and unmasks in one step."""

    class BufferedWebSocket(websocket_class):  # type: ignore[misc]  # eventlet ships no types
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(BufferedSocket(sock), *args, **kwargs)

        _apply_mask = staticmethod(unmask)

    return BufferedWebSocket
