"""Where a live bot's lives begin and end: the process that forks them, and what each of them says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

from tests.support.processes import ROOT, clean_environment

ENDS_WITHIN_S = 5.0


class Died(Exception):
    """The bot's process has ended."""


class Nursery:
    """The process that forks the bots. `async with Nursery() as nursery`."""

    async def __aenter__(self) -> Nursery:
        self._process: Process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.killing_bot",
            cwd=ROOT,
            env=clean_environment({}),
            stdin=PIPE,
            stdout=PIPE,
        )
        self._turn = asyncio.Lock()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def ask(self, asked: dict[str, Any]) -> int:
        """A life's pid, or how one ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            answer = await self._process.stdout.readline()
        assert answer, "the process that forks the bots has died"
        return int(answer)


class Life:
    """One process of the bot: what it has reached, how it stands, and how it ended."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self.pid = 0
        self.points: list[str] = []
        self.stands: dict[str, Any] = {}
        self.ended: int | None = None
        self.news = asyncio.Event()
        self._over = asyncio.Event()

    async def ends(self) -> None:
        """Return when it has ended."""
        await self._over.wait()

    async def kill(self) -> None:
        """Leave nothing behind, whatever state it is in."""
        if self.ended is None and self.pid:
            os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(TimeoutError):  # one that died before it could say anything
                async with asyncio.timeout(ENDS_WITHIN_S):
                    await self.ends()

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until it has ended."""
        while line := await reader.readline():
            said = json.loads(line)
            if "point" in said:
                self.points.append(said["point"])
            else:
                self.stands = said["stands"]
            self.news.set()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self.ended = await self._nursery.ask({"wait": self.pid})
        self._over.set()
        self.news.set()
