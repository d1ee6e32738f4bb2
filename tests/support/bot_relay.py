"""A small real relay for the bot's own tests: keeps what `/bot` brings, acknowledges as told, drops the line when told.

Run as a process (`python -m tests.support.bot_relay PORT FILE`), so that it can be killed like the real one. Every
event that it acknowledges is a line in FILE first.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import socketio
from aiohttp import web

DURABLE = ("trade_executed", "status_change", "alert")


class BotRelay:
    """Drops the connection at every `drop_after`th durable event, unacknowledged; refuses the ids in `refuse`."""

    def __init__(
        self,
        file: Path,
        *,
        drop_after: int = 0,
        refuse: tuple[str, ...] = (),
        token: str = "t",
        deaf_connections: int = 0,
    ) -> None:
        """The first `deaf_connections` are never answered anything."""
        self._file = file
        self._drop_after = drop_after
        self._refuse = refuse
        self._token = token
        self._count = 0
        self.server: Any = socketio.AsyncServer(async_mode="aiohttp", namespaces=["/bot"])
        self.server.on("connect", self._connect, namespace="/bot")
        self.server.on("*", self._event, namespace="/bot")
        self.app = web.Application()
        self.server.attach(self.app)
        self.app.router.add_post("/command", self._command)
        self.app.router.add_post("/drop", self._drop)
        self._deaf_connections = deaf_connections
        self.connections = 0
        self.refusals = 0
        self.kept = 0
        self._sid: str | None = None

    async def _connect(self, sid: str, _environ: dict[str, Any], auth: Any = None) -> None:
        if not isinstance(auth, dict) or auth.get("token") != self._token:
            self.refusals += 1
            raise socketio.exceptions.ConnectionRefusedError("The bot's token is wrong.")
        self._sid = sid
        self.connections += 1
        self._write("connect", auth)

    async def _event(self, event: str, sid: str, data: Any = None) -> dict[str, Any]:
        if self.connections <= self._deaf_connections:
            await asyncio.Event().wait()
        if event in DURABLE:
            self._count += 1
            if self._drop_after and self._count % self._drop_after == 0:
                await self.server.disconnect(sid, namespace="/bot")
                return {"ok": False, "error": "never sent"}
            if data["id"] in self._refuse:
                return {"ok": False, "error": f"{event}.id: is refused"}
        self._write(event, data)
        self.kept += event in DURABLE
        return {"ok": True}

    def _write(self, event: str, data: Any) -> None:
        with self._file.open("a") as file:
            file.write(json.dumps([event, data]) + "\n")

    async def _command(self, request: web.Request) -> web.Response:
        return web.json_response(await self.ask(await request.json()))

    async def ask(self, command: Any) -> Any:
        """Send the bot a command and wait for its answer."""
        return await self.server.call("command", command, to=self._sid, namespace="/bot", timeout=10)

    async def tell(self, command: Any) -> None:
        """Send the bot a command, of which no answer is waited for."""
        await self.server.emit("command", command, to=self._sid, namespace="/bot")

    async def _drop(self, _request: web.Request) -> web.Response:
        await self.server.disconnect(self._sid, namespace="/bot")
        return web.json_response({})

    async def serve(self, port: int) -> web.AppRunner:
        """Listen; the caller cleans the runner up."""
        runner = web.AppRunner(self.app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return runner


async def _main(port: int, file: Path, drop_after: int) -> None:
    await BotRelay(file, drop_after=drop_after).serve(port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0))
