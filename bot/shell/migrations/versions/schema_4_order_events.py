"""Schema 4: which order an event is about, so that an order's life is found without reading the whole history."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

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
"""How each database reads what an event's JSON says already; nothing else of a row is touched."""


def upgrade() -> None:
    """Add the column, take its values from what is there, and the index."""
    op.add_column("journal_events", Column("order_id", String(120)))
    op.execute(FILL_IN.format(**INSIDE[op.get_bind().dialect.name]))
    op.create_index("journal_events_by_order", "journal_events", ["bot_id", "order_id"])
