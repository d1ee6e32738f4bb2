"""The product's own bot, `python -m bot run`, as a process that can be killed and started again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.support.forges import bot_forge
from tests.support.processes import Program
from tests.support.relay import BOT_TOKEN, Relay
from tests.support.waiting import eventually


class RealBot:
    """Trades the simulated market on a relay; its journal lies in the relay's data folder."""

    def __init__(self, relay: Relay, *, env: Mapping[str, str] | None = None, speed: float = 1) -> None:
        self.relay = relay
        self.env = {
            "TAPEDECK_DATA_DIR": str(relay.data_dir),
            "TAPEDECK_BOT_TOKEN": BOT_TOKEN,
            "TAPEDECK_RELAY_URL": relay.url,
            "TAPEDECK_EXCHANGE_CONFIG": json.dumps({"seed": 5, "speed": speed}),
            **(env or {}),
        }
        self.log: Path = relay.data_dir.parent / "bot.log"
        self.program: Program | None = None

    @property
    def running(self) -> Program:
        assert self.program is not None, "the bot was not started"
        return self.program

    def start(self) -> RealBot:
        """Start the process and wait until the relay hears it."""
        self.program = Program(["-m", "bot", "run"], self.env, self.log, forge=bot_forge())
        eventually(lambda: self.relay.get("/readyz")[0] == 200, 40, what=self.running.output)
        return self

    def kill(self) -> None:
        self.running.kill()

    def end(self) -> None:
        if self.program is not None:
            self.program.end()
