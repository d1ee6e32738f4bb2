"""kill -9 at any moment: what the journal says happened gives, to the last digit, the account that it keeps."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Connection, create_engine, inspect, select

from bot.core.state import load_account
from bot.shell import journal_schema as schema
from tests.support.bot_process import BotProcess
from tests.support.ports import free_port
from tests.support.replayed import Event, Figures, figures_of, replayed
from tests.support.waiting import eventually

KILLS = 8
LATEST_S = 0.25
"""A kill comes at a moment up to this long after the bot has begun to trade again: at 600 times the speed, anywhere."""


@contextmanager
def snapshot_of(url: str) -> Iterator[Connection]:
    """One moment of the database: a server may still finish what the killed bot had sent."""
    engine = create_engine(url, isolation_level="SERIALIZABLE")
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def events_on(connection: Connection) -> list[Event]:
    table = schema.events
    rows = connection.execute(select(table.c.type, table.c.data).order_by(table.c.n))
    return [(name, orjson.loads(data)) for name, data in rows]


def figures_on(connection: Connection) -> Figures:
    snapshot = connection.scalars(select(schema.accounts.c.snapshot)).one()
    return figures_of(load_account(snapshot))


def count_of(url: str, name: str) -> int:
    with snapshot_of(url) as connection:
        there = inspect(connection).has_table(schema.events.name)
        return sum(kind == name for kind, _ in events_on(connection)) if there else 0


@pytest.fixture
def bot(tmp_path: Path, database_url: str) -> Iterator[BotProcess]:
    made = BotProcess(tmp_path / "bot", free_port(), {"TAPEDECK_DATABASE_URL": database_url})
    yield made
    made.end()


def test_killed_at_random_moments_the_events_give_the_account(bot: BotProcess, database_url: str) -> None:
    moments = random.Random(20261125)
    for kills in range(1, KILLS + 1):
        orders = count_of(database_url, "order_placed")
        program = bot.start()
        eventually(lambda: count_of(database_url, "order_placed") > orders, 40, what=bot.output)  # noqa: B023
        time.sleep(moments.uniform(0, LATEST_S))
        program.kill()
        with snapshot_of(database_url) as connection:
            events, figures = events_on(connection), figures_on(connection)
        assert replayed(events) == figures
        assert sum(name == "session_opened" for name, _ in events) == kills
    fills = [data["id"] for name, data in events if name == "fill"]
    assert len(set(fills)) == len(fills) >= KILLS
    assert {name for name, _ in events} >= {"session_opened", "decision", "order_placed", "fill", "order_closed"}
