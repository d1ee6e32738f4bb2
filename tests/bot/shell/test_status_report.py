"""What `python -m bot status` says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.journal_events import EventType, JournalEvent, journal_events
from bot.core.messages import Input
from bot.core.state import State
from bot.shell.journal import Journal, Record
from bot.shell.status_report import event_text, status_lines
from tests.support.trading import CONFIG, bought, command, live_state, through


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(f"sqlite:///{tmp_path / 'journal.db'}", "bot-1", lock_path=tmp_path / "lock")
    opened.open_account("a")
    yield opened
    opened.close()


def write(journal: Journal, state: State, message: Input) -> None:
    result = through(state, message)
    events = journal_events(state, message, (result[0], tuple(result[1]), tuple(result[2])), ts=1_700_000_000_000)
    journal.write(Record(account=result[0].account, events=events))


def test_an_open_order_is_shown_before_there_is_a_position(journal: Journal) -> None:
    write(journal, live_state(), command("test_trade"))
    lines = list(status_lines(journal, "a", CONFIG))
    assert "Position: none." in lines
    assert "Open order bot-1-abc-1: buy 0.00015: Test trade, asked for by hand" in lines
    assert lines[-1] == "Last event: 2023-11-14 22:13:20 UTC order placed: buy 0.00015, Test trade, asked for by hand"


def test_without_orders_and_events_nothing_is_said_of_them(journal: Journal) -> None:
    journal.write(Record(account=bought(live_state()).account))
    lines = list(status_lines(journal, "a", CONFIG))
    assert not [line for line in lines if line.startswith(("Open order", "Last event"))]


def test_why_the_bot_halted_itself_and_how_the_books_differ_is_said(journal: Journal) -> None:
    account = live_state().account
    journal.write(Record(account=replace(account, halted=True, halt_reason="It fell by 11 %.", difference="1 less.")))
    lines = list(status_lines(journal, "a", CONFIG))
    assert lines[1:4] == [
        "Strategy: halted until resume.",
        "Halted by a limit: It fell by 11 %.",
        "Exchange and journal differ: 1 less.",
    ]
    journal.write(Record(account=replace(account, halted=True)))
    assert not [line for line in status_lines(journal, "a", CONFIG) if line.startswith(("Halted by", "Exchange and"))]


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        (
            "fill",
            {"side": "sell", "amount": "0.1", "reason": "Stop loss: it fell"},
            "fill: sell 0.1, Stop loss: it fell",
        ),
        ("order_closed", {"order_id": "o-1", "status": "rejected", "detail": "x"}, "order closed: o-1 rejected"),
        ("notice", {"level": "warning", "title": "Halted", "message": "No entries."}, "notice: Halted"),
        ("command", {"name": "halt", "ok": True}, "command: halt"),
        ("command", {"name": "test_trade", "ok": False, "error": "No."}, "command: test_trade, refused"),
        ("state_changed", {"run": "running", "halted": False}, "state changed: running"),
        ("state_changed", {"run": "running", "halted": True}, "state changed: running, halted"),
        ("session_opened", {"trade": True, "run": "stopped"}, "session opened"),
    ],
)
def test_an_event_is_a_few_words(name: EventType, data: dict[str, Any], text: str) -> None:
    assert event_text(JournalEvent(ts=0, type=name, data=data)) == text
