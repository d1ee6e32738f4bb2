"""`python -m bot run` as a real process, and its journal read from outside."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bot.core.state import Account, load_account
from tests.support.forges import bot_forge
from tests.support.processes import ROOT, Program


class BotProcess:
    """A bot on the simulated market, 600 times as fast as the clock, with a strategy that trades all the time."""

    def __init__(self, folder: Path, relay_port: int, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.log = folder / "bot.log"
        self.env = {
            "PYTHONPATH": str(ROOT),
            "TAPEDECK_DATA_DIR": str(folder / "data"),
            "TAPEDECK_RELAY_URL": f"http://127.0.0.1:{relay_port}",
            "TAPEDECK_BOT_TOKEN": "t",
            "TAPEDECK_EXCHANGE_CONFIG": '{"speed": 600}',
            "TAPEDECK_STRATEGY": "tests.support.own_strategy:BuyAll",
            **(env or {}),
        }
        self.program: Program | None = None

    @property
    def journal_file(self) -> Path:
        return self.folder / "data" / "journal.db"

    def start(self) -> Program:
        self.folder.mkdir(exist_ok=True)
        self.program = Program(["-m", "bot", "run"], self.env, self.log, cwd=self.folder, forge=bot_forge())
        return self.program

    def output(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def account(self) -> Account:
        (snapshot,) = self.rows("SELECT snapshot FROM journal_accounts")
        return load_account(snapshot)

    def trades(self) -> list[dict[str, Any]]:
        return [json.loads(data) for data in self.rows("SELECT data FROM journal_trades ORDER BY rowid")]

    def rows(self, query: str) -> list[Any]:
        """The first column of what the journal answers; nothing while there is no journal."""
        if not self.journal_file.exists():
            return []
        engine = create_engine(f"sqlite:///{self.journal_file}")
        try:
            with engine.connect() as connection:
                known = connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'journal_outbox'"))
                return list(connection.scalars(text(query))) if known else []
        finally:
            engine.dispose()

    def end(self) -> None:
        if self.program is not None:
            self.program.end()


def ask(port: int, command: dict[str, Any]) -> Any:
    """Send a command through the tests' small relay."""
    body = json.dumps(command).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/command", body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        return json.load(answer)
