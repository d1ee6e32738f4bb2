"""The gate: who is let in, and who of those inside is let in no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from relay.access.bot_tokens import BotTokens
from relay.access.gate import LOGIN, WRONG_TOKEN, Gate, NotAdmitted, matches
from relay.access.sessions import IDLE_MS, SEEN_EVERY_MS, Sessions
from relay.access.visitor import Means, Role, Visitor
from relay.auth import ELSEWHERE
from relay.tape import Tape

HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8050"}


class World:
    """A gate over a real database, with its clock and a count of what it asks."""

    def __init__(self, url: str) -> None:
        self.now_ms = 1_700_000_000_000
        self.tape = Tape(url)
        self.sessions = Sessions(self.tape.engine, lambda: self.now_ms)
        self.bot_tokens = BotTokens(self.tape.engine, lambda: self.now_ms)
        self.statements: list[str] = []
        sa.event.listen(self.tape.engine, "before_cursor_execute", self._count)

    def _count(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements.append(statement)

    def gate(self, *, is_open: bool = False) -> Gate:
        return Gate(
            api_token="the api token",
            bot_token="the bot token",
            is_open=is_open,
            sessions=self.sessions,
            bot_tokens=self.bot_tokens,
            secret_of=lambda environ: environ.get("secret"),
        )

    def visitor(self) -> Visitor:
        environ = {**HERE, "secret": self.sessions.open(Role.OPERATOR, "127.0.0.1", "")}
        return self.gate().admit(None, environ)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(f"sqlite:///{tmp_path / 'tape.db'}")
    yield made
    made.tape.close()


def refusal(gate: Gate, token: object, environ: Mapping[str, Any] = HERE) -> str:
    with pytest.raises(NotAdmitted) as refused:
        gate.admit(token, environ)
    return str(refused.value)


def test_a_token_that_is_given_must_be_right_whatever_else_is_there(world: World) -> None:
    with_session = {**HERE, "secret": world.sessions.open(Role.OPERATOR, "", "")}
    for token in ("", "wrong", "the bot token", 7, b"the api token", ["the api token"], "\ud800"):
        assert refusal(world.gate(is_open=True), token, with_session) == WRONG_TOKEN
    assert world.gate().admit("the api token", HERE).means is Means.TOKEN


def test_without_a_password_this_machines_names_are_enough_and_no_others(world: World) -> None:
    assert world.gate(is_open=True).admit(None, HERE).means is Means.LOOPBACK
    assert refusal(world.gate(), None) == LOGIN
    for host in ("elsewhere.example", "elsewhere.example:8050", "127.0.0.1.elsewhere.example", ""):
        assert refusal(world.gate(is_open=True), None, {**HERE, "HTTP_HOST": host}) == ELSEWHERE


def test_without_a_password_a_cookie_of_before_changes_nothing(world: World) -> None:
    """A viewer's would forbid, and an operator's could ask for a password that there is no more."""
    left_over = {**HERE, "secret": world.sessions.open(Role.VIEWER, "", "")}
    assert world.gate().admit(None, left_over).role is Role.VIEWER
    found = world.gate(is_open=True).admit(None, left_over)
    assert (found.role, found.means, found.session_id) == (Role.OPERATOR, Means.LOOPBACK, None)


def test_all_open_lines_are_looked_at_with_one_query(world: World) -> None:
    visitors = [world.visitor() for _ in range(30)]
    scripts = [Visitor(role=Role.OPERATOR, means=Means.TOKEN, address="")]
    gate = world.gate()
    world.statements.clear()
    assert gate.ended_sessions(visitors + visitors + scripts) == set()
    assert len(world.statements) == 1
    assert gate.ended_sessions(scripts) == set()
    assert len(world.statements) == 1, "scripts have nothing that could end"


def test_a_session_that_was_revoked_or_is_over_is_told(world: World) -> None:
    first, second, third = (world.visitor() for _ in range(3))
    assert first.session_id
    world.sessions.revoke(first.session_id)
    assert world.gate().ended_sessions([first, second]) == {first.session_id}
    world.now_ms += IDLE_MS
    assert world.gate().ended_sessions([second, third]) == {second.session_id, third.session_id}


def test_an_open_line_keeps_its_session_alive_and_writes_once_a_minute(world: World) -> None:
    visitor = world.visitor()
    world.statements.clear()
    for _ in range(20):
        world.now_ms += SEEN_EVERY_MS // 2
        assert world.gate().ended_sessions([visitor]) == set()
    assert sum(statement.startswith("UPDATE") for statement in world.statements) == 10
    for _ in range(4):
        world.now_ms += IDLE_MS - SEEN_EVERY_MS
        assert world.gate().ended_sessions([visitor]) == set()


def test_a_database_that_takes_nothing_shuts_nobody_out(world: World) -> None:
    """A disk that is full: people come in as before, and can stop their bots."""
    secret = world.sessions.open(Role.OPERATOR, "", "")
    with world.tape.engine.begin() as connection:
        connection.execute(
            sa.text("CREATE TRIGGER full BEFORE UPDATE ON deck_sessions BEGIN SELECT RAISE(FAIL, 'full'); END")
        )
    world.now_ms += SEEN_EVERY_MS
    visitor = world.gate().admit(None, {**HERE, "secret": secret})
    assert world.gate().ended_sessions([visitor]) == set()


def test_sessions_that_are_over_go_with_the_next_login(world: World) -> None:
    for _ in range(20):
        world.sessions.open(Role.VIEWER, "", "")
    world.now_ms += IDLE_MS
    world.sessions.open(Role.OPERATOR, "", "")
    with world.tape.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM deck_sessions")) == 1


def test_nothing_matches_but_the_token_itself() -> None:
    assert matches("töken", "töken")
    for given in ("tök", "tökenx", None, 0, "", "\udcff"):
        assert not matches(given, "töken")
