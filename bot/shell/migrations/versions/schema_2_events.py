"""Schema 2: what happened, as rows that are only ever added; and the order of time for what is exported."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, String, Text

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Add the table of events and the indexes by time; no row that is there is touched."""
    op.create_table(
        "journal_events",
        Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("bot_id", String(64), nullable=False),
        Column("account", String(200), nullable=False),
        Column("ts", BigInteger, nullable=False),
        Column("type", String(40), nullable=False),
        Column("data", Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("journal_events_by_bot", "journal_events", ["bot_id", "n"])
    op.create_index("journal_orders_of_bot_by_time", "journal_orders", ["bot_id", "ts"])
    op.create_index("journal_trades_of_bot_by_time", "journal_trades", ["bot_id", "ts"])
