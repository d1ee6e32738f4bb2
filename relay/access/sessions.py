"""Who is logged in, kept beside the tape: a session outlives the relay, and can be ended from anywhere.

The cookie holds a random secret, the table its SHA-256: whoever reads the database can't come in by it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.plain_text import plain_line
from relay.access.visitor import Role

IDLE_MS = 12 * 3_600_000
"""A session that nobody used for so long is over; an open page uses it."""
ABSOLUTE_MS = 7 * 24 * 3_600_000
"""However much it is used."""
SEEN_EVERY_MS = 60_000
"""How often its use is written down."""
AGENT_LENGTH = 200

_schema = sa.MetaData()
_sessions = sa.Table(
    "deck_sessions",
    _schema,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("address", sa.String(100), nullable=False),
    sa.Column("agent", sa.String(AGENT_LENGTH), nullable=False),
    sa.Column("opened_ms", sa.BigInteger, nullable=False),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),
    sa.Column("proved_ms", sa.BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login; times are milliseconds UTC, `proved_ms` when the password was last given."""

    key: str
    role: Role
    address: str
    agent: str
    opened_ms: int
    seen_ms: int
    proved_ms: int

    def is_over(self, now_ms: int) -> bool:
        return now_ms - self.seen_ms >= IDLE_MS or now_ms - self.opened_ms >= ABSOLUTE_MS


class Sessions:
    """The table; one that is over is removed when it is next looked at."""

    def __init__(self, engine: Engine, wall_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._wall_ms = wall_ms
        _schema.create_all(engine)

    def open(self, role: Role, address: str, agent: str) -> str:
        """A new session; returns the secret for its cookie, which is kept nowhere else."""
        secret, now = secrets.token_urlsafe(32), self._wall_ms()
        row = {
            "key": _key(secret),
            "role": role.value,
            "address": address[:100],
            "agent": plain_line(agent)[:AGENT_LENGTH],
            "opened_ms": now,
            "seen_ms": now,
            "proved_ms": now,
        }
        with self._engine.begin() as connection:
            connection.execute(_sessions.insert(), row)
        return secret

    def of_secret(self, secret: str) -> Session | None:
        """The session of a cookie, None where it was revoked or is over."""
        return self._valid(_sessions.c.key == _key(secret))

    def get(self, key: str) -> Session | None:
        """The same by its key."""
        return self._valid(_sessions.c.key == key)

    def all(self) -> list[Session]:
        """Every session that is not over, the newest first."""
        now = self._wall_ms()
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_sessions).order_by(_sessions.c.opened_ms.desc())).all()
        return [session for session in map(_session, rows) if not session.is_over(now)]

    def use(self, key: str) -> None:
        """Somebody uses it: it is not idle."""
        now = self._wall_ms()
        self._update(key, _sessions.c.seen_ms <= now - SEEN_EVERY_MS, seen_ms=now)

    def prove(self, key: str) -> None:
        """The password was given again."""
        self._update(key, sa.true(), proved_ms=self._wall_ms())

    def revoke(self, key: str) -> bool:
        """End it; False where there is none."""
        with self._engine.begin() as connection:
            return connection.execute(_sessions.delete().where(_sessions.c.key == key)).rowcount > 0

    def revoke_all(self) -> int:
        """End all of them; returns how many."""
        with self._engine.begin() as connection:
            return connection.execute(_sessions.delete()).rowcount

    def _valid(self, where: sa.ColumnElement[bool]) -> Session | None:
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_sessions).where(where)).one_or_none()
        if row is None:
            return None
        session = _session(row)
        if session.is_over(self._wall_ms()):
            self.revoke(session.key)
            return None
        return session

    def _update(self, key: str, condition: sa.ColumnElement[bool], **values: int) -> None:
        with self._engine.begin() as connection:
            connection.execute(_sessions.update().where(_sessions.c.key == key, condition).values(**values))


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _session(row: sa.Row[tuple[object, ...]]) -> Session:
    fields = row._asdict()
    return Session(**{**fields, "role": Role(fields["role"])})
