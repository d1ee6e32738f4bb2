"""What trades are found by: a small table beside the tape's events, so that a search parses no JSON.

It holds nothing that the events do not say. A tape from before it gets it at the next start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from relay.trade_filter import TradeFilter, result_of, text_of

PAGE = 1_000


class TradeIndex:
    """The table, defined in the tape's schema beside `events`."""

    def __init__(self, schema: sa.MetaData, events: sa.Table) -> None:
        self._events = events
        self._trades = sa.Table(
            "tape_trades",
            schema,
            sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
            sa.Column("bot_id", sa.String(200), nullable=False),
            sa.Column("side", sa.String(10), nullable=False),
            sa.Column("result", sa.String(4), nullable=False),
            sa.Column("words", sa.Text, nullable=False),
        )

    def add(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take up those of these rows of the tape that are trades."""
        found = [_entry(row) for row in rows if row["type"] == "trade"]
        if found:
            connection.execute(self._trades.insert(), found)

    def catch_up(self, connection: Connection) -> None:
        """Take up the trades that were written before there was this table, or by a relay that does not know it."""
        events = self._events.c
        newer = sa.select(self._events).where(events.type == "trade").order_by(events.seq).limit(PAGE)
        while True:
            last = connection.scalar(sa.select(sa.func.max(self._trades.c.seq))) or 0
            rows = connection.execute(newer.where(events.seq > last)).mappings().all()
            if not rows:
                return
            self.add(connection, [dict(row) for row in rows])

    def matching(self, wanted: TradeFilter, *, bot_id: str | None, floor: int, before: int) -> sa.Select[Any]:
        """The events of the trades that match, newest first, with `floor <= seq < before`."""
        trades = self._trades.c
        query = sa.select(self._events).join(self._trades, trades.seq == self._events.c.seq)
        query = query.where(trades.seq >= floor, trades.seq < before).order_by(trades.seq.desc())
        for column, value in ((trades.bot_id, bot_id), (trades.side, wanted.side), (trades.result, wanted.result)):
            if value is not None:
                query = query.where(column == value)
        return query.where(*(trades.words.contains(word, autoescape=True) for word in wanted.words))


def _entry(row: Mapping[str, Any]) -> dict[str, object]:
    trade = orjson.loads(row["data"])
    return {
        "seq": row["seq"],
        "bot_id": row["bot_id"],
        "side": trade.get("side") or "",
        "result": result_of(trade),
        "words": text_of(trade),
    }
