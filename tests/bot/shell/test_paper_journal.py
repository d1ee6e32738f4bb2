"""A paper order that rests, as the journal has it: open while it waits, and taken up by the next process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.core.order_policy import OrderPolicy
from tests.bot.shell.test_desk import Bench
from tests.support.trading import CONFIG, MINUTE, T0, candle, price

RESTING = replace(CONFIG, orders=OrderPolicy(entry="limit"))


def rows(folder: Path) -> list[tuple[Any, ...]]:
    """Type, status and the exchange's name of each order."""
    with closing(sqlite3.connect(folder / "journal.db")) as database:
        return list(database.execute("select type, status, exchange_order_id from journal_orders"))


def test_an_order_that_rests_is_open_on_disk_and_goes_on_after_a_crash(tmp_path: Path) -> None:
    first = Bench(tmp_path, {1: "enter"}, RESTING)
    desk = first.open()
    desk.handle(price(40_000, T0 + MINUTE))
    desk.handle(candle(1, 40_000))
    assert rows(tmp_path) == [("limit", "sent", None)]
    desk.handle(price(40_000, T0 + 2 * MINUTE))
    assert rows(tmp_path) == [("limit", "open", "paper-bot-1-abc-1")]
    first.journal.close()  # no goodbye

    second = Bench(tmp_path, {}, RESTING)
    second.open().handle(price(39_990, T0 + 2 * MINUTE + 1_000))
    (trade,) = [data for event, data in second.waiting() if event == "trade_executed"]
    assert [trade["id"], trade["price"]] == ["bot-1-abc-1-1", "40000.00"]
    assert rows(tmp_path) == [("limit", "filled", "paper-bot-1-abc-1")]
    second.journal.close()
