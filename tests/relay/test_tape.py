"""The tape keeps everything once, in order, and says so when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from relay.tape import Entry, Tape, TapeError


def entry(event_id: str, *, bot_id: str = "b", type_name: str = "trade") -> Entry:
    return Entry(bot_id=bot_id, type=type_name, id=event_id, ts=1_000, data=f'{{"id":"{event_id}","state":"running"}}')


@given(batches=st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 15)), max_size=8), max_size=8))
def test_every_event_is_kept_once_and_seq_has_no_gap(
    batches: list[list[tuple[str, int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    tape = Tape(f"sqlite:///{tmp_path_factory.mktemp('tape') / 'tape.db'}")
    for batch in batches:
        tape.append([entry(str(number), bot_id=bot_id) for bot_id, number in batch])
    events = tape.after(0, 1_000)
    first_seen = list(dict.fromkeys((bot_id, str(number)) for batch in batches for bot_id, number in batch))
    assert [(event.entry.bot_id, event.entry.id) for event in events] == first_seen
    assert [event.seq for event in events] == list(range(1, len(first_seen) + 1))
    tape.close()


def test_a_trade_and_a_status_may_have_the_same_id(database_url: str) -> None:
    tape = Tape(database_url)
    assert all(tape.append([entry("1"), entry("1", type_name="status")]))
    tape.close()


def test_it_goes_on_where_it_was(database_url: str) -> None:
    tape = Tape(database_url)
    tape.append([entry("1"), entry("2")])
    tape_id = tape.id
    tape.close()
    again = Tape(database_url)
    assert (again.id, again.last_seq) == (tape_id, 2)
    assert again.append([entry("2"), entry("3")])[0] is None
    assert [event.entry.id for event in again.after(1, 10)] == ["2", "3"]
    again.close()


def test_pages_of_trades_go_back_by_seq(database_url: str) -> None:
    tape = Tape(database_url)
    tape.append([entry(str(number)) for number in range(10)])
    newest = tape.newest("trade", 4)
    assert [event.entry.id for event in newest] == ["9", "8", "7", "6"]
    older = tape.newest("trade", 4, before_seq=newest[-1].seq)
    assert [event.entry.id for event in older] == ["5", "4", "3", "2"]
    tape.close()


def test_what_the_relay_said_for_a_bot_is_not_what_the_bot_reported(database_url: str) -> None:
    tape = Tape(database_url)
    tape.append([entry("s1", type_name="status"), entry("relay-1", type_name="status")])
    shown, reported = tape.latest_status("b"), tape.latest_status("b", reported=True)
    assert shown is not None
    assert reported is not None
    assert (shown.entry.id, reported.entry.id) == ("relay-1", "s1")
    tape.close()


def test_a_command_is_begun_once_and_keeps_its_outcome(database_url: str) -> None:
    tape = Tape(database_url)
    assert tape.begin_command("k", 1) is None
    assert tape.begin_command("k", 2) == {}
    tape.end_command("k", {"ok": True, "data": {}})
    assert tape.begin_command("k", 3) == {"ok": True, "data": {}}
    tape.close()


def test_a_damaged_file_is_refused_in_one_sentence_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tape.db"
    path.write_bytes(b"this is no database, " * 400)
    before = path.read_bytes()
    with pytest.raises(TapeError, match=r"cannot be used: .*move the file away") as refusal:
        Tape(f"sqlite:///{path}")
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == before


def test_a_newer_tape_is_refused(database_url: str) -> None:
    Tape(database_url).close()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE tape_meta SET value = '99' WHERE key = 'schema'"))
    engine.dispose()
    with pytest.raises(TapeError, match="newer Tapedeck"):
        Tape(database_url)
