"""Brings a journal's tables up to date, by Alembic. Import it only when something has to be done: that takes a while.

The scripts are in `migrations/versions`, one for each schema, their revision its number. Each stays as it is for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

FOLDER = Path(__file__).with_name("migrations")
VERSION_TABLE = "journal_version"


def migrate(connection: Connection, on_schema: Callable[[int], None]) -> None:
    """Do every migration that this journal lacks, and tell `on_schema` the number of each.

    All of it belongs to the connection's open transaction, which is the caller's to commit. Raises what the database,
    Alembic or a migration raises.
    """
    config = Config(
        attributes={
            "connection": connection,
            "version_table": VERSION_TABLE,
            "on_version_apply": _tell(on_schema),
        }
    )
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


def _tell(on_schema: Callable[[int], None]) -> Callable[..., None]:
    def applied(*, step: Any, **_: object) -> None:
        on_schema(int(step.up_revision_id))

    return applied
