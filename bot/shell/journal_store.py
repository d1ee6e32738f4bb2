"""The database under the journal: opened, locked and checked once; every fault of it is one sentence."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, inspect, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.shell import journal_schema as schema

logging.getLogger("filelock").setLevel(logging.WARNING)

LOCK_WAIT_S = 10.0
BUSY_MS = 10_000
"""How long SQLite waits for another writer of the same file: another bot, or the relay's tape."""
WAL_PAUSE_S = 0.02
CLAIM_PAUSE_S = 0.1
MIGRATION_LOCK = int.from_bytes(b"tapedeck")
"""PostgreSQL's advisory lock that a bot holds while it brings the tables up to date."""


class JournalError(Exception):
    """The journal cannot be used; the text is one sentence that says what to do."""


class Store:
    """One connection to the journal's database. With a `lock_path` it is for writing, and nobody else has that lock.

    Raises `JournalError`; what was there before is then untouched.
    """

    def __init__(self, url: str, lock_path: Path | None, *, owner: str = "", lock_wait_s: float = LOCK_WAIT_S) -> None:
        """`owner` is the bot's id: on PostgreSQL, which another machine reaches too, it is locked in the database."""
        self._owner, self._lock_wait_s = owner, lock_wait_s
        self._url = make_url(url)
        self.shown = self._url.render_as_string(hide_password=True)
        self._lock = _lock(lock_path, lock_wait_s) if lock_path else None
        self._engine: Engine | None = None
        try:
            self._open(writable=lock_path is not None)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, on disk when the block is left without an error. Raises `JournalError`."""
        try:
            with self._connection.begin():
                yield self._connection
        except SQLAlchemyError as error:
            raise JournalError(self._fault(_text_of(error))) from error

    def damaged(self, text: str) -> str:
        """The sentence for a journal that does not read as one."""
        return (
            f"The journal in {self.shown} is damaged ({text}): restore it from a copy, or move it away to start a new"
            " account; it was left as it is."
        )

    def close(self) -> None:
        """Let go of the file and of the lock; safe to call twice."""
        if self._engine is not None:
            self._connection.close()
            self._engine.dispose()
            self._engine = None
        if self._lock is not None:
            self._lock.release()

    def _open(self, *, writable: bool) -> None:
        if not writable and self._is_missing():
            raise JournalError(self._absent())
        try:
            engine = _engine(self._url)
            self._connection = engine.connect()
        except SQLAlchemyError as error:
            raise JournalError(self._fault(_text_of(error))) from error
        self._engine = engine
        if self._url.get_backend_name() == "sqlite":
            self._check_file()
        with self.transaction() as connection:
            version = _version(connection)
        self._check_version(version, writable=writable)
        if writable:
            self._prepare(engine, version)
            if self._url.get_backend_name() == "postgresql":
                self._claim()

    def _claim(self) -> None:
        """The lock of this bot id, for as long as the connection lasts: it goes with the process, however that ends."""
        number = int.from_bytes(sha256(f"tapedeck:{self._owner}".encode()).digest()[:8], signed=True)
        gives_up_at = time.monotonic() + self._lock_wait_s
        while True:
            with self.transaction() as connection:
                if connection.scalar(select(func.pg_try_advisory_lock(number))):
                    return
            if time.monotonic() > gives_up_at:
                raise JournalError(
                    f"Another bot of the id {self._owner} is running on the journal in {self.shown}, maybe on another"
                    " machine: stop it, or give this one another TAPEDECK_BOT_ID."
                )
            time.sleep(CLAIM_PAUSE_S)

    def _is_missing(self) -> bool:
        file = self._url.database if self._url.get_backend_name() == "sqlite" else None
        return file is not None and file != ":memory:" and not Path(file).exists()

    def _check_file(self) -> None:
        with self.transaction() as connection:
            fault = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if fault != "ok":
            raise JournalError(self.damaged(str(fault).splitlines()[-1]))

    def _check_version(self, version: int | None, *, writable: bool) -> None:
        if version is not None and version > schema.VERSION:
            raise JournalError(
                f"The journal in {self.shown} was written by a newer Tapedeck (schema {version}, this one knows"
                f" {schema.VERSION}): install that version, or name another TAPEDECK_DATA_DIR."
            )
        if version is None and not writable:
            raise JournalError(self._absent())
        if version != schema.VERSION and not writable:
            raise JournalError(
                f"The journal in {self.shown} is of an older Tapedeck (schema {version}, this one reads"
                f" {schema.VERSION}): start the bot once with python -m bot run, which brings it up to date."
            )

    def _prepare(self, engine: Engine, version: int | None) -> None:
        if self._url.get_backend_name() == "sqlite":
            self._use_write_ahead_log()
        if version != schema.VERSION:
            self._connection.close()  # its pool gives the same one to the migration, and back
            self._migrate(engine)
            self._connection = engine.connect()

    def _use_write_ahead_log(self) -> None:
        """SQLite does not wait for other bots at this change, whatever its busy time-out says; so it is tried again."""
        gives_up_at = time.monotonic() + BUSY_MS / 1000
        while True:
            try:
                with self.transaction() as connection:
                    if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
                        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                    return
            except JournalError as error:
                if "locked" not in str(error) or time.monotonic() > gives_up_at:
                    raise
            time.sleep(WAL_PAUSE_S)

    def _migrate(self, engine: Engine) -> None:
        from bot.shell.journal_migration import migrate  # here, for most starts have nothing to migrate

        try:
            with _exclusive(engine) as connection:
                version = _version(connection)  # again: another bot may have done it while this one waited
                self._check_version(version, writable=True)
                if version != schema.VERSION:
                    migrate(connection, lambda number: put_meta(connection, "", "schema", str(number)))
        except JournalError:
            raise
        except Exception as error:  # whatever it was, the transaction has taken everything back
            raise JournalError(self._not_migrated(_text_of(error))) from error

    def _absent(self) -> str:
        return f"There is no journal in {self.shown} yet: start the bot once with python -m bot run."

    def _not_migrated(self, text: str) -> str:
        if "readonly" in text or "unable to open" in text:
            return self._fault(text)
        return (
            f"The journal in {self.shown} could not be brought to schema {schema.VERSION} ({text}): it was left as it"
            " was, so mend the database and start the bot again, or go on with the Tapedeck that wrote it."
        )

    def _fault(self, text: str) -> str:
        if "readonly" in text or "unable to open" in text:
            return f"The journal in {self.shown} cannot be written ({text}): make the folder writable or name another."
        if any(sign in text for sign in ("malformed", "not a database", "no such table", "no such column")):
            return self.damaged(text)
        return f"The journal in {self.shown} failed ({text}): mend the database and start the bot again."


def get_meta(connection: Connection, bot_id: str, key: str) -> str | None:
    """A note of the bot's (of the journal's own where `bot_id` is empty), or None."""
    table = schema.meta
    value = connection.scalar(select(table.c.value).where(table.c.bot_id == bot_id, table.c.key == key))
    return None if value is None else str(value)


def put_meta(connection: Connection, bot_id: str, key: str, value: str) -> None:
    """Write a note over the one before."""
    table = schema.meta
    mine = (table.c.bot_id == bot_id, table.c.key == key)
    if connection.execute(update(table).where(*mine).values(value=value)).rowcount == 0:
        connection.execute(insert(table), [{"bot_id": bot_id, "key": key, "value": value}])


def _version(connection: Connection) -> int | None:
    """The schema that the journal is of: 0 where it does not say, None where there is no journal."""
    if not inspect(connection).has_table(schema.meta.name):
        return None
    return int(get_meta(connection, "", "schema") or 0)


@contextmanager
def _exclusive(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other of this kind overlaps and that takes back changes of the schema as well.

    Waits up to `BUSY_MS` for the others.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Python's own control of transactions opens none for a change of the schema: it is off, and BEGIN is ours.
            connection.execution_options(isolation_level="AUTOCOMMIT")
        with connection.begin():
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_MS}")
                connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            yield connection


def _lock(path: Path, wait_s: float) -> FileLock:
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait_s)
    except Timeout:
        raise JournalError(
            f"Another bot of this id is running on this journal ({path} is locked): stop it, or give this one another"
            " TAPEDECK_BOT_ID or TAPEDECK_DATA_DIR."
        ) from None
    except OSError as error:
        raise JournalError(
            f"The journal's folder {path.parent} cannot be written ({error.strerror or error}): make it writable, or"
            " name another TAPEDECK_DATA_DIR."
        ) from None
    return lock


def _engine(url: URL) -> Engine:
    engine = create_engine(url)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _careful)
    return engine


def _careful(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")  # a fill that was told must survive a power cut, not only a kill
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.close()


def _text_of(error: Exception) -> str:
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
