"""Credentials of every kind for a relay that runs: made from its own data folder, as nobody outside could."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from relay.access.bot_tokens import BotTokens
from relay.access.login import COOKIE
from relay.access.sessions import Sessions
from relay.access.visitor import Role

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A session: the cookie's header and its key in the table."""

    cookie: str
    key: str


class Credentials:
    """Opens the relay's own tables beside it."""

    def __init__(self, data_dir: Path) -> None:
        self._database = data_dir / "tape.db"
        self._signing_key = (data_dir / "cookie.key").read_text().strip()

    def session(self, role: Role = Role.OPERATOR, *, age_ms: int = 0, signing_key: str | None = None) -> Login:
        """Somebody who logged in `age_ms` ago and was not seen since; `signing_key` is another than the relay's."""
        with self._engine() as engine:
            sessions = Sessions(engine, lambda: time.time_ns() // 1_000_000 - age_ms)
            secret = sessions.open(role, "127.0.0.1", "a test")
            found = sessions.of_secret(secret)
        assert found is not None
        app = Flask("tapedeck")
        app.secret_key = signing_key or self._signing_key
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        signed = signer.dumps({"_user_id": secret, "_fresh": True})
        return Login(cookie=f"{COOKIE}={signed}", key=found.key)

    def revoked(self) -> Login:
        """A session that was ended."""
        login = self.session()
        with self._engine() as engine:
            assert Sessions(engine, lambda: 0).revoke(login.key)
        return login

    def age(self, key: str, *, column: str, ms: int) -> None:
        """Move a time of a session into the past; the first digits of its key are enough."""
        assert self.run(f"UPDATE deck_sessions SET {column} = {column} - {ms} WHERE key LIKE '{key}%'") == 1

    def issue_bot_token(self, bot_id: str) -> str:
        with self._engine() as engine:
            return BotTokens(engine, lambda: 0).issue(bot_id)

    def revoke_bot_token(self, bot_id: str) -> None:
        with self._engine() as engine:
            assert BotTokens(engine, lambda: 0).revoke(bot_id)

    def run(self, statement: str) -> int:
        """On the relay's database; returns how many rows it changed."""
        with self._engine() as engine, engine.begin() as connection:
            return connection.execute(sa.text(statement)).rowcount

    def texts(self, query: str) -> list[str]:
        """The first column of what the relay's database answers."""
        with self._engine() as engine, engine.connect() as connection:
            return list(connection.scalars(sa.text(query)))

    @contextmanager
    def _engine(self) -> Iterator[sa.Engine]:
        engine = sa.create_engine(f"sqlite:///{self._database}", connect_args={"timeout": 10})
        try:
            yield engine
        finally:
            engine.dispose()
