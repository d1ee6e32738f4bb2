"""What is written down, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bot.core.journal_events import JournalEvent
from bot.core.messages import OrderClosed
from bot.events import Alert, Trade
from bot.shell import journal as journal_module
from bot.shell.journal import Answer, Journal, JournalError, Record
from tests.support import messages
from tests.support.trading import bought, command, live_state, through

Open = Callable[..., Journal]


@pytest.fixture
def open_journal(tmp_path: Path, database_url: str) -> Iterator[Open]:
    opened: list[Journal] = []

    def start(bot_id: str = "bot-1", **options: Any) -> Journal:
        lock = tmp_path / f"{bot_id}.lock"
        opened.append(Journal(database_url, bot_id, **{"lock_path": lock, "lock_wait_s": 0.1, **options}))
        return opened[-1]

    yield start
    for journal in opened:
        journal.close()


def trade(number: int) -> Trade:
    from bot.events import parse

    parsed = parse("trade_executed", messages.trade(number))
    assert isinstance(parsed, Trade)
    return parsed


def alert(number: int) -> Alert:
    return Alert(id=f"a-{number}", ts=number, level="info", title="t")


def happened(ts: int) -> JournalEvent:
    return JournalEvent(ts=ts, type="notice", data={"title": str(ts)})


def test_an_account_comes_back_as_it_was_written(open_journal: Open) -> None:
    account = bought(live_state("9999.123456789012345678")).account
    journal = open_journal()
    assert journal.open_account("a") is None
    journal.write(Record(account=account))
    journal.close()
    assert open_journal().open_account("a") == account


def test_each_market_and_each_bot_has_an_account_of_its_own(open_journal: Open) -> None:
    first, second = open_journal("bot-1"), open_journal("bot-2")
    first.open_account("simulated:BTC/USDT")
    first.write(Record(account=live_state().account))
    assert first.open_account("simulated:ETH/USDT") is None
    assert second.open_account("simulated:BTC/USDT") is None
    assert first.open_account("simulated:BTC/USDT") is not None


def test_events_wait_in_order_until_they_are_delivered(open_journal: Open) -> None:
    journal = open_journal()
    journal.write(Record(messages=[trade(1), trade(2)]))
    journal.write(Record(messages=[alert(3)]))
    waiting = journal.undelivered(0, 10)
    assert [event.event for event in waiting] == ["trade_executed", "trade_executed", "alert"]
    assert [event.data["id"] for event in waiting] == [trade(1).id, trade(2).id, "a-3"]
    journal.delivered([waiting[0].n, waiting[2].n])
    assert journal.undelivered(0, 10) == [waiting[1]]
    assert journal.undelivered(waiting[1].n, 10) == []


def test_an_event_that_the_relay_refuses_is_kept_and_no_longer_sent(open_journal: Open) -> None:
    journal = open_journal()
    journal.write(Record(messages=[trade(1), trade(2)]))
    first, second = journal.undelivered(0, 10)
    journal.refused(first.n, "trade_executed.price: must be greater than 0")
    assert journal.undelivered(0, 10) == [second]
    assert journal.summary()["refused"] == 1


def test_numbers_of_delivered_events_are_never_given_again(open_journal: Open) -> None:
    journal = open_journal()
    journal.write(Record(messages=[trade(1)]))
    (first,) = journal.undelivered(0, 1)
    journal.delivered([first.n])
    journal.write(Record(messages=[trade(2)]))
    assert journal.undelivered(0, 1)[0].n > first.n


def test_a_step_is_written_whole_or_not_at_all(open_journal: Open) -> None:
    journal = open_journal()
    journal.open_account("a")
    journal.write(Record(messages=[trade(1)]))
    with pytest.raises(JournalError):
        journal.write(Record(account=live_state().account, messages=[trade(2), trade(1)]))
    assert journal.open_account("a") is None
    assert len(journal.undelivered(0, 10)) == 1


def test_what_happened_is_kept_in_order_and_goes_with_its_step(open_journal: Open, database_url: str) -> None:
    journal = open_journal()
    journal.open_account("a")
    journal.write(Record(events=[happened(1), happened(2)], messages=[trade(1)]))
    with pytest.raises(JournalError):
        journal.write(Record(events=[happened(3)], messages=[trade(1)]))
    journal.write(Record(events=[happened(4)]))
    engine = create_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT bot_id, account, ts, type, data FROM journal_events ORDER BY n")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("bot-1", "a", ts, "notice", f'{{"title":"{ts}"}}') for ts in (1, 2, 4)]


def test_a_commands_first_answer_is_kept(open_journal: Open) -> None:
    journal = open_journal()
    journal.write(Record(answers=[Answer("c-1", 5, {"ok": False, "error": "no"})]))
    assert journal.answer_of("c-1") == {"ok": False, "error": "no"}
    assert journal.answer_of("c-2") is None


def test_old_commands_are_forgotten_at_a_start(open_journal: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "KEPT_COMMANDS", 2)
    journal = open_journal()
    for number in range(4):
        journal.write(Record(answers=[Answer(f"c-{number}", number, {"ok": True})]))
    journal.begin_session()
    assert [journal.answer_of(f"c-{number}") is not None for number in range(4)] == [False, False, True, True]


def test_an_order_is_written_when_sent_and_again_when_closed(open_journal: Open, database_url: str) -> None:
    journal = open_journal()
    _, _, effects = through(live_state(), command("test_trade"))
    order = effects[0].order
    journal.write(Record(placed=[order]))
    journal.write(Record(closed=[OrderClosed(order_id=order.id, status="rejected", detail="too small")]))
    engine = create_engine(database_url)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT id, amount, status, detail FROM journal_orders")).one()
    engine.dispose()
    assert tuple(row) == (order.id, format(order.amount, "f"), "rejected", "too small")


def test_how_a_session_ended_and_when_the_first_began(open_journal: Open) -> None:
    journal = open_journal()
    assert (journal.begin_session(), journal.origin_ms(100)) == (None, 100)
    assert (journal.begin_session(), journal.origin_ms(200)) == ("open", 100)
    journal.end_session("closed")
    assert journal.begin_session() == "closed"
    journal.end_session("orphaned")
    assert journal.begin_session() == "orphaned"


def test_statuses_that_nobody_takes_do_not_fill_the_disk(open_journal: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "OUTBOX_LIMIT", 10)
    monkeypatch.setattr(journal_module, "THIN_EVERY", 5)
    journal = open_journal()
    from bot.events import Status

    for number in range(40):
        journal.write(Record(messages=[Status(state="running", id=f"s-{number}"), trade(number)]))
    waiting = journal.undelivered(0, 1000)
    assert sum(event.event == "trade_executed" for event in waiting) == 40
    assert sum(event.event == "status_change" for event in waiting) <= 10


def test_an_empty_record_writes_nothing(tmp_path: Path) -> None:
    journal = Journal(f"sqlite:///{tmp_path / 'journal.db'}", "bot-1", lock_path=tmp_path / "lock")
    size = (tmp_path / "journal.db-wal").stat().st_size
    for _ in range(100):
        journal.write(Record())
    assert (tmp_path / "journal.db-wal").stat().st_size == size
    journal.close()
