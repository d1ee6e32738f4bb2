"""A journal that cannot be used: one sentence, and nothing is overwritten."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.core.state import Account
from bot.shell import journal_schema
from bot.shell.journal import Journal, JournalError, Record
from tests.support.postgres import Postgres
from tests.support.trading import live_state


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def opened(file: Path, *, wait_s: float = 0.1) -> Journal:
    return Journal(url_of(file), "bot-1", lock_path=file.with_suffix(".lock"), lock_wait_s=wait_s)


def fault(file: Path) -> str:
    with pytest.raises(JournalError) as error:
        opened(file)
    sentence = str(error.value)
    assert "\n" not in sentence
    return sentence


def written(file: Path) -> None:
    journal = opened(file)
    journal.open_account("a")
    journal.write(Record(account=live_state().account))
    journal.close()


def test_what_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    file.write_bytes(b"my shopping list, not a database at all" * 100)
    before = hashlib.sha256(file.read_bytes()).digest()
    assert "is damaged" in fault(file)
    assert hashlib.sha256(file.read_bytes()).digest() == before
    assert "is damaged" in fault(file)  # the lock was let go


def test_damage_inside_is_found_before_anything_is_written(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    written(file)
    content = bytearray(file.read_bytes())
    content[4096 * 2 : 4096 * 4] = b"\xff" * 8192
    file.write_bytes(content)
    before = file.read_bytes()
    assert "is damaged" in fault(file)
    assert file.read_bytes() == before


def test_a_snapshot_that_does_not_read_as_one_is_damage(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    written(file)
    change(file, "UPDATE journal_accounts SET snapshot = '{}'")
    journal = opened(file)
    with pytest.raises(JournalError, match="is damaged"):
        journal.open_account("a")
    journal.close()


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    written(file)
    change(file, "UPDATE journal_meta SET value = '99' WHERE key = 'schema'")
    assert f"was written by a newer Tapedeck (schema 99, this one knows {journal_schema.VERSION})" in fault(file)


def test_two_bots_of_one_id_never_share_a_journal(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    first = opened(file)
    assert fault(file).startswith("Another bot of this id is running on this journal")
    first.close()
    opened(file).close()


def test_two_machines_on_one_database_never_run_one_bot_id(postgres: Postgres, tmp_path: Path) -> None:
    """Each machine has a lock file of its own, so only the database can tell them apart."""
    url = postgres.new_database()
    here = Journal(url, "bot-1", lock_path=tmp_path / "here", lock_wait_s=0.1)
    with pytest.raises(JournalError, match="maybe on another machine: stop it"):
        Journal(url, "bot-1", lock_path=tmp_path / "there", lock_wait_s=0.1)
    Journal(url, "bot-2", lock_path=tmp_path / "other", lock_wait_s=0.1).close()
    here.close()
    Journal(url, "bot-1", lock_path=tmp_path / "there", lock_wait_s=0.1).close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "cannot be written" in fault(tmp_path / "file" / "journal.db")


def test_reading_needs_a_journal_and_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    with pytest.raises(JournalError, match="There is no journal in"):
        Journal(url_of(file), "bot-1", lock_path=None)
    assert list(tmp_path.iterdir()) == []
    written(file)
    first = opened(file)
    reader = Journal(url_of(file), "bot-1", lock_path=None)
    assert isinstance(reader.open_account("a"), Account)
    reader.close()
    first.close()


def test_it_shares_a_database_with_tables_of_others(tmp_path: Path) -> None:
    file = tmp_path / "deck.db"
    change(file, "CREATE TABLE tape_events (seq INTEGER)")
    written(file)
    assert change(file, "SELECT count(*) FROM tape_events") == 0


def change(file: Path, statement: str) -> int | None:
    engine = create_engine(url_of(file))
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        answer = result.scalar() if result.returns_rows else None
    engine.dispose()
    return answer
