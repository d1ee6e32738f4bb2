"""Tokens of single bots, kept beside the tape as their SHA-256: one that leaks is ended without touching the others.

A bot that has one comes in by it alone, no more by the token that all bots share (`bot.token`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

import sqlalchemy as sa
from sqlalchemy.engine import Engine

BOT_ID_LENGTH = 64
WRONG_BOT_ID = f"bot_id: must be a text of 1 to {BOT_ID_LENGTH} characters."

_schema = sa.MetaData()
_tokens = sa.Table(
    "deck_bot_tokens",
    _schema,
    sa.Column("bot_id", sa.String(BOT_ID_LENGTH), primary_key=True),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("issued_ms", sa.BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotToken:
    """That a bot has a token of its own; milliseconds UTC."""

    bot_id: str
    hash: str
    issued_ms: int


def is_bot_id(value: object) -> TypeGuard[str]:
    """Can a bot be called that?"""
    return isinstance(value, str) and 0 < len(value) <= BOT_ID_LENGTH and value.isprintable()


def hash_of(token: str) -> str:
    """As it is kept; the token is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def fits(given: object, kept: str) -> bool:
    """Is `kept` the hash of that token? In constant time."""
    return isinstance(given, str) and hmac.compare_digest(hash_of(given), kept)


class BotTokens:
    """The table."""

    def __init__(self, engine: Engine, wall_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._wall_ms = wall_ms
        _schema.create_all(engine)

    def issue(self, bot_id: str) -> str:
        """A new token for that bot, kept nowhere; the one before ends. Raises `ValueError` for what is no bot's id."""
        if not is_bot_id(bot_id):
            raise ValueError(WRONG_BOT_ID)
        token = secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            connection.execute(_tokens.delete().where(_tokens.c.bot_id == bot_id))
            row = {"bot_id": bot_id, "hash": hash_of(token), "issued_ms": self._wall_ms()}
            connection.execute(_tokens.insert(), row)
        return token

    def revoke(self, bot_id: str) -> bool:
        """End it; False where there is none. From then on that bot is one of those with the common token again."""
        with self._engine.begin() as connection:
            return connection.execute(_tokens.delete().where(_tokens.c.bot_id == bot_id)).rowcount > 0

    def check(self, bot_id: str, given: str) -> bool:
        """Is that the token of this bot? False for a bot without one."""
        return fits(given, self.hashes([bot_id]).get(bot_id, ""))

    def hashes(self, bot_ids: list[str]) -> dict[str, str]:
        """The hashes of those that have a token of their own."""
        query = sa.select(_tokens.c.bot_id, _tokens.c.hash).where(_tokens.c.bot_id.in_(bot_ids))
        with self._engine.connect() as connection:
            return {row.bot_id: row.hash for row in connection.execute(query)}

    def all(self) -> list[BotToken]:
        """Which bots have one, by their names."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_tokens).order_by(_tokens.c.bot_id)).all()
        return [BotToken(**row._asdict()) for row in rows]
