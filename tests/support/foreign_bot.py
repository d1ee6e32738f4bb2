"""A bot that a test writes the script for: any Socket.IO client on `/bot` can be one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import socketio

from tests.support import messages
from tests.support.hanging_up import hang_up
from tests.support.relay import BOT_TOKEN
from tests.support.waiting import eventually

Answer = dict[str, Any]
Command = dict[str, Any]


class ForeignBot:
    """Emits what it is told, keeps every acknowledgement and every command that came.

    `beat` is what each heartbeat says besides.
    """

    def __init__(
        self,
        url: str,
        bot_id: str = "bot-1",
        *,
        token: str = BOT_TOKEN,
        name: str | None = None,
        transports: Sequence[str] = ("websocket",),
    ) -> None:
        self.url = url
        self.transports = list(transports)
        self.bot_id = bot_id
        self.auth = {"token": token, "bot_id": bot_id, **({"name": name} if name else {})}
        self.commands: list[Command] = []
        self.answers: list[Answer] = []
        self.answer: Callable[[Command], Answer | None] = lambda command: {"ok": True, "data": {}}
        self.beat: dict[str, Any] = {}
        self._pulse_stop = threading.Event()
        self._pulse: threading.Thread | None = None
        self.client = socketio.Client(reconnection=False)
        self.client.on("command", self._on_command, namespace="/bot")

    def _on_command(self, command: Command) -> Answer | None:
        self.commands.append(command)
        return self.answer(command)

    def connect(self) -> ForeignBot:
        self.client.connect(self.url, auth=self.auth, namespaces=["/bot"], transports=self.transports, wait_timeout=10)
        return self

    def call(self, event: str, data: Any) -> Answer:
        """Emit and wait for the relay's acknowledgement."""
        return cast(Answer, self.client.call(event, data, namespace="/bot", timeout=15))

    def emit(self, event: str, data: Any) -> None:
        """Emit and go on; the acknowledgement arrives in `answers`."""
        self.client.emit(event, data, namespace="/bot", callback=self.answers.append)

    def come_up(self, **status: Any) -> ForeignBot:
        """Connect, say what a running bot says first, and keep a heartbeat."""
        self.connect()
        self.call("status_change", messages.status(**status))
        self.call("stats_update", messages.stats())
        self.call("price_update", messages.price())
        self.keep_heartbeat()
        return self

    def keep_heartbeat(self) -> None:
        self._pulse = threading.Thread(target=self._beat, daemon=True)
        self._pulse.start()

    def _beat(self) -> None:
        while not self._pulse_stop.wait(1):
            if self.client.connected:
                self.client.emit("heartbeat", messages.heartbeat(**self.beat), namespace="/bot")

    def trade_in_one_loop(self, numbers: Iterable[int]) -> int:
        """All trades at once, nothing waited for; returns how many."""
        count = 0
        for number in numbers:
            self.emit("trade_executed", messages.trade(number))
            count += 1
        return count

    def wait_for_answers(self, count: int, timeout: float = 30) -> None:
        eventually(lambda: len(self.answers) >= count, timeout, what=lambda: f"{len(self.answers)} of {count} answers")
        assert all(answer == {"ok": True} for answer in self.answers), self.answers

    def end(self) -> None:
        self._pulse_stop.set()
        if self._pulse is not None:
            self._pulse.join(5)
        hang_up(self.client)
