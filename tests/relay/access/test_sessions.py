"""Sessions outlive the relay, end by themselves, and can be ended; on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from relay.access.sessions import ABSOLUTE_MS, IDLE_MS, SEEN_EVERY_MS, Sessions
from relay.access.visitor import Role


class Clock:
    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    made = sa.create_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def sessions(engine: sa.Engine, clock: Clock) -> Sessions:
    return Sessions(engine, clock)


def test_a_session_is_found_by_its_secret_alone(sessions: Sessions, engine: sa.Engine, clock: Clock) -> None:
    secret = sessions.open(Role.VIEWER, "10.0.0.1", "a phone")
    found = Sessions(engine, clock).of_secret(secret)
    assert found is not None
    assert (found.role, found.address, found.agent) == (Role.VIEWER, "10.0.0.1", "a phone")
    assert sessions.of_secret(found.key) is None, "whoever reads the table can't come in by it"
    assert secret not in str(sessions.all())


def test_it_is_over_when_nobody_used_it_for_long(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(Role.OPERATOR, "", "")
    clock.ms += IDLE_MS - 1
    assert sessions.of_secret(secret)
    clock.ms += 1
    assert sessions.of_secret(secret) is None
    assert sessions.all() == []


def test_use_keeps_it_but_not_for_ever(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(Role.OPERATOR, "", "")
    found = sessions.of_secret(secret)
    assert found
    for _ in range(ABSOLUTE_MS // (IDLE_MS // 2) - 1):
        clock.ms += IDLE_MS // 2
        sessions.use(found.key)
        assert sessions.of_secret(secret)
    clock.ms += IDLE_MS // 2
    assert sessions.of_secret(secret) is None


def test_its_use_is_written_down_once_a_minute(sessions: Sessions, clock: Clock) -> None:
    sessions.open(Role.OPERATOR, "", "")
    [before] = sessions.all()
    clock.ms += SEEN_EVERY_MS - 1
    sessions.use(before.key)
    assert sessions.all() == [before]
    clock.ms += 1
    sessions.use(before.key)
    assert sessions.all()[0].seen_ms == clock.ms


def test_a_revoked_one_is_gone_and_the_others_stay(sessions: Sessions) -> None:
    first, second = (sessions.open(Role.OPERATOR, "", "") for _ in range(2))
    found = sessions.of_secret(first)
    assert found
    assert sessions.revoke(found.key)
    assert not sessions.revoke(found.key)
    assert sessions.of_secret(first) is None
    assert sessions.of_secret(second)
    assert sessions.revoke_all() == 1
    assert sessions.of_secret(second) is None


def test_a_proof_is_as_old_as_it_is(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(Role.OPERATOR, "", "")
    clock.ms += 1_000
    found = sessions.of_secret(secret)
    assert found
    assert clock.ms - found.proved_ms == 1_000
    sessions.prove(found.key)
    assert sessions.all()[0].proved_ms == clock.ms


def test_what_a_browser_says_of_itself_has_an_end(sessions: Sessions) -> None:
    sessions.open(Role.OPERATOR, "x" * 5_000, "y" * 5_000)
    [found] = sessions.all()
    assert (len(found.address), len(found.agent)) == (100, 200)
