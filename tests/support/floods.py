"""Attackers in a process of their own: `python -m tests.support.floods <kind> <port> <count>`.

Says `ready` when all of them are at work, and goes on until it is ended. One that is cut off comes again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
import zlib
from collections.abc import Awaitable, Callable

HOST = "127.0.0.1"
UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
LOGIN = (
    b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: %d\r\n\r\n"
)
TRIES = 250
COOKIE_VARIABLE = "FLOOD_COOKIE"
"""The session of an attacker who is logged in, as a viewer or as one who stole it."""
TEXT, BINARY, PING = 0x81, 0x82, 0x89
FIRST_PIECE, NEXT_PIECE, COMPRESSED = 0x01, 0x00, 0xC1
SLOW_S = 1.0
PAUSE_S = 0.05

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def frame(payload: bytes, head: int = TEXT) -> bytes:
    """Masked with zeros, which leaves the payload as it is."""
    size = len(payload)
    if size < 126:
        length = bytes((0x80 | size,))
    elif size < 65_536:
        length = b"\xfe" + struct.pack("!H", size)
    else:
        length = b"\xff" + struct.pack("!Q", size)
    return bytes((head,)) + length + b"\0\0\0\0" + payload


def bomb() -> bytes:
    """Ten megabytes of one letter, in ten kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(b"4" * 10_000_000) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


async def connect(port: int) -> Streams:
    return await asyncio.open_connection(HOST, port)


async def upgraded(port: int, extra: bytes = b"", *, joins: bool = True) -> Streams:
    """A WebSocket, connected to `/page` where `joins` is set and somebody is logged in."""
    reader, writer = await connect(port)
    cookie = os.environ.get(COOKIE_VARIABLE, "")
    writer.write(UPGRADE + (f"Cookie: {cookie}\r\n".encode() if cookie else b"") + extra + b"\r\n")
    await reader.readuntil(b"\r\n\r\n")
    if joins and cookie:
        writer.write(frame(b'40/page,{"tape":null,"seq":0}'))
    return reader, writer


async def until_closed(streams: Streams, write: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
    """Write without end, throwing away what comes back."""
    reader, writer = streams

    async def throw_away() -> None:
        while await reader.read(65_536):
            pass

    reading = asyncio.create_task(throw_away())
    try:
        while not reading.done():
            await write(writer)
            await writer.drain()
    finally:
        reading.cancel()
        writer.close()


def repeats(data: bytes, pause_s: float = 0.0) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await asyncio.sleep(pause_s)

    return write


async def slow_headers(port: int) -> None:
    streams = await connect(port)
    streams[1].write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    await until_closed(streams, repeats(b"x", SLOW_S))


async def crowd(port: int) -> None:
    """Takes a place, and a second after it lost that the next one."""
    try:
        await until_closed(await connect(port), repeats(b"", SLOW_S))
    finally:
        await asyncio.sleep(SLOW_S)


async def slow_body(port: int) -> None:
    streams = await connect(port)
    streams[1].write(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n")
    await until_closed(streams, repeats(b"x", SLOW_S))


async def never_reads(port: int) -> None:
    """Asks for pages and takes none of them."""
    _, writer = await connect(port)
    with contextlib.closing(writer):
        for _ in range(2_000):
            writer.write(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await writer.wait_closed()


async def idle(port: int) -> None:
    """Opens a WebSocket and says nothing."""
    await until_closed(await upgraded(port, joins=False), repeats(b"", SLOW_S))


async def oversize(port: int) -> None:
    await until_closed(await upgraded(port), repeats(frame(b"4" * 3_000_000), PAUSE_S))


async def fragments(port: int) -> None:
    """One message that never ends."""
    streams = await upgraded(port)
    streams[1].write(frame(b"42", FIRST_PIECE))
    await until_closed(streams, repeats(frame(b"x" * 10_000, NEXT_PIECE)))


async def empty_fragments(port: int) -> None:
    streams = await upgraded(port)
    streams[1].write(frame(b"42", FIRST_PIECE))
    await until_closed(streams, repeats(frame(b"", NEXT_PIECE) * 1_000))


async def bombs(port: int) -> None:
    await until_closed(await upgraded(port, DEFLATE), repeats(frame(BOMB, COMPRESSED), PAUSE_S))


async def binary(port: int) -> None:
    await until_closed(await upgraded(port), repeats(frame(b"\x00\xff" * 20, BINARY) * 500))


async def attachments(port: int) -> None:
    """Announces a million attachments and sends them."""
    streams = await upgraded(port)
    streams[1].write(frame(b'451000000-/page,["sync",{"_placeholder":true,"num":0}]'))
    await until_closed(streams, repeats(frame(b"\0" * 10_000, BINARY)))


async def malformed(port: int) -> None:
    junk = b"".join(map(frame, (b"42/page,", b"4[[[", b"42/page,[1]", b"2nonsense", b"49", b"\x7f")))
    await until_closed(await upgraded(port), repeats(junk * 200))


async def nested(port: int) -> None:
    deep = b"".join(frame(kind + b"[" * 5_000) for kind in (b'42/page,["sync",', b"42", b"40/page,"))
    await until_closed(await upgraded(port), repeats(deep))


async def pings(port: int) -> None:
    await until_closed(await upgraded(port), repeats(frame(b"", PING) * 1_000))


async def syncs(port: int) -> None:
    """Acknowledges what was never sent, as fast as the line takes it."""
    await until_closed(await upgraded(port), repeats(frame(b'42/page,["sync",{"ack":1}]') * 500))


async def requests(port: int) -> None:
    ask = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    await until_closed(await connect(port), repeats(ask * 20))


async def logins(port: int) -> None:
    """Tries a password after the other, 250 of them one behind the other in the line, with a form that is right."""
    reader, writer = await connect(port)
    writer.write(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    page = await reader.readuntil(b"</html>")
    cookie = page.partition(b"Set-Cookie: ")[2].partition(b";")[0]
    token = page.partition(b'name="csrf_token" value="')[2].partition(b'"')[0]
    for number in range(TRIES):
        form = b"csrf_token=" + token + b"&password=guess-" + str(number).encode()
        writer.write(LOGIN % (cookie, len(form)) + form)
    await until_closed((reader, writer), repeats(b"", SLOW_S))


BOMB = bomb()
KINDS = {
    kind.__name__: kind
    for kind in (
        slow_headers, slow_body, never_reads, idle, oversize, fragments, empty_fragments, bombs, binary, attachments,
        malformed, nested, pings, syncs, requests, logins,
        crowd,
    )
}  # fmt: skip


async def again_and_again(kind: Callable[[int], Awaitable[None]], port: int) -> None:
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await kind(port)
        await asyncio.sleep(PAUSE_S)


async def flood(name: str, port: int, count: int) -> None:
    attackers = [asyncio.create_task(again_and_again(KINDS[name], port)) for _ in range(count)]
    await asyncio.sleep(0)
    print("ready", flush=True)
    await asyncio.gather(*attackers)


if __name__ == "__main__":
    asyncio.run(flood(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
