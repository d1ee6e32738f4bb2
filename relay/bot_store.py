"""What must outlast the relay of each bot, in a table beside the tape's: its place among them, its name, when it was
last heard, and its last price and stats.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

_CHUNK = 300

_schema = sa.MetaData()
_bots = sa.Table(
    "tape_bots",
    _schema,
    sa.Column("bot_id", sa.String(200), primary_key=True),
    sa.Column("place", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("heard_ms", sa.BigInteger),
    sa.Column("price", sa.Text),
    sa.Column("stats", sa.Text),
)
log = logging.getLogger("tapedeck.relay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One bot; `price` and `stats` are envelopes as they were shown, `heard_ms` is the relay's clock."""

    bot_id: str
    place: int
    name: str
    heard_ms: int | None = None
    price: str | None = None
    stats: str | None = None


class BotStore:
    """The table; an older tape gets it at its first start."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        _schema.create_all(engine)

    def load(self) -> list[Kept]:
        """Every bot, in the order in which they came."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_bots).order_by(_bots.c.place, _bots.c.bot_id)).mappings()
            return [Kept(**row) for row in rows]

    def keep(self, bots: Sequence[Kept]) -> bool:
        """All of them in one transaction; was it done? Where the database is broken they are kept another time."""
        try:
            with self._engine.begin() as connection:
                for start in range(0, len(bots), _CHUNK):
                    _replace(connection, bots[start : start + _CHUNK])
        except SQLAlchemyError:
            log.exception("What is known of the bots could not be written; it is tried again.")
            return False
        return True


def _replace(connection: sa.Connection, bots: Sequence[Kept]) -> None:
    connection.execute(_bots.delete().where(_bots.c.bot_id.in_([bot.bot_id for bot in bots])))
    columns = _bots.c.keys()
    connection.execute(_bots.insert(), [{name: getattr(bot, name) for name in columns} for bot in bots])
