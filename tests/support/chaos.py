"""A bad line between a browser and the relay: drops, repeats and delays frames, cuts, freezes.

It understands HTTP enough to see an upgrade and WebSocket enough to see whole messages, so that a fault hits one
message of the page's line and never half of one. What it may touch are the events of `/page`; the handshake and
the pings pass, as they do on a line where only some packets are late.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.support.frames import Frame, read_frame

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How bad the line is: probabilities per message, and the longest delay in seconds."""

    drop: float = 0.0
    repeat: float = 0.0
    delay_s: float = 0.0


@dataclass(slots=True)
class Counts:
    """What the line did, so that a test can tell that it did anything."""

    connections: int = 0
    passed: int = 0
    dropped: int = 0
    repeated: int = 0
    cuts: int = 0


class ChaosLine:
    """Listens on a port of its own and passes everything on to `target_port`; runs in a thread of its own."""

    def __init__(self, target_port: int, *, seed: int = 1, faults: Faults | None = None) -> None:
        self.target_port = target_port
        self.faults = faults or Faults()
        self.counts = Counts()
        self.port = 0
        self._random = random.Random(seed)
        self._open: set[asyncio.StreamWriter] = set()
        self._sockets: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thaw = asyncio.Event()
        self._thaw.set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> ChaosLine:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        """Break every open WebSocket at once, with no goodbye."""
        self._run(self._cut(self._sockets))
        self.counts.cuts += 1

    def freeze(self) -> None:
        """Nothing moves in either direction any more, and nobody is told."""
        self._loop.call_soon_threadsafe(self._thaw.clear)

    def thaw(self) -> None:
        self._loop.call_soon_threadsafe(self._thaw.set)

    def refuse(self) -> None:
        """Stop listening and break what is open: the relay cannot be reached."""
        self._run(self._refuse())

    def accept_again(self) -> None:
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", self.port))

    @property
    def open_sockets(self) -> int:
        """WebSockets open now; each stands in the set twice, once for each end."""
        return len(self._sockets) // 2

    def end(self) -> None:
        self._run(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _refuse(self) -> None:
        self._server.close()
        await self._cut(self._open)

    async def _cut(self, writers: set[asyncio.StreamWriter]) -> None:
        for writer in list(writers):
            self._sockets.discard(writer)
            writer.transport.abort()

    async def _finish(self) -> None:
        self._server.close()
        self._thaw.set()
        await self._cut(self._open)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
            self._open |= {writer, far_writer}
            try:
                await self._join(head, (reader, writer), (far_reader, far_writer))
            finally:
                for end in (writer, far_writer):
                    self._open.discard(end)
                    self._sockets.discard(end)
                    end.transport.abort()

    async def _join(
        self,
        head: bytes,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        upgrade = b"upgrade: websocket" in head.lower()
        far[1].write(_without_extensions(head) if upgrade else head)
        if upgrade:
            self.counts.connections += 1
            self._sockets |= {near[1], far[1]}
            near[1].write(await far[0].readuntil(b"\r\n\r\n"))
        move = self._move_frames if upgrade else self._move_bytes
        directions = [asyncio.ensure_future(move(near[0], far[1])), asyncio.ensure_future(move(far[0], near[1]))]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    async def _move_bytes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._thaw.wait()
            writer.write(data)
            await writer.drain()

    async def _move_frames(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            frame = await read_frame(reader)
            await self._thaw.wait()
            for _ in range(await self._copies(frame)):
                writer.write(frame.raw)
            await writer.drain()

    async def _copies(self, frame: Frame) -> int:
        """How often this frame is passed on; waits out its delay, which holds up those behind it too."""
        if not frame.is_page_event:
            return 1
        if self.faults.delay_s:
            await asyncio.sleep(self._random.uniform(0, self.faults.delay_s))
        lot = self._random.random()
        if lot < self.faults.drop:
            self.counts.dropped += 1
            return 0
        self.counts.passed += 1
        if lot < self.faults.drop + self.faults.repeat:
            self.counts.repeated += 1
            return 2
        return 1


def _without_extensions(head: bytes) -> bytes:
    """The same request without the offer to compress: a compressed message could not be read here."""
    lines = head.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(b"sec-websocket-extensions:"))
