"""The guard: who may have which command run, what must be written down first, and what is written down of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from relay.access.audit import Audit
from relay.access.clerk import BEGUN, Clerk
from relay.access.guard import VIEWERS_ONLY_LOOK, Guard
from relay.access.proof import LOGGED_OUT, NEEDS_PROOF, PROVED_FOR_MS, RISKS_MONEY, Proofs
from relay.access.sessions import Sessions
from relay.access.visitor import Means, Role, Visitor
from relay.commands import ACTS, READS
from relay.tape import Tape

SCRIPT = Visitor(role=Role.OPERATOR, means=Means.TOKEN, address="10.0.0.9")
OWNER = Visitor(role=Role.OPERATOR, means=Means.LOOPBACK, address="127.0.0.1")
STOPS = ("stop_bot", "halt")


class Deck:
    """A guard over a real audit and real sessions; `ran` is what got through it. The bot `live` trades real money."""

    def __init__(self, url: str) -> None:
        self.now_ms = 1_700_000_000_000
        self.tape = Tape(url)
        self.audit = Audit(self.tape.engine, lambda: self.now_ms)
        self.sessions = Sessions(self.tape.engine, lambda: self.now_ms)
        self.clerk = Clerk(self.audit, lambda: self.now_ms / 1000)
        self.proofs = Proofs(self.sessions, lambda bot_id: bot_id == "live", lambda: self.now_ms)
        self.ran: list[object] = []
        self.guard = Guard(self.run, self.proofs, self.clerk)

    def run(self, payload: object) -> dict[str, Any]:
        self.ran.append(payload)
        return {"ok": True, "data": {}}

    def log_in(self, role: Role = Role.OPERATOR) -> Visitor:
        found = self.sessions.of_secret(self.sessions.open(role, "10.0.0.1", ""))
        assert found is not None
        return Visitor(role=role, means=Means.SESSION, address="10.0.0.1", session_id=found.key)

    def ask(self, visitor: Visitor, command: object, **fields: object) -> Mapping[str, Any]:
        return self.guard.run({"command": command, **fields}, visitor)

    def written(self) -> list[tuple[str, str]]:
        return [(entry.action, entry.outcome) for entry in reversed(self.audit.entries(100))]

    def break_audit(self) -> None:
        with self.tape.engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE deck_audit"))


@pytest.fixture
def deck(tmp_path: Path) -> Iterator[Deck]:
    made = Deck(f"sqlite:///{tmp_path / 'tape.db'}")
    yield made
    made.tape.close()


@pytest.mark.parametrize("command", sorted(ACTS))
def test_a_viewer_acts_by_no_command(deck: Deck, command: str) -> None:
    assert deck.ask(deck.log_in(Role.VIEWER), command) == {"ok": False, "error": VIEWERS_ONLY_LOOK}
    assert deck.ran == []
    assert deck.written() == [(command, VIEWERS_ONLY_LOOK)]


@pytest.mark.parametrize("command", [b"start_bot", ["start_bot"], "START_BOT", "", None, 1])
def test_what_is_not_known_to_look_is_held_to_act(deck: Deck, command: object) -> None:
    assert not deck.ask(deck.log_in(Role.VIEWER), command)["ok"]
    assert deck.ran == []


@pytest.mark.parametrize("command", sorted(READS))
def test_looking_is_for_everybody_and_is_not_written_down(deck: Deck, command: str) -> None:
    assert deck.ask(deck.log_in(Role.VIEWER), command)["ok"]
    assert deck.written() == []


def test_a_viewers_flood_is_counted_and_does_not_fill_the_disk(deck: Deck) -> None:
    viewer = deck.log_in(Role.VIEWER)
    for _ in range(500):
        deck.ask(viewer, "stop_bot", bot_id="paper")
    deck.now_ms += 1_000
    deck.clerk.settle()
    [first, rest] = reversed(deck.audit.entries(10))
    assert (first.detail, rest.detail) == ('{"bot_id": "paper"}', "499 more")


def test_who_asked_from_where_for_which_bot_is_written_down(deck: Deck) -> None:
    deck.ask(SCRIPT, "test_trade", bot_id="paper", args={"side": "buy"}, id="k")
    [entry] = deck.audit.entries(10)
    assert (entry.who, entry.role, entry.address) == ("operator by token", "operator", "10.0.0.9")
    assert (entry.action, entry.outcome) == ("test_trade", "ok")
    assert entry.detail == '{"bot_id": "paper", "args": {"side": "buy"}, "id": "k"}'


@pytest.mark.parametrize("command", sorted(RISKS_MONEY))
def test_real_money_asks_for_the_password_again_after_a_quarter_of_an_hour(deck: Deck, command: str) -> None:
    operator = deck.log_in()
    deck.now_ms += PROVED_FOR_MS - 1
    assert deck.ask(operator, command, bot_id="live")["ok"]
    deck.now_ms += 1
    assert deck.ask(operator, command, bot_id="live") == {"ok": False, "error": NEEDS_PROOF, "needs": "proof"}
    assert len(deck.ran) == 1
    assert deck.ask(operator, command, bot_id="paper")["ok"], "paper asks nothing"
    assert operator.session_id
    deck.sessions.prove(operator.session_id)
    assert deck.ask(operator, command, bot_id="live")["ok"]


@pytest.mark.parametrize("command", sorted(ACTS - RISKS_MONEY))
def test_what_stops_a_bot_never_asks_for_it(deck: Deck, command: str) -> None:
    operator = deck.log_in()
    deck.now_ms += PROVED_FOR_MS
    assert deck.ask(operator, command, bot_id="live")["ok"]


@pytest.mark.parametrize("visitor", [SCRIPT, OWNER])
def test_scripts_and_the_machines_own_people_are_not_asked(deck: Deck, visitor: Visitor) -> None:
    assert deck.ask(visitor, "start_bot", bot_id="live")["ok"]


def test_a_revoked_session_acts_no_more_however_open_its_line_is(deck: Deck) -> None:
    operator = deck.log_in()
    assert operator.session_id
    deck.sessions.revoke(operator.session_id)
    assert deck.ask(operator, "stop_bot")["error"] == LOGGED_OUT
    assert deck.ran == []


def test_real_money_is_written_down_before_anything_is_done(deck: Deck) -> None:
    deck.ask(SCRIPT, "start_bot", bot_id="live")
    deck.ask(SCRIPT, "start_bot", bot_id="paper")
    assert deck.written() == [("start_bot", BEGUN), ("start_bot", "ok"), ("start_bot", "ok")]


@pytest.mark.parametrize("command", sorted(RISKS_MONEY))
def test_what_cannot_be_written_down_starts_no_live_bot(deck: Deck, command: str) -> None:
    deck.break_audit()
    refused = deck.ask(SCRIPT, command, bot_id="live")
    assert "cannot be written down" in refused["error"]
    assert deck.ran == []
    assert deck.ask(SCRIPT, command, bot_id="paper")["ok"], "no real money is at stake"


@pytest.mark.parametrize("command", STOPS)
def test_a_broken_audit_stops_no_stop(deck: Deck, command: str) -> None:
    deck.break_audit()
    assert deck.ask(SCRIPT, command, bot_id="live")["ok"]
    assert deck.ask(deck.log_in(), command, bot_id="live")["ok"]


@pytest.mark.parametrize("command", STOPS)
def test_unreadable_sessions_stop_no_stop_but_every_live_start(deck: Deck, command: str) -> None:
    operator = deck.log_in()
    with deck.tape.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE deck_sessions"))
    assert deck.ask(operator, command, bot_id="live")["ok"]
    assert not deck.ask(operator, "start_bot", bot_id="live")["ok"]


def test_what_broke_half_way_is_written_down_too(deck: Deck) -> None:
    def breaks(payload: object) -> dict[str, Any]:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        Guard(breaks, deck.proofs, deck.clerk).run({"command": "stop_bot"}, SCRIPT)
    assert deck.written() == [("stop_bot", "The relay failed: see its log.")]


def test_what_cannot_be_told_breaks_nothing(deck: Deck) -> None:
    nested: dict[str, Any] = {}
    for _ in range(100_000):
        nested = {"in": nested}
    assert deck.ask(SCRIPT, "stop_bot", args=nested)["ok"]
    assert deck.written() == [("stop_bot", "ok")]
