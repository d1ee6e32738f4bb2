"""WebSocket frames as they lie on the wire (RFC 6455, section 5.2)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

TEXT = 0x1
PAGE_EVENT = b"42/page,"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its raw bytes, to be passed on as they are, and its text unmasked, to be looked at."""

    raw: bytes
    opcode: int
    payload: bytes

    @property
    def is_page_event(self) -> bool:
        return self.opcode == TEXT and self.payload.startswith(PAGE_EVENT)


async def read_frame(reader: asyncio.StreamReader) -> Frame:
    """Raises `asyncio.IncompleteReadError` when the other end is gone."""
    head = await reader.readexactly(2)
    size = head[1] & 0x7F
    extended = await reader.readexactly({126: 2, 127: 8}.get(size, 0))
    if extended:
        size = int.from_bytes(extended, "big")
    mask = await reader.readexactly(4) if head[1] & 0x80 else b""
    body = await reader.readexactly(size)
    return Frame(head + extended + mask + body, head[0] & 0x0F, _unmask(body, mask))


def _unmask(body: bytes, mask: bytes) -> bytes:
    if not mask:
        return body
    key = (mask * (len(body) // 4 + 1))[: len(body)]
    return (int.from_bytes(body, "big") ^ int.from_bytes(key, "big")).to_bytes(len(body), "big")
