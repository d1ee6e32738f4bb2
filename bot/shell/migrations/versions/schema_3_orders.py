"""Schema 3: what an order is and what the exchange calls it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String, Text

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Add the columns; what was there before were orders at the market, of no exchange."""
    op.add_column("journal_orders", Column("type", String(10), nullable=False, server_default="market"))
    op.add_column("journal_orders", Column("price", Text))
    op.add_column("journal_orders", Column("trigger_price", Text))
    op.add_column("journal_orders", Column("client_order_id", String(40), nullable=False, server_default=""))
    op.add_column("journal_orders", Column("exchange_order_id", String(120)))
