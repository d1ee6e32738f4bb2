"""Who writes a tape on PostgreSQL: one relay, on whatever machine. On SQLite the data folder's lock says so."""

from __future__ import annotations

import time
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

NUMBER = int.from_bytes(sha256(b"tapedeck:tape").digest()[:8], signed=True)
"""Of PostgreSQL's advisory lock; a lock is one database's."""
WAIT_S = 3.0
"""A relay that was killed a moment ago is still being let go of."""
PAUSE_S = 0.1


class Taken(Exception):
    """Another relay writes it."""


def claim(engine: Engine) -> Connection | None:
    """The connection that holds the claim, which ends with it and so with the process; None where none is needed.

    Raises `Taken`.
    """
    if engine.dialect.name != "postgresql":
        return None
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    gives_up_at = time.monotonic() + WAIT_S
    while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(NUMBER))):
        if time.monotonic() > gives_up_at:
            connection.close()
            raise Taken
        time.sleep(PAUSE_S)
    return connection
