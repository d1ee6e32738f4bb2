"""The equity samples on disk, in a table beside the tape's: one short transaction a minute, whatever the bots say."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from relay.deck import Deck
from relay.equity import Changes, Sample
from relay.transport import Transport

WRITE_EVERY_S = 60.0
_CHUNK = 300

_schema = sa.MetaData()
_samples = sa.Table(
    "tape_equity",
    _schema,
    sa.Column("bot_id", sa.String(200), primary_key=True),
    sa.Column("ts", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("equity", sa.Text, nullable=False),
)
log = logging.getLogger("tapedeck.relay")


class EquityStore:
    """The table; an older tape gets it at its first start."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        _schema.create_all(engine)

    def load(self) -> dict[str, list[Sample]]:
        """Every bot's samples, oldest first."""
        found: dict[str, list[Sample]] = {}
        with self._engine.connect() as connection:
            for bot_id, ts, equity in connection.execute(
                sa.select(_samples).order_by(_samples.c.bot_id, _samples.c.ts)
            ):
                found.setdefault(bot_id, []).append((ts, equity))
        return found

    def apply(self, changes: Changes) -> None:
        """All of it in one transaction."""
        with self._engine.begin() as connection:
            key = sa.tuple_(_samples.c.bot_id, _samples.c.ts)
            for start in range(0, len(changes.removed), _CHUNK):
                removed = changes.removed[start : start + _CHUNK]
                connection.execute(_samples.delete().where(key.in_(removed)))
            if changes.added:
                rows = [{"bot_id": bot_id, "ts": ts, "equity": equity} for bot_id, ts, equity in changes.added]
                connection.execute(_samples.insert(), rows)


class EquityKeeper:
    """Writes the deck's curves once a minute; `run` is a background task for ever."""

    def __init__(self, deck: Deck, store: EquityStore, transport: Transport) -> None:
        self._deck = deck
        self._store = store
        self._transport = transport

    def run(self) -> None:
        """What could not be written is tried again with the next minute's."""
        while True:
            self._transport.sleep(WRITE_EVERY_S)
            self.write()

    def write(self) -> None:
        """Without the deck's lock while the disk is waited for: the tape's writer never waits for this."""
        with self._deck.lock:
            changes = self._deck.equity.tidy(self._deck.wall_ms())
        if not changes:
            return
        try:
            self._store.apply(changes)
        except SQLAlchemyError:
            log.exception("The equity's history could not be written; it is tried again in %.0f s.", WRITE_EVERY_S)
            return
        with self._deck.lock:
            self._deck.equity.done(changes)
