"""The audit: who did what, from where, and what became of it, in a chain that shows every later change.

Each row's hash is the SHA-256 of the hash before it and of the row's own fields. `deck_audit_head` holds the last one:
without it nobody would miss rows that were cut off the end.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from bot.redaction import redacted

LENGTHS = {"who": 100, "role": 20, "address": 100, "action": 50, "detail": 500, "outcome": 300}
"""Characters of a row's texts; what is longer is cut."""
FIRST_HASH = "0" * 64
TRIES = 5
"""Another process may write a row of its own in between: the command line does."""
_PAGE = 200

_schema = sa.MetaData()
_rows = sa.Table(
    "deck_audit",
    _schema,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("ts", sa.BigInteger, nullable=False),
    *(sa.Column(name, sa.String(length), nullable=False) for name, length in LENGTHS.items()),
    sa.Column("hash", sa.String(64), nullable=False),
)
_head = sa.Table(
    "deck_audit_head",
    _schema,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)


class NotWritten(Exception):
    """The audit's database did not take it; the text is one sentence that says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "This cannot be written down, so it is not done: look at the relay's log and mend its database."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row; `ts` is milliseconds UTC."""

    seq: int
    ts: int
    who: str
    role: str
    address: str
    action: str
    detail: str
    outcome: str
    hash: str

    def hash_after(self, previous: str) -> str:
        """What `hash` must be where the row before has `previous`."""
        said = {name: value for name, value in asdict(self).items() if name != "hash"}
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last row's number and hash."""

    seq: int = 0
    hash: str = FIRST_HASH


class Audit:
    """Rows are added and read, nothing else."""

    def __init__(self, engine: Engine, wall_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._wall_ms = wall_ms
        self._turn = threading.Lock()
        _schema.create_all(engine)
        try:
            with engine.begin() as connection:
                if connection.scalar(sa.select(_head.c.one)) is None:
                    connection.execute(_head.insert().values(one=1, **asdict(Head())))
        except IntegrityError:
            pass  # another process made it first

    def write(self, who: str, role: str, address: str, action: str, detail: str, outcome: str) -> None:
        """Add a row; on return it is on disk. Secrets in it are hidden. Raises `NotWritten`."""
        given = {"who": who, "role": role, "address": address, "action": action, "detail": detail, "outcome": outcome}
        texts = {name: _clean(text, LENGTHS[name]) for name, text in given.items()}
        try:
            with self._turn:
                if not any(self._add(texts) for _ in range(TRIES)):
                    raise NotWritten
        except Exception as error:  # whatever it is, it must not end what is to be written down
            raise NotWritten from error

    def entries(self, limit: int, before_seq: int | None = None) -> list[Entry]:
        """At most `limit` rows, newest first; where given, those before that one."""
        query = sa.select(_rows).order_by(_rows.c.seq.desc()).limit(limit)
        if before_seq is not None:
            query = query.where(_rows.c.seq < before_seq)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def verify(self, rest: Callable[[], object] = lambda: None) -> str | None:
        """None where nothing was changed, else one sentence that names the first row that is not as it was written.

        `rest` is called now and then: others have their turn.
        """
        last = Head()
        with self._engine.connect() as connection:
            while True:
                for entry in _after(connection, last.seq, rest):
                    fault = _fault_of(entry, last)
                    if fault:
                        return fault
                    last = Head(entry.seq, entry.hash)
                head = _head_of(connection)  # after the rows: what another process adds meanwhile is looked at too
                if head == last:
                    return None
                if not any(True for _ in _after(connection, last.seq, rest)):
                    return _cut_off(last, head)

    def _add(self, texts: dict[str, str]) -> bool:
        """False where another process was faster."""
        try:
            with self._engine.begin() as connection:
                head = _head_of(connection, is_kept=True)
                if head is None:
                    raise NotWritten
                entry = Entry(seq=head.seq + 1, ts=self._wall_ms(), hash="", **texts)
                row = {**asdict(entry), "hash": entry.hash_after(head.hash)}
                moved = _head.update().where(_head.c.one == 1, _head.c.seq == head.seq)
                if connection.execute(moved.values(seq=row["seq"], hash=row["hash"])).rowcount != 1:
                    return False
                connection.execute(_rows.insert(), row)
                return True
        except IntegrityError:
            return False


def _head_of(connection: Connection, *, is_kept: bool = False) -> Head | None:
    """The head; `is_kept` lets other writers wait for this transaction's end, where the database has row locks."""
    query = sa.select(_head.c.seq, _head.c.hash).where(_head.c.one == 1)
    row = connection.execute(query.with_for_update() if is_kept else query).one_or_none()
    return None if row is None else Head(row.seq, row.hash)


def _after(connection: Connection, seq: int, rest: Callable[[], object]) -> Iterator[Entry]:
    """All rows after that one, oldest first, a page at a time; with those before the first, which nobody wrote."""
    is_after: sa.ColumnElement[bool] = _rows.c.seq > seq if seq else sa.true()
    while True:
        found = [
            _entry(row)
            for row in connection.execute(sa.select(_rows).where(is_after).order_by(_rows.c.seq).limit(_PAGE))
        ]
        yield from found
        if len(found) < _PAGE:
            return
        rest()
        is_after = _rows.c.seq > found[-1].seq


def _fault_of(entry: Entry, last: Head) -> str | None:
    if entry.seq > last.seq + 1:
        return f"Row {last.seq + 1} of the audit is missing."
    if entry.seq <= last.seq:
        return f"Row {entry.seq} of the audit was not written by Tapedeck."
    if entry.hash != entry.hash_after(last.hash):
        return f"Row {entry.seq} of the audit was changed, or a row before it put in another's place."
    return None


def _cut_off(last: Head, head: Head | None) -> str:
    if head is not None and head.seq > last.seq:
        return f"Row {last.seq + 1} of the audit is missing, and every one after it up to {head.seq}."
    return f"The audit does not end with row {last.seq} as it was written: its last rows were changed."


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    known = row._asdict()
    return Entry(**{field.name: known[field.name] for field in fields(Entry)})


def _clean(text: str, length: int) -> str:
    """Hidden secrets, one line, and nothing that a database does not take: NUL, half a surrogate pair."""
    shown = "".join(sign if sign.isprintable() else " " for sign in redacted(text[: 4 * length]))
    return shown if len(shown) <= length else shown[: length - 1] + "…"
