"""The truth about money, on disk before anything is told or done.

One transaction a step: what happened (rows that are only ever added), the account's snapshot, orders, trades, command
answers and the events to deliver are written together or not at all. A journal that cannot be used raises
`JournalError`, one sentence; nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from bot.core.journal_events import JournalEvent
from bot.core.messages import Order, OrderClosed
from bot.core.order_ids import client_order_id
from bot.core.state import Account, UnreadableSnapshot, dump_account, load_account
from bot.events import EVENT_OF, TYPE_OF, Message, Trade, to_wire
from bot.questions import OrderStory
from bot.shell import journal_schema as schema
from bot.shell.journal_orders import read_order
from bot.shell.journal_store import LOCK_WAIT_S, JournalError, Store, get_meta, put_meta

__all__ = ["Answer", "Ending", "Journal", "JournalError", "Record", "Undelivered"]

KEPT_COMMANDS = 10_000
OUTBOX_LIMIT = 50_000
"""Undelivered statuses further back than this many rows go: the newest says it all. Trades and alerts never go."""
THIN_EVERY = 1_000

Ending = Literal["open", "closed", "orphaned"]
ENDINGS: tuple[Ending, ...] = ("open", "closed", "orphaned")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command was answered, at `ts` (wall clock)."""

    command_id: str
    ts: int
    body: dict[str, Any]


@dataclass(slots=True)
class Record:
    """What one step leaves on disk. `account` is None where nothing of it changed."""

    account: Account | None = None
    events: list[JournalEvent] = field(default_factory=list)
    placed: list[Order] = field(default_factory=list)
    opened: list[Order] = field(default_factory=list)
    closed: list[OrderClosed] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def __bool__(self) -> bool:
        rows = (self.events, self.placed, self.opened, self.closed, self.answers, self.messages)
        return bool(self.account or any(rows))


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A durable event that the relay has not acknowledged."""

    n: int
    event: str
    data: dict[str, Any]


class Journal:
    """One bot's rows, one account of them at a time. With a `lock_path` for writing, else for reading. One thread."""

    def __init__(self, url: str, bot_id: str, *, lock_path: Path | None, lock_wait_s: float = LOCK_WAIT_S) -> None:
        self.bot_id = bot_id
        self._account_key = ""
        self._inserted = 0
        self._store = Store(url, lock_path, owner=bot_id, lock_wait_s=lock_wait_s)

    def origin_ms(self, now_ms: int) -> int:
        """When this bot was first started; `now_ms` where that is now."""
        with self._store.transaction() as connection:
            origin = get_meta(connection, self.bot_id, "origin_ms") or str(now_ms)
            put_meta(connection, self.bot_id, "origin_ms", origin)
        return int(origin)

    def begin_session(self) -> Ending | None:
        """Open a session; returns how the last one ended (None: there was none; `open`: it was killed)."""
        with self._store.transaction() as connection:
            ending = get_meta(connection, self.bot_id, "session")
            put_meta(connection, self.bot_id, "session", "open")
            self._forget_old_commands(connection)
        return next((known for known in ENDINGS if known == ending), None)

    def end_session(self, ending: Ending) -> None:
        """Write how this session ended."""
        with self._store.transaction() as connection:
            put_meta(connection, self.bot_id, "session", ending)

    def close(self) -> None:
        """Let go of the file and of the lock; safe to call twice."""
        self._store.close()

    def open_account(self, account_key: str) -> Account | None:
        """Turn to this account, and give it as its last step left it, or None where there is none yet."""
        self._account_key = account_key
        table = schema.accounts
        query = select(table.c.snapshot).where(table.c.bot_id == self.bot_id, table.c.account == account_key)
        with self._store.transaction() as connection:
            text = connection.scalar(query)
        try:
            return None if text is None else load_account(text)
        except UnreadableSnapshot as error:
            raise JournalError(self._store.damaged(str(error))) from None

    def answer_of(self, command_id: str) -> dict[str, Any] | None:
        """What the command of that id was answered the first time, or None where it is new."""
        table = schema.commands
        query = select(table.c.answer).where(table.c.bot_id == self.bot_id, table.c.id == command_id)
        with self._store.transaction() as connection:
            text = connection.scalar(query)
        return None if text is None else dict(orjson.loads(text))

    def order(self, order_id: str) -> OrderStory | None:
        """An order of this bot's, on whichever account, with all that is written of it; None where there is none."""
        with self._store.transaction() as connection:
            return read_order(connection, self.bot_id, order_id)

    def write(self, record: Record) -> None:
        """All of the record in one transaction, on disk when this returns."""
        if not record:
            return
        with self._store.transaction() as connection:
            self._put_events(connection, record.events)
            if record.account is not None:
                self._put_account(connection, record.account)
            self._put_orders(connection, record)
            self._put_answers(connection, record.answers)
            self._put_messages(connection, record.messages)

    def undelivered(self, after_n: int, limit: int) -> list[Undelivered]:
        """The next events to deliver, in order."""
        table = schema.outbox
        query = (
            select(table.c.n, table.c.event, table.c.data)
            .where(table.c.bot_id == self.bot_id, table.c.n > after_n, table.c.error.is_(None))
            .order_by(table.c.n)
            .limit(limit)
        )
        with self._store.transaction() as connection:
            return [Undelivered(n, name, orjson.loads(data)) for n, name, data in connection.execute(query)]

    def delivered(self, numbers: Sequence[int]) -> None:
        """The relay has these safe: they go."""
        if numbers:
            mine = (schema.outbox.c.bot_id == self.bot_id, schema.outbox.c.n.in_(numbers))
            with self._store.transaction() as connection:
                connection.execute(delete(schema.outbox).where(*mine))

    def refused(self, number: int, error: str) -> None:
        """The relay will not have this one: it is kept with the reason and no longer sent."""
        mine = (schema.outbox.c.bot_id == self.bot_id, schema.outbox.c.n == number)
        with self._store.transaction() as connection:
            connection.execute(update(schema.outbox).where(*mine).values(error=error))

    def summary(self) -> dict[str, Any]:
        """What `status` tells of: how the session stands, counts of rows, the last trades (newest first) and event."""
        box, trades, events = schema.outbox, schema.trades, schema.events
        mine = (trades.c.bot_id == self.bot_id, trades.c.account == self._account_key)
        waiting = select(func.count()).where(box.c.bot_id == self.bot_id)
        last = select(trades.c.data).where(*mine).order_by(trades.c.ts.desc(), trades.c.id.desc()).limit(5)
        event = select(events.c.ts, events.c.type, events.c.data).order_by(events.c.n.desc()).limit(1)
        event = event.where(events.c.bot_id == self.bot_id, events.c.account == self._account_key)
        with self._store.transaction() as connection:
            return {
                "session": get_meta(connection, self.bot_id, "session"),
                "trades": connection.scalar(select(func.count()).select_from(trades).where(*mine)),
                "waiting": connection.scalar(waiting.where(box.c.error.is_(None))),
                "refused": connection.scalar(waiting.where(box.c.error.is_not(None))),
                "last_trades": [orjson.loads(data) for data in connection.scalars(last)],
                "last_event": _event(connection.execute(event).first()),
            }

    def _put_events(self, connection: Connection, events: Sequence[JournalEvent]) -> None:
        if events:
            key = self._account_key
            rows = [
                self._row(account=key, ts=one.ts, type=one.type, data=_json(one.data), order_id=one.order_id)
                for one in events
            ]
            connection.execute(insert(schema.events), rows)

    def _put_account(self, connection: Connection, account: Account) -> None:
        table, snapshot = schema.accounts, dump_account(account)
        mine = (table.c.bot_id == self.bot_id, table.c.account == self._account_key)
        if connection.execute(update(table).where(*mine).values(snapshot=snapshot)).rowcount == 0:
            connection.execute(insert(table), [self._row(account=self._account_key, snapshot=snapshot)])

    def _put_orders(self, connection: Connection, record: Record) -> None:
        table = schema.orders
        if record.placed:
            connection.execute(insert(table), [self._order_row(order) for order in record.placed])
        for order in record.opened:
            named = {"status": "open", "exchange_order_id": order.exchange_order_id}
            sent = (table.c.id == order.id, table.c.status == "sent")
            connection.execute(update(table).where(table.c.bot_id == self.bot_id, *sent).values(named))
        for end in record.closed:
            mine = (table.c.bot_id == self.bot_id, table.c.id == end.order_id)
            connection.execute(update(table).where(*mine).values(status=end.status, detail=end.detail))

    def _order_row(self, order: Order) -> dict[str, Any]:
        return self._row(
            id=order.id,
            account=self._account_key,
            ts=order.ts,
            side=order.side,
            amount=format(order.amount, "f"),
            type=order.type,
            price=_plain(order.price),
            trigger_price=_plain(order.trigger_price),
            client_order_id=client_order_id(order.id),
            purpose=order.purpose,
            reason=order.reason,
            status="sent",
            detail="",
        )

    def _put_answers(self, connection: Connection, answers: Sequence[Answer]) -> None:
        if answers:
            rows = [self._row(id=a.command_id, ts=a.ts, answer=_json(a.body)) for a in answers]
            connection.execute(insert(schema.commands), rows)

    def _put_messages(self, connection: Connection, messages: Sequence[Message]) -> None:
        trades = [message for message in messages if isinstance(message, Trade)]
        if trades:
            rows = [self._row(id=t.id, account=self._account_key, ts=t.ts, data=_json(to_wire(t))) for t in trades]
            connection.execute(insert(schema.trades), rows)
        if messages:
            rows = [self._row(event=EVENT_OF[TYPE_OF[type(m)]], data=_json(to_wire(m)), error=None) for m in messages]
            connection.execute(insert(schema.outbox), rows)
            self._thin_outbox(connection, len(rows))

    def _thin_outbox(self, connection: Connection, added: int) -> None:
        self._inserted += added
        if self._inserted < THIN_EVERY:
            return
        self._inserted, table = 0, schema.outbox
        newest = connection.scalar(select(func.max(table.c.n)).where(table.c.bot_id == self.bot_id)) or 0
        old = (table.c.bot_id == self.bot_id, table.c.event == "status_change", table.c.n <= newest - OUTBOX_LIMIT)
        connection.execute(delete(table).where(*old))

    def _forget_old_commands(self, connection: Connection) -> None:
        table = schema.commands
        newest_first = select(table.c.ts).where(table.c.bot_id == self.bot_id).order_by(table.c.ts.desc())
        oldest = connection.scalar(newest_first.offset(KEPT_COMMANDS).limit(1))
        if oldest is not None:
            connection.execute(delete(table).where(table.c.bot_id == self.bot_id, table.c.ts <= oldest))

    def _row(self, **values: Any) -> dict[str, Any]:
        return {"bot_id": self.bot_id, **values}


def _event(row: Row[Any, Any, Any] | None) -> JournalEvent | None:
    return None if row is None else JournalEvent(ts=row.ts, type=row.type, data=orjson.loads(row.data))


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
