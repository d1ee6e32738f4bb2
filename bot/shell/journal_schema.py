"""The journal's tables. All are keyed by bot, so several bots and the relay's tape may share one database.

A change here needs a migration of the same number in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

VERSION = 4
"""The newest migration's number; a journal carries its own in `journal_meta`, under the key `schema`."""

metadata = MetaData()

meta = Table(
    "journal_meta",
    metadata,
    Column("bot_id", String(64), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

accounts = Table(
    "journal_accounts",
    metadata,
    Column("bot_id", String(64), primary_key=True),
    Column("account", String(200), primary_key=True),
    Column("snapshot", Text, nullable=False),
)

orders = Table(
    "journal_orders",
    metadata,
    Column("bot_id", String(64), primary_key=True),
    Column("id", String(120), primary_key=True),
    Column("account", String(200), nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("side", String(4), nullable=False),
    Column("amount", Text, nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Column("type", String(10), nullable=False, server_default="market"),
    Column("price", Text),
    Column("trigger_price", Text),
    Column("client_order_id", String(40), nullable=False, server_default=""),
    Column("exchange_order_id", String(120)),
)
Index("journal_orders_of_bot_by_time", orders.c.bot_id, orders.c.ts)

trades = Table(
    "journal_trades",
    metadata,
    Column("bot_id", String(64), primary_key=True),
    Column("id", String(120), primary_key=True),
    Column("account", String(200), nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
)
Index("journal_trades_by_time", trades.c.bot_id, trades.c.account, trades.c.ts)
Index("journal_trades_of_bot_by_time", trades.c.bot_id, trades.c.ts)

commands = Table(
    "journal_commands",
    metadata,
    Column("bot_id", String(64), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("ts", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),
)

outbox = Table(
    "journal_outbox",
    metadata,
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("bot_id", String(64), nullable=False),
    Column("event", String(40), nullable=False),
    Column("data", Text, nullable=False),
    Column("error", Text),
    sqlite_autoincrement=True,
)
Index("journal_outbox_by_bot", outbox.c.bot_id, outbox.c.n)

events = Table(
    "journal_events",
    metadata,
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("bot_id", String(64), nullable=False),
    Column("account", String(200), nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("type", String(40), nullable=False),
    Column("data", Text, nullable=False),
    Column("order_id", String(120)),
    sqlite_autoincrement=True,
)
"""What happened, in order: rows are added and never changed or removed. `order_id` is the order that it is about."""
Index("journal_events_by_bot", events.c.bot_id, events.c.n)
Index("journal_events_by_order", events.c.bot_id, events.c.order_id)
