"""Schema 4: which order an event is about, so that an order's life is found without reading the whole history."""

from __future__ import annotations

import json
from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, String, Text, bindparam, column, select, table

revision = "4"
down_revision = "3"

FILL_IN = """
UPDATE journal_events SET order_id = CASE type
    WHEN 'order_placed' THEN {id}
    WHEN 'command' THEN {ordered}
    ELSE {order_id} END
WHERE type IN ('command', 'fill', 'order_closed', 'limit_hit', 'order_placed', 'cancel_requested')
"""
INSIDE = {
    "sqlite": {
        "id": "json_extract(data, '$.id')",
        "ordered": "json_extract(data, '$.data.order_id')",
        "order_id": "json_extract(data, '$.order_id')",
    },
    "postgresql": {
        "id": "CAST(data AS json) ->> 'id'",
        "ordered": "CAST(data AS json) -> 'data' ->> 'order_id'",
        "order_id": "CAST(data AS json) ->> 'order_id'",
    },
}
"""How each database reads what an event's JSON says already; nothing else of a row is touched. Others: `_fill_in`."""
EVENTS = table(
    "journal_events",
    column("n", BigInteger),
    column("type", String),
    column("data", Text),
    column("order_id", String),
)
ABOUT_ORDERS = ("command", "fill", "order_closed", "limit_hit", "order_placed", "cancel_requested")


def upgrade() -> None:
    """Add the column, take its values from what is there, and the index."""
    op.add_column("journal_events", Column("order_id", String(120)))
    inside = INSIDE.get(op.get_bind().dialect.name)
    if inside is None:
        _fill_in()
    else:
        op.execute(FILL_IN.format(**inside))
    op.create_index("journal_events_by_order", "journal_events", ["bot_id", "order_id"])


def _fill_in() -> None:
    """The same on any other database, row by row."""
    connection, events = op.get_bind(), EVENTS.c
    rows = connection.execute(select(events.n, events.type, events.data).where(events.type.in_(ABOUT_ORDERS))).all()
    found = [{"number": n, "found": _order_of(kind, json.loads(data))} for n, kind, data in rows]
    if found:
        change = EVENTS.update().where(events.n == bindparam("number")).values(order_id=bindparam("found"))
        connection.execute(change, found)


def _order_of(kind: str, data: dict[str, Any]) -> str | None:
    if kind == "order_placed":
        return data.get("id")
    return (data.get("data") or {}).get("order_id") if kind == "command" else data.get("order_id")
