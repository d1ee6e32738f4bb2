"""A line as slow as a phone's, between a browser and the relay; it counts what goes over it.

Chromium's own throttling leaves out WebSockets and service workers. This one is below all of them: a rate that
connections share, a round trip for each connection that is opened and for each answer. It has no slow start and loses
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading

CHUNK = 4_096


class SlowLine:
    """Listens on a port of its own; runs in a thread of its own."""

    def __init__(self, target_port: int, *, bits_per_s: float = 0, round_trip_s: float = 0) -> None:
        self.received = 0
        self.port = 0
        self._target_port = target_port
        self._chunk_s = CHUNK * 8 / bits_per_s if bits_per_s else 0.0
        self._half_trip_s = round_trip_s / 2
        self._free_at = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> SlowLine:
        self._thread.start()
        listening = asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _finish(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # asyncio would print it as an error of its callback
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * self._half_trip_s)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            await asyncio.gather(self._up(reader, far_writer), self._down(far_reader, writer))
        finally:
            writer.close()
            far_writer.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                self._loop.call_later(self._half_trip_s, writer.write, data)
            self._loop.call_later(self._half_trip_s, writer.close)

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each chunk takes its turn on the line, so connections share it evenly."""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                self.received += len(data)
                self._free_at = max(self._loop.time(), self._free_at) + self._chunk_s * len(data) / CHUNK
                await asyncio.sleep(self._free_at - self._loop.time())
                self._loop.call_later(self._half_trip_s, writer.write, data)
            self._loop.call_later(self._half_trip_s, writer.close)
