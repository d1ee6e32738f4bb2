"""One order out of the journal, found by its id through indexes, however long the history is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from bot.core.journal_events import JournalEvent
from bot.core.order_life import KeptOrder, order_story
from bot.questions import MOMENTS_MAX, OrderStory
from bot.shell import journal_schema as schema


def read_order(connection: Connection, bot_id: str, order_id: str) -> OrderStory | None:
    """The order with its life, of which at most the first thousand moments; None where there is none of that id."""
    orders, events = schema.orders, schema.events
    row = connection.execute(select(orders).where(orders.c.bot_id == bot_id, orders.c.id == order_id)).first()
    if row is None:
        return None
    query = select(events.c.ts, events.c.type, events.c.data).order_by(events.c.n).limit(MOMENTS_MAX - 1)
    query = query.where(events.c.bot_id == bot_id, events.c.order_id == order_id)
    told = [
        JournalEvent(ts=ts, type=name, data=orjson.loads(data), order_id=order_id)
        for ts, name, data in connection.execute(query)
    ]
    return order_story(_kept(row), told)


def _kept(row: Row[Any]) -> KeptOrder:
    return KeptOrder(
        id=row.id,
        client_order_id=row.client_order_id or None,
        exchange_order_id=row.exchange_order_id,
        side=row.side,
        type=row.type,
        amount=Decimal(row.amount),
        price=_decimal(row.price),
        trigger_price=_decimal(row.trigger_price),
        reason=row.reason,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
