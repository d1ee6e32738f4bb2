"""An order's life out of the journal: by its id, whole, and without reading the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.core.journal_events import JournalEvent, journal_events
from bot.core.messages import OrderClosed, PlaceOrder
from bot.core.state import State
from bot.shell.journal import Journal, Record
from tests.support.trading import command, filled, live_state, through

Open = Callable[..., Journal]


@pytest.fixture
def open_journal(tmp_path: Path, database_url: str) -> Iterator[Open]:
    opened: list[Journal] = []

    def start(bot_id: str = "bot-1") -> Journal:
        opened.append(Journal(database_url, bot_id, lock_path=tmp_path / f"{bot_id}.lock", lock_wait_s=0.1))
        opened[-1].open_account("a")
        return opened[-1]

    yield start
    for journal in opened:
        journal.close()


def traded(journal: Journal, ts: int) -> str:
    """A test trade, written as the desk writes it; the id of its order."""
    state: State = live_state()
    asked = command("test_trade", side="buy")
    after, events, effects = through(state, asked)
    placed = [effect.order for effect in effects if isinstance(effect, PlaceOrder)]
    left = journal_events(state, asked, (after, tuple(events), tuple(effects)), ts=ts)
    journal.write(Record(account=after.account, events=left, placed=placed))
    fill = filled(placed[0], 40_000)
    done, events, effects = through(after, fill)
    left = journal_events(after, fill, (done, tuple(events), tuple(effects)), ts=ts + 1)
    closed = [event for event in events if isinstance(event, OrderClosed)]
    journal.write(Record(account=done.account, events=left, closed=closed))
    return placed[0].id


def test_its_life_is_found_by_its_id_alone(open_journal: Open) -> None:
    journal = open_journal()
    order_id = traded(journal, 1_000)
    journal.write(Record(events=[JournalEvent(ts=5, type="fill", data={}, order_id="another")]))
    journal.open_account("b")  # an order of a market that the bot traded before is still its order
    story = journal.order(order_id)
    assert story is not None
    assert (story.id, story.side, story.type, str(story.amount)) == (order_id, "buy", "market", "0.00015")
    assert len(str(story.client_order_id)) == 32
    assert [(moment.ts, moment.state) for moment in story.life] == [
        (1_000, "decided"),
        (1_000, "sent"),
        (1_001, "filled"),
    ]


def test_what_is_not_there_is_none(open_journal: Open) -> None:
    journal = open_journal()
    order_id = traded(journal, 1)
    assert journal.order("nobody's") is None
    assert open_journal("bot-2").order(order_id) is None


def test_it_costs_the_same_however_long_the_history_is(open_journal: Open, database_url: str) -> None:
    """Both questions go by an index: SQLite says so, and PostgreSQL has the same ones."""
    order_id = traded(open_journal(), 1)
    if not database_url.startswith("sqlite"):
        return
    engine = create_engine(database_url)
    with engine.connect() as connection:
        for table, column in (("journal_orders", "id"), ("journal_events", "order_id")):
            query = f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE bot_id = 'bot-1' AND {column} = :id"
            plan = " ".join(row.detail for row in connection.execute(text(query), {"id": order_id}))
            assert plan.startswith("SEARCH"), plan
    engine.dispose()
