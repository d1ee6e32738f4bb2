"""The commands on the tape: which ids were sent, what came of each, and which are under way.

What is under way stands in a table of its own with whom it is for, so that a relay that was killed can still tell
everyone that it never learned the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from relay.envelope import encode


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A command that acts, sent to a bot and not answered yet."""

    id: str
    bot_id: str
    command: str


class CommandBook:
    """The two tables, defined in the tape's schema; a tape from before gets the second at its next start."""

    def __init__(self, schema: sa.MetaData) -> None:
        self._commands = sa.Table(
            "tape_commands",
            schema,
            sa.Column("id", sa.String(200), primary_key=True),
            sa.Column("ts", sa.BigInteger, nullable=False),
            sa.Column("outcome", sa.Text),
        )
        self._under_way = sa.Table(
            "tape_under_way",
            schema,
            sa.Column("id", sa.String(200), primary_key=True),
            sa.Column("bot_id", sa.String(200), nullable=False),
            sa.Column("command", sa.String(50), nullable=False),
        )

    def begin(self, connection: Connection, command_id: str, ts: int, acts: UnderWay | None) -> dict[str, Any] | None:
        """See `Tape.begin_command`."""
        known = connection.execute(sa.select(self._commands.c.outcome).where(self._commands.c.id == command_id)).first()
        if known is not None:
            return dict(orjson.loads(known.outcome)) if known.outcome else {}
        connection.execute(self._commands.insert().values(id=command_id, ts=ts))
        if acts is not None:
            row = {"id": acts.id, "bot_id": acts.bot_id, "command": acts.command}
            connection.execute(self._under_way.insert(), [row])
        return None

    def end(self, connection: Connection, outcomes: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what came of these ids; they are under way no more."""
        for command_id, outcome in outcomes.items():
            ended = self._commands.update().where(self._commands.c.id == command_id)
            connection.execute(ended.values(outcome=encode(outcome)))
        if outcomes:
            connection.execute(self._under_way.delete().where(self._under_way.c.id.in_(list(outcomes))))

    def under_way(self, connection: Connection) -> list[UnderWay]:
        """Those without an outcome, by their ids."""
        rows = connection.execute(sa.select(self._under_way).order_by(self._under_way.c.id))
        return [UnderWay(id=row.id, bot_id=row.bot_id, command=row.command) for row in rows]
