"""The tape keeps everything once, in order, and says so when it cannot."""

from __future__ import annotations

from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from relay.clients import Clients
from relay.deck import Deck
from relay.hub import Hub, Pending
from relay.metrics import Metrics
from relay.tape import Entry, Tape, TapeError
from relay.transport import Transport
from tests.support.postgres import Postgres


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


def test_a_tape_from_before_the_limit_of_times_is_still_opened(database_url: str) -> None:
    tape = Tape(database_url)
    trade = {"id": "t", "ts": 2**53, "symbol": "BTC/USDT", "side": "sell", "price": "1", "amount": "1", "pnl": "2"}
    tape.append([Entry(bot_id="b", type="trade", id="t", ts=1_000, data=dumps(trade))])
    deck = Deck(tape, monotonic=lambda: 0.0, wall_ms=lambda: 1_000)
    assert loads(f"[{deck.snapshot().text}]")[0]["data"] == trade
    assert deck.today_pnl.of("b", 1_000) == 0
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


def test_what_was_written_though_its_answer_was_lost_is_shown_and_the_next_one_follows_it(database_url: str) -> None:
    """The database's server is cut off between the COMMIT and its answer."""
    tape = Tape(database_url)
    deck = Deck(tape, monotonic=lambda: 0.0, wall_ms=lambda: 1_000)
    deck.record([entry("1")])
    assert deck.recover() == []
    cut_after_commit(tape)
    with pytest.raises(SQLAlchemyError):
        deck.record([entry("2"), entry("3")])
    assert deck.seq == 1, "nobody knows yet"
    assert [(each.seq, each.entry.id) for each in deck.recover()] == [(2, "2"), (3, "3")]
    assert deck.record([entry("2"), entry("3")]) == [], "as the relay tries again"
    assert [each.seq for each in deck.record([entry("4")])] == [4]
    assert (deck.seq, [each.seq for each in deck.missed(1, 10)]) == (4, [2, 3, 4])
    tape.close()


def test_it_is_told_to_everybody_and_acknowledged_when_the_relay_tries_again(tmp_path: Path) -> None:
    tape = Tape(f"sqlite:///{tmp_path / 'tape.db'}")
    deck = Deck(tape, monotonic=lambda: 0.0, wall_ms=lambda: 1_000)
    transport, metrics = Transport(SocketIO(Flask("test"), async_mode="threading")), Metrics(deck)
    told: list[str] = []
    clients = Clients(deck, transport, metrics)
    clients.broadcast = lambda type_name, text: told.append(text)  # type: ignore[method-assign]
    hub = Hub(deck, transport, clients, metrics)
    cut_after_commit(tape)
    answers: list[dict[str, Any]] = []
    hub._store([Pending(entry("1"), answers.append)])
    hub._store([Pending(entry("2"), answers.append)])
    assert [loads(text)["seq"] for text in told] == [1, 2]
    assert answers == [{"ok": True}] * 2
    tape.close()


def test_what_was_not_written_is_not_recovered(database_url: str) -> None:
    tape = Tape(database_url)
    event.listen(tape.engine, "commit", cut, once=True)
    with pytest.raises(OperationalError):
        tape.append([entry("1")])
    assert tape.recovered() == []
    assert [each.seq for each in tape.append([entry("1")]) if each] == [1]
    tape.close()


def test_two_relays_do_not_write_one_tape_from_wherever_they_are(postgres: Postgres) -> None:
    url = postgres.new_database()
    tape = Tape(url)
    with pytest.raises(TapeError, match="used by another Tapedeck, maybe on another machine") as refusal:
        Tape(url)
    assert "\n" not in str(refusal.value)
    tape.close()
    Tape(url).close()


def cut(*_args: object) -> None:
    raise OperationalError("COMMIT", {}, Exception("the server is gone"))


def cut_after_commit(tape: Tape) -> None:
    """The next commit is done, and then not answered."""
    dialect: Any = tape.engine.dialect
    commit = dialect.do_commit

    def commit_and_fall_silent(connection: Any) -> None:
        dialect.do_commit = commit
        commit(connection)
        cut()

    dialect.do_commit = commit_and_fall_silent
