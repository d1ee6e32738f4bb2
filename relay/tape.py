"""The tape: the durable, ordered log of what the bots reported, and the outcome of every command.

Its `seq` rises by one per event over all bots and is never given twice. One relay writes a tape.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from relay.command_book import CommandBook, UnderWay
from relay.envelope import envelope
from relay.tape_claim import Taken, claim
from relay.trade_filter import TradeFilter
from relay.trade_index import TradeIndex

SCHEMA_VERSION = "1"
_QUERY_CHUNK = 300
SEARCH_SPAN = 10_000
"""Of the tape's events, how many one look for matching trades goes through: a long search must hold nobody up."""

_schema = sa.MetaData()
_meta = sa.Table(
    "tape_meta", _schema, sa.Column("key", sa.String(50), primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
_events = sa.Table(
    "tape_events",
    _schema,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("bot_id", sa.String(200), nullable=False),
    sa.Column("type", sa.String(20), nullable=False),
    sa.Column("id", sa.String(200), nullable=False),
    sa.Column("ts", sa.BigInteger, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.UniqueConstraint("bot_id", "type", "id"),
    sa.Index("tape_events_by_type", "type", "bot_id", "seq"),
)
_trade_index = TradeIndex(_schema, _events)
_commands = CommandBook(_schema)


class TapeError(Exception):
    """The tape cannot be used; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event for the tape: `data` is its JSON text, `ts` the relay's clock in ms."""

    bot_id: str
    type: str
    id: str
    ts: int
    data: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.bot_id, self.type, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as it stands on the tape."""

    seq: int
    entry: Entry

    @property
    def text(self) -> str:
        entry = self.entry
        return envelope(entry.type, entry.bot_id, entry.ts, entry.data, self.seq)

    @property
    def data(self) -> dict[str, Any]:
        return dict(orjson.loads(self.entry.data))


class Tape:
    """Opened once by the relay. Not safe for two writers at once: the relay's hub holds its lock around each call."""

    def __init__(self, url: str) -> None:
        """Open or create the tape behind a SQLAlchemy URL; raises `TapeError`, and then nothing was written."""
        self._engine = create_engine(url)
        self._claimed: Connection | None = None
        self._is_unsure = False
        """Did a write fail, which may have been done all the same?"""
        try:
            self._claimed = claim(self._engine)
            self._open()
        except BaseException as error:
            self.close()
            if isinstance(error, Taken):
                raise TapeError(
                    f"The tape at {_shown(url)} is used by another Tapedeck, maybe on another machine: stop it or set"
                    " TAPEDECK_DATABASE_URL."
                ) from None
            if isinstance(error, sa.exc.DBAPIError):
                raise TapeError(f"The tape at {_shown(url)} cannot be used: {_cause(error)}.") from None
            raise

    def _open(self) -> None:
        _check_health(self._engine)
        _schema.create_all(self._engine)
        with self._engine.begin() as connection:
            known = {row.key: row.value for row in connection.execute(sa.select(_meta))}
            if known.get("schema", SCHEMA_VERSION) != SCHEMA_VERSION:
                raise TapeError(
                    f"The tape was written by a newer Tapedeck (schema {known['schema']}): update this one."
                )
            self.id = known.get("id") or uuid.uuid4().hex
            if "id" not in known:
                connection.execute(
                    _meta.insert(), [{"key": "id", "value": self.id}, {"key": "schema", "value": SCHEMA_VERSION}]
                )
            self.last_seq: int = connection.scalar(sa.select(sa.func.max(_events.c.seq))) or 0
            _trade_index.catch_up(connection)

    def append(
        self, entries: Sequence[Entry], outcomes: Mapping[str, Mapping[str, Any]] | None = None
    ) -> list[Event | None]:
        """Write all in one transaction; on return they are on disk. None stands for one that was there already.

        `outcomes` end commands by their ids in the same transaction. After one that failed call `recovered` first.
        """
        self._is_unsure = True
        with self._engine.begin() as connection:
            known = _known(connection, entries)
            stored: list[Event | None] = []
            seq = self.last_seq
            for entry in entries:
                if entry.key in known:
                    stored.append(None)
                    continue
                known.add(entry.key)
                seq += 1
                stored.append(Event(seq=seq, entry=entry))
            rows = [_row(event) for event in stored if event]
            if rows:
                connection.execute(_events.insert(), rows)
                _trade_index.add(connection, rows)
            _commands.end(connection, outcomes or {})
        self.last_seq = seq
        self._is_unsure = False
        return stored

    def recovered(self) -> list[Event]:
        """What an `append` that failed has written all the same, for its answer alone was lost; oldest first."""
        if not self._is_unsure:
            return []
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_events).where(_events.c.seq > self.last_seq).order_by(_events.c.seq))
            found = [_event(row) for row in rows]
        if found:
            self.last_seq = found[-1].seq
        self._is_unsure = False
        return found

    def after(self, seq: int, limit: int, upto: int | None = None) -> list[Event]:
        """At most `limit` events with a higher `seq`, oldest first, none beyond `upto`."""
        query = sa.select(_events).where(_events.c.seq > seq).order_by(_events.c.seq).limit(limit)
        return self._events(query if upto is None else query.where(_events.c.seq <= upto))

    def newest(
        self, type_name: str, limit: int, *, bot_id: str | None = None, before_seq: int | None = None
    ) -> list[Event]:
        """At most `limit` events of a type, newest first; where given, of one bot and older than `before_seq`."""
        query = sa.select(_events).where(_events.c.type == type_name).order_by(_events.c.seq.desc()).limit(limit)
        if bot_id is not None:
            query = query.where(_events.c.bot_id == bot_id)
        return self._events(query if before_seq is None else query.where(_events.c.seq < before_seq))

    def trades(
        self, wanted: TradeFilter, limit: int, *, bot_id: str | None = None, before_seq: int | None = None
    ) -> tuple[list[Event], int]:
        """At most `limit` matching trades, newest first, and the `before_seq` to go on with; 0 when there are no more.

        One call goes through at most `SEARCH_SPAN` events where not every trade is wanted, and may find none of many.
        """
        if wanted.is_everything and bot_id is not None:
            found = self.newest("trade", limit, bot_id=bot_id, before_seq=before_seq)
            return found, found[-1].seq if len(found) == limit else 0
        before = min(before_seq or self.last_seq + 1, self.last_seq + 1)  # a look goes no further than there is tape
        floor = 1 if wanted.is_everything else max(before - SEARCH_SPAN, 1)
        found = self._events(_trade_index.matching(wanted, bot_id=bot_id, floor=floor, before=before).limit(limit))
        return found, found[-1].seq if len(found) == limit else floor if floor > 1 else 0

    def find(self, type_name: str, event_id: str, *, bot_id: str | None = None) -> Event | None:
        """The event of a type and id; without a bot that of the first one that has it."""
        columns = _events.c
        query = sa.select(_events).where(columns.type == type_name, columns.id == event_id)
        query = query.where(columns.bot_id.in_(self.bot_ids() if bot_id is None else [bot_id]))
        found = self._events(query.order_by(columns.seq).limit(1))
        return found[0] if found else None

    def latest_status(self, bot_id: str, *, reported: bool = False) -> Event | None:
        """The bot's last status; with `reported` the last one that the bot itself sent, not the relay for it."""
        query = sa.select(_events).where(_events.c.type == "status", _events.c.bot_id == bot_id)
        if reported:
            query = query.where(sa.not_(_events.c.id.startswith("relay-")))
        found = self._events(query.order_by(_events.c.seq.desc()).limit(1))
        return found[0] if found else None

    def bot_ids(self) -> list[str]:
        """Every bot that is on the tape, in the order of its first event."""
        query = sa.select(_events.c.bot_id).group_by(_events.c.bot_id).order_by(sa.func.min(_events.c.seq))
        with self._engine.connect() as connection:
            return list(connection.scalars(query))

    def begin_command(self, command_id: str, ts: int, acts: UnderWay | None = None) -> dict[str, Any] | None:
        """Note that a command is about to be sent; None when it is new, else its outcome ({} while there is none).

        `acts` says whom it is for where its outcome is an event too; `append` ends it then, else `end_command`.
        """
        with self._engine.begin() as connection:
            return _commands.begin(connection, command_id, ts, acts)

    def end_command(self, command_id: str, outcome: Mapping[str, Any]) -> None:
        """Keep the outcome, so that the same id gets it again."""
        with self._engine.begin() as connection:
            _commands.end(connection, {command_id: outcome})

    def under_way(self) -> list[UnderWay]:
        """Commands that act and have no outcome yet."""
        with self._engine.connect() as connection:
            return _commands.under_way(connection)

    @property
    def engine(self) -> Engine:
        """The database, for what is kept beside the tape in tables of its own."""
        return self._engine

    def close(self) -> None:
        """Let go of the database."""
        if self._claimed is not None:
            self._claimed.close()
        self._engine.dispose()

    def _events(self, query: sa.Select[Any]) -> list[Event]:
        with self._engine.connect() as connection:
            return [_event(row) for row in connection.execute(query)]


def _row(event: Event) -> dict[str, object]:
    entry = event.entry
    return {
        "seq": event.seq,
        "bot_id": entry.bot_id,
        "type": entry.type,
        "id": entry.id,
        "ts": entry.ts,
        "data": entry.data,
    }


def _event(row: sa.Row[Any]) -> Event:
    return Event(seq=row.seq, entry=Entry(bot_id=row.bot_id, type=row.type, id=row.id, ts=row.ts, data=row.data))


def _known(connection: Connection, entries: Sequence[Entry]) -> set[tuple[str, str, str]]:
    columns = (_events.c.bot_id, _events.c.type, _events.c.id)
    known: set[tuple[str, str, str]] = set()
    for keys in _chunks([entry.key for entry in entries]):
        query = sa.select(*columns).where(sa.tuple_(*columns).in_(keys))
        known.update((row[0], row[1], row[2]) for row in connection.execute(query))
    return known


def _chunks(keys: list[tuple[str, str, str]]) -> Iterable[list[tuple[str, str, str]]]:
    return (keys[start : start + _QUERY_CHUNK] for start in range(0, len(keys), _QUERY_CHUNK))


def create_engine(url: str) -> Engine:
    """An engine for the tape's database, which a second process may open beside the relay."""
    parsed = sa.engine.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_pre_ping=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 10, "check_same_thread": False})
    sa.event.listen(engine, "connect", _configure_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _check_health(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if verdict != "ok":
        raise TapeError(
            f"The tape at {_shown(str(engine.url))} is damaged ({verdict}): move the file away or restore a copy."
        )


def _shown(url: str) -> str:
    parsed = sa.engine.make_url(url)
    return str(Path(parsed.database or "")) if parsed.get_backend_name() == "sqlite" else parsed.render_as_string(True)


def _cause(error: sa.exc.DBAPIError) -> str:
    text = " ".join(str(error.orig).split()).rstrip(".")
    if "not a database" in text:
        return f"{text}; it was left as it is, so move the file away or restore a copy"
    return f"{text}; mend the database or set TAPEDECK_DATABASE_URL"
