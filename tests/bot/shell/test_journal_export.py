"""What is exported is what is in the journal: all of it, in order, and nothing that bites."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.core.journal_events import JournalEvent
from bot.core.messages import Order, OrderClosed
from bot.core.order_ids import client_order_id
from bot.events import Trade, parse
from bot.shell import journal_export
from bot.shell.journal import Journal, Record
from bot.shell.journal_export import Unwritable, What, export, write
from bot.shell.journal_store import Store
from tests.support import messages
from tests.support.trading import command, live_state, through


@pytest.fixture
def journal(tmp_path: Path, database_url: str) -> Iterator[Journal]:
    opened = Journal(database_url, "bot-1", lock_path=tmp_path / "lock")
    opened.open_account("simulated:BTC/USDT")
    yield opened
    opened.close()


@pytest.fixture
def store(journal: Journal, database_url: str) -> Iterator[Store]:
    """A reader of its own, beside the journal that is open for writing."""
    reader = Store(database_url, None)
    yield reader
    reader.close()


def trade(number: int, **fields: Any) -> Trade:
    parsed = parse("trade_executed", messages.trade(number, **fields))
    assert isinstance(parsed, Trade)
    return parsed


def order(**fields: Any) -> Order:
    return through(live_state(), command("test_trade", **fields))[2][0].order


def as_csv(store: Store, *whats: What) -> list[dict[str, str]]:
    text = b"".join(export(store, "bot-1", whats, as_csv=True)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_json(store: Store, *whats: What) -> Any:
    return orjson.loads(b"".join(export(store, "bot-1", whats, as_csv=False)))


def test_trades_are_given_with_every_digit_and_field(journal: Journal, store: Store) -> None:
    written = trade(1, price="43251.200000000000000001", amount="0.00000001", pnl="-0.1")
    journal.write(Record(messages=[written]))
    (as_object,), (as_line,) = as_json(store, "trades"), as_csv(store, "trades")
    assert as_object["price"] == as_line["price"] == "43251.200000000000000001"
    assert as_object["amount"] == as_line["amount"] == "0.00000001"
    assert as_line["pnl"] == "-0.1"
    assert (as_object["ts"], as_line["ts"]) == (written.ts, str(written.ts))
    assert (as_object["bot_id"], as_object["account"]) == ("bot-1", "simulated:BTC/USDT")


def test_a_text_is_no_formula_in_csv_and_untouched_in_json(journal: Journal, store: Store) -> None:
    reason = '=HYPERLINK("http://evil"), "quoted"\nand more'
    journal.write(Record(messages=[trade(1, reason=reason)]))
    assert as_csv(store, "trades")[0]["reason"] == "'" + reason
    assert as_json(store, "trades")[0]["reason"] == reason


def test_orders_tell_how_they_ended(journal: Journal, store: Store) -> None:
    placed = order()
    journal.write(Record(placed=[placed]))
    journal.write(Record(closed=[OrderClosed(order_id=placed.id, status="rejected", detail="-too small")]))
    (as_object,) = as_json(store, "orders")
    assert as_object == {
        "bot_id": "bot-1",
        "id": placed.id,
        "account": "simulated:BTC/USDT",
        "ts": placed.ts,
        "side": "buy",
        "amount": "0.00015",
        "purpose": "test",
        "reason": placed.reason,
        "status": "rejected",
        "detail": "-too small",
        "type": "market",
        "price": None,
        "trigger_price": None,
        "client_order_id": client_order_id(placed.id),
        "exchange_order_id": None,
    }
    assert as_csv(store, "orders")[0]["detail"] == "'-too small"


def test_events_carry_their_data_as_an_object(journal: Journal, store: Store) -> None:
    journal.write(Record(events=[JournalEvent(ts=5, type="notice", data={"title": "Halted", "message": ""})]))
    (as_object,), (as_line,) = as_json(store, "events"), as_csv(store, "events")
    assert (as_object["type"], as_object["ts"], as_object["data"]["title"]) == ("notice", 5, "Halted")
    assert orjson.loads(as_line["data"]) == as_object["data"]


def test_all_says_of_each_row_what_it_is(journal: Journal, store: Store) -> None:
    event = JournalEvent(ts=5, type="notice", data={"title": "t"})
    journal.write(Record(messages=[trade(1)], placed=[order()], events=[event]))
    assert [row["what"] for row in as_json(store, "trades", "orders", "events")] == ["trades", "orders", "events"]
    lines = as_csv(store, "trades", "orders", "events")
    assert [(line["what"], line["type"]) for line in lines] == [
        ("trades", ""),
        ("orders", "market"),
        ("events", "notice"),
    ]


def test_an_empty_journal_is_a_header_or_an_empty_array(journal: Journal, store: Store) -> None:
    assert as_json(store, "trades") == []
    assert b"".join(export(store, "bot-1", ["events"], as_csv=True)) == b"bot_id,n,account,ts,type,data\r\n"


def test_many_rows_come_once_each_and_oldest_first_over_all_accounts(
    journal: Journal, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_export, "PAGE", 7)
    for account in ("simulated:ETH/USDT", "simulated:BTC/USDT"):
        journal.open_account(account)
        prefix = account[-8:-5]
        rows: list[Any] = [trade(number, id=f"{prefix}-{number}", ts=1_000 + number // 12) for number in range(25)]
        events = [JournalEvent(ts=7, type="notice", data={"title": f"{prefix}-{number}"}) for number in range(25)]
        journal.write(Record(messages=rows[::-1], events=events))
    ids = [f"{prefix}-{number}" for number in range(25) for prefix in ("BTC", "ETH")]
    by_time = sorted(ids, key=lambda one: (int(one[4:]) // 12, len(one), one))
    assert [row["id"] for row in as_json(store, "trades")] == by_time
    numbers = [row["n"] for row in as_json(store, "events")]
    assert len(numbers) == 50
    assert numbers == sorted(numbers)


def test_other_bots_of_the_database_are_left_out(
    journal: Journal, store: Store, tmp_path: Path, database_url: str
) -> None:
    other = Journal(database_url, "bot-2", lock_path=tmp_path / "other.lock")
    other.write(Record(messages=[trade(1)]))
    other.close()
    assert as_json(store, "trades") == []


def test_the_bot_writes_on_while_an_export_is_half_taken(
    journal: Journal, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_export, "PAGE", 2)
    journal.write(Record(messages=[trade(number) for number in range(5)]))
    pieces = export(store, "bot-1", ["trades"], as_csv=True)
    header_and_first = [next(pieces), next(pieces)]
    journal.write(Record(messages=[trade(5)]))
    assert len([*header_and_first, *pieces]) == 1 + 6


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "trades.csv"
    file.write_text("mine")
    with pytest.raises(Unwritable, match=r"trades\.csv is there already: remove it, or name another file with --out\."):
        write([b"theirs"], str(file))
    assert file.read_text() == "mine"


@pytest.mark.parametrize("path", ["nowhere/trades.csv", "folder", "file/trades.csv"])
def test_where_nothing_can_be_written_is_said_in_one_sentence(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(Unwritable, match=r"^[^\n]* name another file with --out\.$"):
        write([b"x"], str(tmp_path / path))


def test_an_export_that_breaks_off_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, os.strerror(28))

    with pytest.raises(Unwritable, match="No space left on device"):
        write(breaking(), str(tmp_path / "out.csv"))
    assert list(tmp_path.iterdir()) == []
