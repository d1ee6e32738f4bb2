"""Schema 1: account, orders, trades, commands and outbox.

Journals of this schema were made before there were migrations, perhaps not to the end: what is there already is kept.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, String, Text, inspect

revision = "1"
down_revision = None

NUMBER = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Make what is missing."""
    _table("journal_meta", _key("bot_id", 64), _key("key", 40), _text("value"))
    _table("journal_accounts", _key("bot_id", 64), _key("account", 200), _text("snapshot"))
    _table(
        "journal_orders",
        _key("bot_id", 64),
        _key("id", 120),
        Column("account", String(200), nullable=False),
        Column("ts", BigInteger, nullable=False),
        Column("side", String(4), nullable=False),
        _text("amount"),
        Column("purpose", String(20), nullable=False),
        _text("reason"),
        Column("status", String(20), nullable=False),
        _text("detail"),
    )
    _table(
        "journal_trades",
        _key("bot_id", 64),
        _key("id", 120),
        Column("account", String(200), nullable=False),
        Column("ts", BigInteger, nullable=False),
        _text("data"),
    )
    _index("journal_trades_by_time", "journal_trades", "bot_id", "account", "ts")
    _table(
        "journal_commands",
        _key("bot_id", 64),
        _key("id", 200),
        Column("ts", BigInteger, nullable=False),
        _text("answer"),
    )
    _table(
        "journal_outbox",
        Column("n", NUMBER, primary_key=True, autoincrement=True),
        Column("bot_id", String(64), nullable=False),
        Column("event", String(40), nullable=False),
        _text("data"),
        Column("error", Text),
        sqlite_autoincrement=True,
    )
    _index("journal_outbox_by_bot", "journal_outbox", "bot_id", "n")


def _table(name: str, *columns: Column[Any], **options: Any) -> None:
    if not inspect(op.get_bind()).has_table(name):  # asked, for not every database knows IF NOT EXISTS
        op.create_table(name, *columns, **options)


def _index(name: str, table: str, *columns: str) -> None:
    if not inspect(op.get_bind()).has_index(table, name):
        op.create_index(name, table, list(columns))


def _key(name: str, length: int) -> Column[Any]:
    return Column(name, String(length), primary_key=True)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)
