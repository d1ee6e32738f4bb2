"""Tokens of single bots: kept as hashes, one a bot, ended one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from relay.access.bot_tokens import BotTokens
from relay.access.gate import Gate, NotAdmitted
from relay.access.sessions import Sessions
from relay.tape import Tape

COMMON = "the token of all bots"


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    tape = Tape(database_url)
    yield tape.engine
    tape.close()


@pytest.fixture
def tokens(engine: sa.Engine) -> BotTokens:
    return BotTokens(engine, lambda: 1_000)


@pytest.fixture
def gate(engine: sa.Engine, tokens: BotTokens) -> Gate:
    sessions = Sessions(engine, lambda: 1_000)
    return Gate(
        api_token="api",
        bot_token=COMMON,
        is_open=False,
        sessions=sessions,
        bot_tokens=tokens,
        secret_of=lambda _environ: None,
    )


def test_an_issued_token_is_that_bots_alone(tokens: BotTokens) -> None:
    token = tokens.issue("bot-1")
    assert tokens.check("bot-1", token)
    assert not tokens.check("bot-2", token)
    assert not tokens.check("bot-1", token + "x")
    assert not tokens.check("bot-1", "")
    assert not tokens.check("bot-1", "\ud800")
    assert not tokens.check("bot-2", "")


def test_a_new_one_ends_the_one_before(tokens: BotTokens) -> None:
    first, second = tokens.issue("bot-1"), tokens.issue("bot-1")
    assert not tokens.check("bot-1", first)
    assert tokens.check("bot-1", second)
    assert [token.bot_id for token in tokens.all()] == ["bot-1"]


def test_a_revoked_one_is_over(tokens: BotTokens) -> None:
    token = tokens.issue("bot-1")
    assert tokens.revoke("bot-1")
    assert not tokens.revoke("bot-1")
    assert not tokens.check("bot-1", token)
    assert tokens.all() == []


def test_nothing_in_the_database_lets_a_bot_in(engine: sa.Engine, tokens: BotTokens) -> None:
    token = tokens.issue("bot-1")
    with engine.connect() as connection:
        [row] = connection.execute(sa.text("SELECT * FROM deck_bot_tokens")).all()
    assert token not in str(row)
    assert not tokens.check("bot-1", tokens.all()[0].hash)


@pytest.mark.parametrize("bot_id", ["", "x" * 65, "a\nb"])
def test_what_is_no_bots_id_gets_no_token(tokens: BotTokens, bot_id: str) -> None:
    with pytest.raises(ValueError, match="bot_id"):
        tokens.issue(bot_id)


def test_a_bot_with_a_token_of_its_own_comes_in_by_it_alone(gate: Gate, tokens: BotTokens) -> None:
    assert gate.admit_bot("bot-1", COMMON).token_hash is None
    token = tokens.issue("bot-1")
    assert gate.admit_bot("bot-1", token).token_hash is not None
    for bot_id, given in (("bot-1", COMMON), ("bot-2", token), ("bot-1", None), ("bot-1", b"x"), (None, token)):
        with pytest.raises(NotAdmitted):
            gate.admit_bot(bot_id, given)
    assert gate.admit_bot("bot-2", COMMON)


def test_a_bot_inside_is_over_when_it_could_not_come_in_as_it_came(gate: Gate, tokens: BotTokens) -> None:
    token = tokens.issue("bot-1")
    own, common = gate.admit_bot("bot-1", token), gate.admit_bot("bot-2", COMMON)
    assert gate.ended_passes([own, common]) == set()
    tokens.issue("bot-1")
    assert gate.ended_passes([own, common]) == {own}
    tokens.revoke("bot-1")
    assert gate.ended_passes([own, common]) == {own}
    tokens.issue("bot-2")
    assert gate.ended_passes([common]) == {common}
    assert gate.ended_passes([]) == set()
