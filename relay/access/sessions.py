"""Who is logged in, kept beside the tape: a session outlives the relay, and can be ended from anywhere.

The cookie holds a random secret, the table its SHA-256: whoever reads the database can't come in by it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.plain_text import plain_line
from relay.access.visitor import Role

IDLE_MS = 12 * 3_600_000
"""A session that nobody used for so long is over; an open page uses it."""
ABSOLUTE_MS = 7 * 24 * 3_600_000
"""However much it is used."""
SEEN_EVERY_MS = 60_000
"""How often its use is written down."""
AGENT_LENGTH = 200

log = logging.getLogger("tapedeck.relay")
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
        is_over = sa.or_(_sessions.c.seen_ms <= now - IDLE_MS, _sessions.c.opened_ms <= now - ABSOLUTE_MS)
        with self._engine.begin() as connection:
            connection.execute(_sessions.delete().where(is_over))
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

    def in_use(self, keys: Collection[str]) -> set[str]:
        """Those of them that are not revoked or over. One query; that they are used is written once a minute."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_sessions).where(_sessions.c.key.in_(keys))).all()
        now = self._wall_ms()
        standing = [session for session in map(_session, rows) if not session.is_over(now)]
        self.note_use(standing)
        return {session.key for session in standing}

    def note_use(self, sessions: Collection[Session]) -> None:
        """As `use`, for those whose use was noted long enough ago; where the database takes nothing that is logged."""
        noted_before = self._wall_ms() - SEEN_EVERY_MS
        due = [session.key for session in sessions if session.seen_ms <= noted_before]
        try:
            if due:
                self.use(*due)
        except SQLAlchemyError:
            log.exception("That a session is used could not be written down.")

    def use(self, *keys: str) -> None:
        """Somebody uses them: they are not idle."""
        now = self._wall_ms()
        is_unnoted = sa.and_(_sessions.c.key.in_(keys), _sessions.c.seen_ms <= now - SEEN_EVERY_MS)
        with self._engine.begin() as connection:
            connection.execute(_sessions.update().where(is_unnoted).values(seen_ms=now))

    def prove(self, key: str) -> None:
        """The password was given again."""
        proved = _sessions.update().where(_sessions.c.key == key).values(proved_ms=self._wall_ms())
        with self._engine.begin() as connection:
            connection.execute(proved)

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


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _session(row: sa.Row[tuple[object, ...]]) -> Session:
    fields = row._asdict()
    return Session(**{**fields, "role": Role(fields["role"])})
