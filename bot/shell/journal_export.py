"""The journal's rows for spreadsheets and programs: oldest first, a page at a time, while the bot may be writing.

A page is one short read, so nothing waits for whoever takes the export, and its memory does not grow with the journal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Row, Table, func, select, tuple_

from bot.events import Trade
from bot.plain_text import plain_text
from bot.settings import Settings
from bot.shell import journal_schema as schema
from bot.shell.journal_store import Store
from bot.spreadsheet import csv_line, text_cell

What = Literal["trades", "orders", "events"]
ExportRow = dict[str, Any]
"""A value for each column of `COLUMNS`; of an event `data` is an object."""

PAGE = 1_000
COLUMNS: dict[What, tuple[str, ...]] = {
    "trades": ("bot_id", "account", *(field.name for field in fields(Trade))),
    "orders": (
        *("bot_id", "account", "id", "ts", "side", "amount", "type", "price", "trigger_price", "purpose", "reason"),
        *("status", "detail", "client_order_id", "exchange_order_id"),
    ),
    "events": ("bot_id", "n", "account", "ts", "type", "data"),
}
_NUMBERS = frozenset({"n", "ts", "price", "trigger_price", "amount", "cost", "fee", "pnl"})
"""Columns that hold no text: a minus sign is none of a formula there."""


class Unwritable(Exception):
    """The export cannot be written where it should go; the text is one sentence that says what to do."""


def export_journal(settings: Settings, what: str, path: str, *, as_csv: bool) -> None:
    """Write `trades`, `orders`, `events` or `all` of the bot's to a file, or to standard output where it is `-`.

    Raises `JournalError` and `Unwritable`.
    """
    store = Store(settings.database_url_effective("journal"), None)
    try:
        write(export(store, settings.bot_id, [name for name in COLUMNS if what in (name, "all")], as_csv=as_csv), path)
    finally:
        store.close()


def read(store: Store, bot_id: str, what: What) -> Iterator[ExportRow]:
    """The bot's rows of all its accounts, oldest first. Raises `JournalError`."""
    table, make = _SOURCES[what]
    after: tuple[Any, ...] | None = None
    while True:
        page = _page(store, table, bot_id, after)
        yield from (make(row) for row in page)
        if len(page) < PAGE:
            return
        after = tuple(page[-1][-len(_order(table)) :])


def _page(store: Store, table: Table, bot_id: str, after: tuple[Any, ...] | None) -> list[Row[Any]]:
    order = _order(table)
    query = select(*table.c, *(column.label(f"order_{number}") for number, column in enumerate(order)))
    query = query.where(table.c.bot_id == bot_id).order_by(*order).limit(PAGE)
    if after is not None:
        query = query.where(tuple_(*order) > after)
    with store.transaction() as connection:
        return list(connection.execute(query))


def _order(table: Table) -> list[ColumnElement[Any]]:
    """What happened at the same millisecond stands in the order of its ids, `-9` before `-10`."""
    return [table.c.n] if "n" in table.c else [table.c.ts, func.length(table.c.id), table.c.id]


def _trade(row: Row[Any]) -> ExportRow:
    return {"bot_id": row.bot_id, "account": row.account, **orjson.loads(row.data)}


def _order_row(row: Row[Any]) -> ExportRow:
    return {name: getattr(row, name) for name in COLUMNS["orders"]}


def _event(row: Row[Any]) -> ExportRow:
    return {**{name: getattr(row, name) for name in COLUMNS["events"]}, "data": orjson.loads(row.data)}


_SOURCES: dict[What, tuple[Table, Callable[[Row[Any]], ExportRow]]] = {
    "trades": (schema.trades, _trade),
    "orders": (schema.orders, _order_row),
    "events": (schema.events, _event),
}


def export(store: Store, bot_id: str, whats: Iterable[What], *, as_csv: bool) -> Iterator[bytes]:
    """The export in pieces, UTF-8. With several `whats` each row says first, in `what`, which of them it is.

    CSV has one header with every column, empty where a row has none; JSON is an array of objects, one a line, money
    as decimal strings and times as integer milliseconds. Raises `JournalError`.
    """
    wanted = tuple(whats)
    rows: Iterator[ExportRow] = (
        {"what": what, **row} if len(wanted) > 1 else row for what in wanted for row in read(store, bot_id, what)
    )
    if not as_csv:
        return json_pieces(rows)
    columns = dict.fromkeys(chain.from_iterable(COLUMNS[what] for what in wanted))
    return csv_pieces(rows, ("what", *columns) if len(wanted) > 1 else tuple(columns))


def csv_pieces(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> Iterator[bytes]:
    """A header and a line for each row; no text in it is a formula."""
    yield csv_line(columns).encode()
    for row in rows:
        yield csv_line(_cell(name, row.get(name)) for name in columns).encode()


def _cell(name: str, value: object) -> object:
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return value if name in _NUMBERS else text_cell(value)


def json_pieces(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """An array, a row a line."""
    separator = b"[\n"
    for row in rows:
        yield separator + orjson.dumps(row)
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def write(pieces: Iterable[bytes], path: str) -> None:
    """All pieces into a new file, which goes again where it could not be finished; `-` is standard output.

    Raises `Unwritable`.
    """
    try:
        if path == "-":
            sys.stdout.buffer.writelines(map(_for_terminal, pieces) if sys.stdout.isatty() else pieces)
            sys.stdout.buffer.flush()
        else:
            _write_file(pieces, Path(path))
    except BrokenPipeError:  # whoever read it has had enough
        raise
    except FileExistsError:
        raise Unwritable(f"{path} is there already: remove it, or name another file with --out.") from None
    except OSError as error:
        raise Unwritable(f"{path} cannot be written ({error.strerror}): name another file with --out.") from None


def _for_terminal(piece: bytes) -> bytes:
    """What is looked at, not read by a program: text from outside must not steer the terminal."""
    return plain_text(piece.decode().replace("\r\n", "\n")).encode()


def _write_file(pieces: Iterable[bytes], path: Path) -> None:
    with path.open("xb") as file:
        try:
            file.writelines(pieces)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
