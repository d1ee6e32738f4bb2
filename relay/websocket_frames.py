"""WebSocket frames as they lie on the line (RFC 6455, section 5.2): those that need no thought, in one step each."""

from __future__ import annotations

from collections.abc import Sequence


def text_frame(text: str) -> bytes:
    """`text` as one frame from a server (RFC 6455, section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def whole_texts(data: bytes) -> tuple[list[str], bytes]:
    """The texts of the whole, masked, unfragmented, uncompressed text frames that `data` begins with, and the rest."""
    texts: list[str] = []
    start = 0
    while len(data) - start >= 6 and data[start] == 0x81 and data[start + 1] & 0x80:
        size, head = data[start + 1] & 0x7F, start + 2
        if size == 127:
            break
        if size == 126:
            size, head = int.from_bytes(data[head : head + 2], "big"), head + 2
        end = head + 4 + size
        if end > len(data):
            break
        try:
            texts.append(unmask(data[head + 4 : end], data[head : head + 4]).decode())
        except UnicodeDecodeError:
            break
        start = end
    return texts, data[start:]


def unmask(data: bytes, mask: Sequence[int], length: int | None = None, offset: int = 0) -> bytes:
    """XOR `data` with the four bytes of `mask`, begun at `offset` (RFC 6455, section 5.3)."""
    size = len(data) if length is None else length
    start = offset % 4
    key = (bytes(mask[start:]) + bytes(mask[:start])) * (size // 4 + 1)
    return (int.from_bytes(data[:size], "big") ^ int.from_bytes(key[:size], "big")).to_bytes(size, "big")
