"""The audit: what was written stays as it was, or it is seen which row does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from relay.access.audit import LENGTHS, Audit, NotWritten
from relay.tape import Tape

ROWS = 7
CHANGED = "UPDATE deck_audit SET {field} = '{value}' WHERE seq = 4"
FIELDS = ("who", "role", "address", "action", "detail", "outcome")


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    tape = Tape(database_url)
    yield tape.engine
    tape.close()


@pytest.fixture
def audit(engine: sa.Engine) -> Audit:
    written = Audit(engine, lambda: 1_700_000_000_000)
    for number in range(ROWS):
        written.write("operator by loopback", "operator", "127.0.0.1", f"command_{number}", "bot-1", "ok")
    return written


def spoil(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_rows_come_newest_first_and_page_by_page(audit: Audit) -> None:
    assert [entry.seq for entry in audit.entries(3)] == [7, 6, 5]
    assert [entry.seq for entry in audit.entries(10, before_seq=3)] == [2, 1]
    newest = audit.entries(1)[0]
    assert (newest.who, newest.role, newest.address) == ("operator by loopback", "operator", "127.0.0.1")
    assert (newest.action, newest.detail, newest.outcome, newest.ts) == ("command_6", "bot-1", "ok", 1_700_000_000_000)


def test_what_nobody_touched_is_whole_also_when_it_is_opened_anew(engine: sa.Engine, audit: Audit) -> None:
    assert audit.verify() is None
    again = Audit(engine, lambda: 0)
    again.write("", "", "", "", "", "")
    assert again.verify() is None
    assert len({entry.hash for entry in again.entries(100)}) == ROWS + 1


@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_row_is_named(engine: sa.Engine, audit: Audit, field: str) -> None:
    spoil(engine, CHANGED.format(field=field, value="other"))
    assert "Row 4 " in (audit.verify() or "")


def test_a_changed_time_or_hash_is_named(engine: sa.Engine, audit: Audit) -> None:
    spoil(engine, "UPDATE deck_audit SET ts = ts + 1 WHERE seq = 2")
    assert "Row 2 " in (audit.verify() or "")
    spoil(engine, "UPDATE deck_audit SET ts = ts - 1 WHERE seq = 2")
    assert audit.verify() is None
    spoil(engine, CHANGED.format(field="hash", value="f" * 64))
    assert "Row 4 " in (audit.verify() or "")


def test_a_row_that_was_changed_with_its_own_hash_is_named_by_the_next_one(engine: sa.Engine, audit: Audit) -> None:
    spoil(engine, CHANGED.format(field="who", value="other"))
    rows = {entry.seq: entry for entry in audit.entries(ROWS)}
    spoil(engine, CHANGED.format(field="hash", value=rows[4].hash_after(rows[3].hash)))
    assert "Row 5 " in (audit.verify() or "")


@pytest.mark.parametrize("seq", range(1, ROWS + 1))
def test_a_row_that_was_taken_out_is_named_the_last_one_too(engine: sa.Engine, audit: Audit, seq: int) -> None:
    spoil(engine, f"DELETE FROM deck_audit WHERE seq = {seq}")
    assert f"Row {seq} of the audit is missing" in (audit.verify() or "")


def test_an_emptied_audit_does_not_pass_for_a_new_one(engine: sa.Engine, audit: Audit) -> None:
    spoil(engine, "DELETE FROM deck_audit")
    assert audit.verify()
    spoil(engine, "DELETE FROM deck_audit_head")
    assert audit.verify()


def test_rows_in_each_others_place_are_named(engine: sa.Engine, audit: Audit) -> None:
    moves = ((3, 100), (4, 3), (100, 4))
    spoil(engine, *(f"UPDATE deck_audit SET seq = {to} WHERE seq = {seq}" for seq, to in moves))
    assert "Row 3 " in (audit.verify() or "")


@pytest.mark.parametrize("seq", [-5, 0, ROWS + 1])
def test_a_row_that_was_put_in_is_found(engine: sa.Engine, audit: Audit, seq: int) -> None:
    columns = f"seq, ts, {', '.join(FIELDS)}, hash"
    spoil(
        engine,
        f"INSERT INTO deck_audit ({columns}) SELECT {seq}, ts, {', '.join(FIELDS)}, hash FROM deck_audit WHERE seq = 1",
    )
    assert audit.verify()


def test_texts_have_an_end_and_nothing_that_a_database_refuses(audit: Audit) -> None:
    audit.write("\x00a\nb\ud800c", "", "", "x" * 10_000, "", "")
    newest = audit.entries(1)[0]
    assert newest.who == " a b c"
    assert len(newest.action) == LENGTHS["action"]
    assert audit.verify() is None


def test_no_secret_is_written_down(audit: Audit, secret: str) -> None:
    audit.write("somebody", "none", "127.0.0.1", "login", f"with {secret}", "wrong")
    assert secret not in str(audit.entries(100))


def test_many_writers_make_one_chain(engine: sa.Engine, audit: Audit) -> None:
    """Each has an `Audit` of its own, as the relay and the command line have."""
    other = Audit(engine, lambda: 5)

    def write(own: Audit) -> None:
        for _ in range(20):
            own.write("", "", "", "", "", "")

    threads = [threading.Thread(target=write, args=(own,)) for own in (audit, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(audit.entries(100)) == ROWS + 40
    assert audit.verify() is None


def test_what_cannot_be_written_is_said_in_a_sentence(engine: sa.Engine, audit: Audit) -> None:
    spoil(engine, "ALTER TABLE deck_audit RENAME TO elsewhere")
    with pytest.raises(NotWritten, match="mend its database"):
        audit.write("", "", "", "", "", "")
    spoil(engine, "ALTER TABLE elsewhere RENAME TO deck_audit")
    audit.write("", "", "", "", "", "")
    assert audit.verify() is None, "what failed has left nothing behind"
