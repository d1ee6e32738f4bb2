"""The line to the relay's `/bot`. Trading never waits for it.

Durable events come from the outbox, in order, many in flight, until each is acknowledged; prices and the like go at
once or not at all.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from bot.events import EVENT_OF, TYPE_OF, Candle, Log, Message, to_wire
from bot.shell.backoff import REFUSAL, backoff
from bot.shell.delivery import Delivery, Outbox, acknowledger

NAMESPACE = "/bot"
TRANSIENT_LIMIT = 1_000
"""Messages that wait for the line's writer; at the limit the oldest go, they are stale by then."""
UNSAID_LIMIT = 200
"""Lines of the log that wait for a relay that is away; at the limit the oldest go, the bot's own log has them all."""
LINE_LIMIT = 500
"""Packets in the client's own queue at which the writer waits: a slow relay gets fewer prices, not older ones."""
SILENCE_S = 10.0
"""Connected, yet nothing acknowledged for this long: the connection is dead, open another."""
SETTLE_EVERY_S = 0.1
"""How often acknowledged events leave the outbox: many at once, for each time is a write to the disk."""
CONNECT_WITHIN_S = 5.0
STEADY_S = 5.0
"""A connection that held for less starts no new back-off: a relay that throws the bot out must not be hammered."""

CommandHandler = Callable[[object, object, object], Awaitable[dict[str, Any]]]


class Link:
    """Connects, and connects again, for ever. `on_connected` says what a relay must hear first."""

    def __init__(
        self,
        url: str,
        auth: Callable[[], dict[str, str]],
        outbox: Outbox,
        *,
        on_command: CommandHandler,
        on_connected: Callable[[], None],
        log: Callable[[str, str], None],
        random: Callable[[], float],
        trusted: Callable[[], Any] = lambda: True,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        """`trusted` says which certificate of the relay's is taken, as aiohttp's `ssl` does."""
        self._url = url
        self._trusted = trusted
        self._auth = auth
        self._delivery = Delivery(outbox)
        self._on_command = on_command
        self._on_connected = on_connected
        self._log = log
        self._random = random
        self._sleep = sleep
        self._client: Any = None
        self._wake = asyncio.Event()
        self._gone = asyncio.Event()
        self._transient: dict[object, tuple[str, dict[str, Any]]] = {}
        self._unsaid: deque[Log] = deque(maxlen=UNSAID_LIMIT)
        self._heard_at = self._settled_at = 0.0
        self._is_closing = False

    @property
    def connected(self) -> bool:
        """Whether the relay is there now."""
        return self._client is not None

    def wake(self) -> None:
        """The outbox has something new."""
        self._delivery.added()
        self._wake.set()

    def send(self, message: Message) -> None:
        """Send what is not durable: now, or never where the relay is away, but for lines of the log, which wait for it.

        Of prices and the like that wait only the latest goes.
        """
        if self._client is None:
            if isinstance(message, Log):
                self._unsaid.append(message)
            return
        event = EVENT_OF[TYPE_OF[type(message)]]
        key = (event, message.ts) if isinstance(message, Candle) else event if event in _LATEST else object()
        self._transient.pop(key, None)
        self._transient[key] = (event, to_wire(message))
        while len(self._transient) > TRANSIENT_LIMIT:
            del self._transient[next(iter(self._transient))]
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        from aiohttp import ClientSession  # with socketio half a second of imports, while the market is being asked

        pauses, refusals, told = backoff(self._random), REFUSAL.waits(self._random), ""
        async with ClientSession() as session:
            while True:
                fault, is_refused = await self._connect(session)
                if not is_refused:
                    refusals = REFUSAL.waits(self._random)
                if fault is None:
                    told, began = "", _monotonic()
                    await self._serve()
                    if self._is_closing:
                        return
                    self._log("warning", "The relay is gone; trading goes on and events wait in the journal.")
                    if _monotonic() - began > STEADY_S:
                        pauses = backoff(self._random)
                elif fault != told:
                    told = fault
                    self._log("warning", self._why_not(fault, is_refused=is_refused))
                _heed_cancellation()
                await self._sleep(next(refusals if is_refused else pauses))

    def _why_not(self, fault: str, *, is_refused: bool) -> str:
        if is_refused:
            return f"The relay at {self._url} refuses this bot: {fault.rstrip('.')}; trying on, ever less often."
        return f"The relay at {self._url} is not reached ({fault}); trying on."

    async def flush(self, within_s: float) -> None:
        """Give the relay a last chance to take what waits, then close the line."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._client is not None and not self._delivery.is_done():
                    self._wake.set()
                    await asyncio.sleep(0.01)
        self._delivery.settle()
        self._is_closing = True
        if self._client is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._client.disconnect(), 1.0)

    async def _connect(self, session: Any) -> tuple[str | None, bool]:
        """Why not, None where it is connected, and whether it is the relay that said so."""
        client = self._new_client(session)
        refusal: list[object] = []
        client.on("connect_error", refusal.append, namespace=NAMESPACE)
        self._gone.clear()
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await client.connect(
                    self._url,
                    auth=self._auth(),
                    namespaces=[NAMESPACE],
                    transports=["websocket"],
                    wait_timeout=CONNECT_WITHIN_S,
                )
            _heed_cancellation()
        except BaseException as error:  # the client raises whatever its transport does; the answer is to try again
            await _closed(client)
            if not isinstance(error, Exception):
                raise
            said = _refusal_text(refusal)
            return said or str(refusal[0] if refusal else "") or _fault_text(error), said is not None
        self._client = client
        return None, False

    def _new_client(self, session: Any) -> Any:
        from socketio import AsyncClient

        client = AsyncClient(
            reconnection=False,
            handle_sigint=False,
            logger=False,
            engineio_logger=False,
            http_session=session,
            websocket_extra_options={"ssl": self._trusted()},
        )
        client.on("command", self._command, namespace=NAMESPACE)
        client.on("disconnect", self._disconnected, namespace=NAMESPACE)
        return client

    async def _serve(self) -> None:
        self._delivery.restart()
        self._transient = {}
        while self._unsaid:
            self.send(self._unsaid.popleft())
        self._heard_at = self._settled_at = _monotonic()
        self._log("info", f"Connected to the relay at {self._url}.")
        client = self._client
        try:
            self._on_connected()
            self._wake.set()
            await self._write(client)
        finally:
            self._client = None
            self._delivery.settle()
            await _closed(client)

    async def _write(self, client: Any) -> None:
        from socketio.exceptions import SocketIOError

        while not self._gone.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_EVERY_S):
                    await self._wake.wait()
            self._wake.clear()
            self._tidy()
            if client.eio.queue is not None and client.eio.queue.qsize() > LINE_LIMIT:
                await asyncio.sleep(0.01)
                self._wake.set()
                continue
            try:
                await self._emit_durable(client)
                await self._emit_transient(client)
            except SocketIOError:  # the line broke while writing; what was not acknowledged goes again
                return

    def _tidy(self) -> None:
        now = _monotonic()
        if now - self._settled_at >= SETTLE_EVERY_S:
            self._settled_at = now
            self._delivery.settle()
        if now - self._heard_at > SILENCE_S:
            self._log("warning", f"The relay has acknowledged nothing for {SILENCE_S:.0f} s; connecting again.")
            self._disconnected()

    async def _emit_durable(self, client: Any) -> None:
        for row in self._delivery.due():
            done = acknowledger(self._delivery, row.n, self._answered)
            await client.emit(row.event, row.data, namespace=NAMESPACE, callback=done)

    async def _emit_transient(self, client: Any) -> None:
        waiting, self._transient = self._transient, {}
        for event, data in waiting.values():
            callback = self._heard if event == "heartbeat" else None
            await client.emit(event, data, namespace=NAMESPACE, callback=callback)

    def _answered(self, number: int, refusal: str | None) -> None:
        self._heard()
        if refusal is not None:
            self._log("error", f"The relay refused event {number} ({refusal}); it is kept in the journal.")
        self._wake.set()

    def _heard(self, *_answer: object) -> None:
        self._heard_at = _monotonic()

    def _disconnected(self, *_reason: object) -> None:
        self._gone.set()
        self._wake.set()

    async def _command(self, data: object = None) -> dict[str, Any]:
        if not isinstance(data, dict):
            return {"ok": False, "error": "command: must be an object with id, name and args."}
        return await self._on_command(data.get("id"), data.get("name"), data.get("args"))


_LATEST = frozenset({"price_update", "stats_update", "heartbeat"})


def _heed_cancellation() -> None:
    """The Socket.IO client swallows a cancellation that comes while it triggers a handler; here it is made good."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


def _refusal_text(refusal: list[object]) -> str | None:
    """What the relay's door said; None where nobody was there to say anything."""
    first = refusal[0] if refusal else None
    return str(first["message"]) if isinstance(first, dict) and first.get("message") else None


def _fault_text(error: Exception) -> str:
    return (
        f"no answer within {CONNECT_WITHIN_S:.0f} s" if isinstance(error, TimeoutError) else str(error) or repr(error)
    )


async def _closed(client: Any) -> None:
    """Closes its WebSocket too, which the client forgets where its writer was the first to see the line break."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(client.disconnect(), 1.0)
    if client.eio.ws is not None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.eio.ws.close(), 1.0)
