"""A message becomes a fact: on disk first, then done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.core.kernel import Kernel
from bot.core.limits import RiskLimits
from bot.core.messages import Order
from bot.core.state import Config, State
from bot.shell.desk import Desk, Face
from bot.shell.journal import Journal, JournalError
from bot.shell.paper_broker import PaperBroker, PaperSettings
from tests.support.trading import CONFIG, RULES, Scripted, candle, new_state, price

FACE = Face(exchange="simulated", timeframe="1m", strategy="scripted")


class Watched(PaperBroker):
    """A paper broker that remembers what was on disk when an order reached it."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(PaperSettings())
        self.journal = journal
        self.placed: list[str] = []
        self.known_on_disk: list[bool] = []

    def place(self, order: Order) -> None:
        account = self.journal.open_account("a")
        self.known_on_disk.append(account is not None and order in account.orders)
        self.placed.append(order.id)
        super().place(order)


class Bench:
    """A desk with all its parts."""

    def __init__(self, folder: Path, script: dict[int, str] | None = None, config: Config = CONFIG) -> None:
        self.journal = Journal(f"sqlite:///{folder / 'journal.db'}", "bot-1", lock_path=folder / "lock")
        account = self.journal.open_account("a")
        state = new_state(config=config) if account is None else State(config=config, account=account)
        self.broker = Watched(self.journal)
        ids = count(1)
        self.desk = Desk(
            Kernel(state, Scripted(script or {})),
            self.broker,
            self.journal,
            FACE,
            wall_ms=lambda: 77,
            new_id=lambda: f"id-{next(ids)}",
        )

    def open(self) -> Desk:
        self.desk.open_session(run=True)
        self.desk.open_feed(RULES, [candle(0, 40_000)])
        return self.desk

    def waiting(self) -> list[tuple[str, dict[str, Any]]]:
        return [(event.event, event.data) for event in self.journal.undelivered(0, 1000)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.journal.close()


def test_an_order_is_on_disk_before_the_broker_has_it(bench: Bench) -> None:
    bench.open().command("c-1", "test_trade", {"side": "buy"})
    assert bench.broker.known_on_disk == [True]


def test_a_command_is_done_once_however_often_it_comes(bench: Bench) -> None:
    desk = bench.open()
    first, _ = desk.command("c-1", "test_trade", {"side": "buy"})
    again, events = desk.command("c-1", "test_trade", {"side": "buy"})
    assert first == again == {"ok": True, "data": {"order_id": "bot-1-abc-1", "side": "buy", "amount": "0.00015"}}
    assert events == ()
    assert len(bench.broker.placed) == 1


def test_a_refused_command_keeps_its_answer_too(bench: Bench) -> None:
    desk = bench.open()
    refused, _ = desk.command("c-1", "test_trade", {"side": "sell"})
    desk.command("c-2", "test_trade", {"side": "buy"})
    desk.handle(price(40_000))
    assert desk.command("c-1", "test_trade", {"side": "sell"})[0] == refused
    assert refused == {"ok": False, "error": "There is nothing to sell: the bot holds no BTC."}


def test_what_is_no_command_is_answered_with_a_sentence(bench: Bench) -> None:
    answer, _ = bench.open().command("c-1", "dance", None)
    assert answer["error"].startswith("dance is not a command of the bot")


def test_a_trade_goes_out_before_the_status_that_it_changed(bench: Bench) -> None:
    desk = bench.open()
    desk.command("c-1", "test_trade", {"side": "buy"})
    desk.handle(price(40_000))
    *_, trade, status = bench.waiting()
    assert trade[0] == "trade_executed"
    assert status[0] == "status_change"
    assert status[1]["position"]["amount"] == trade[1]["amount"]
    assert status[1]["position"]["stop_price"] is not None


def test_a_price_that_changes_nothing_writes_nothing(bench: Bench, tmp_path: Path) -> None:
    desk = bench.open()
    desk.handle(price(40_000))
    wal = tmp_path / "journal.db-wal"
    size = wal.stat().st_size
    for number in range(200):
        desk.handle(price(40_000 + number))
    assert wal.stat().st_size == size


def test_a_status_goes_out_when_it_changes_and_not_with_every_price(bench: Bench) -> None:
    desk = bench.open()
    desk.handle(price(40_000))
    before = len(bench.waiting())
    for number in range(20):
        desk.handle(price(40_000 + number))
    desk.handle(candle(1, 40_000))
    assert len(bench.waiting()) == before
    desk.command("c-1", "stop_bot", {})
    assert bench.waiting()[-1][1]["state"] == "stopped"


def test_a_refused_order_becomes_a_warning_that_says_why(bench: Bench) -> None:
    desk = bench.open()
    desk.command("c-1", "test_trade", {"side": "buy"})
    desk.handle(price(4))
    alerts = [data for event, data in bench.waiting() if event == "alert"]
    assert [(alert["level"], alert["title"]) for alert in alerts] == [("warning", "Order to buy refused")]
    assert "below the market's minimum cost of 5" in alerts[0]["message"]
    assert alerts[0]["ts"] == 77


def test_an_order_that_was_on_its_way_at_a_crash_is_executed_once_after_it(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.open().command("c-1", "test_trade", {"side": "buy"})
    first.journal.close()  # no goodbye: the broker and its waiting order are gone
    second = Bench(tmp_path)
    desk = second.open()
    assert second.broker.placed == ["bot-1-abc-1"]
    desk.handle(price(40_000))
    desk.handle(price(40_001))
    trades = [data for event, data in second.waiting() if event == "trade_executed"]
    assert [trade["id"] for trade in trades] == ["bot-1-abc-1-1"]
    second.journal.close()


def test_a_halt_that_closes_the_position_goes_on_after_a_crash(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    desk = first.open()
    desk.command("c-1", "test_trade", {"side": "buy"})
    desk.handle(price(40_000))
    desk.command("c-2", "test_trade", {"side": "buy"})
    desk.command("c-3", "halt", {"flatten": True})
    first.journal.close()  # what was held is being sold, what was being bought will have to be
    second = Bench(tmp_path)
    desk = second.open()
    for _ in range(3):
        desk.handle(price(40_000))
    sides = [data["side"] for event, data in second.waiting() if event == "trade_executed"]
    assert sides == ["buy", "buy", "sell", "sell"]
    assert desk.state.account.portfolio.lot is None
    assert second.waiting()[-1][1]["state"] == "halted"
    assert desk.command("c-3", "halt", {"flatten": True})[0] == {"ok": True, "data": {"state": "halted"}}
    second.journal.close()


def test_a_stop_that_follows_a_rise_writes_a_few_times_and_not_with_every_price(tmp_path: Path) -> None:
    limits = RiskLimits(trailing_stop_pct=Decimal(1), max_drawdown_stop_pct=Decimal(50))
    bench = Bench(tmp_path, config=replace(CONFIG, risk=limits, take_profit_pct=None))
    desk = bench.open()
    desk.command("c-1", "test_trade", {"side": "buy"})
    desk.handle(price(40_000))
    statuses, written = len(bench.waiting()), 0
    for number in range(1, 401):  # a rise of 1 %, a dollar at a time
        before = desk.state.account
        desk.handle(price(40_000 + number))
        written += desk.state.account is not before
    assert written <= 10
    moved = bench.waiting()[statuses:]
    assert [event for event, _ in moved] == ["status_change"] * written
    assert moved[-1][1]["position"]["stop_price"] == str(desk.state.account.stop_price)
    bench.journal.close()


def test_a_limit_that_was_struck_is_in_the_status_and_an_alert(tmp_path: Path) -> None:
    config = replace(CONFIG, risk=RiskLimits(max_drawdown_stop_pct=Decimal("0.001")), stop_loss_pct=None)
    bench = Bench(tmp_path, config=config)
    desk = bench.open()
    desk.command("c-1", "test_trade", {"side": "buy"})
    for at in (40_000, 39_000, 38_000):
        desk.handle(price(at))
    ((alert, status),) = [(first[1], second[1]) for first, second in pairwise(bench.waiting()) if first[0] == "alert"]
    assert (alert["level"], alert["title"]) == ("error", "Halted by the drawdown stop")
    assert status["state"] == "halted"
    assert status["message"] == alert["message"]
    bench.journal.close()


def test_nothing_is_sent_when_it_could_not_be_written(bench: Bench) -> None:
    desk = bench.open()
    bench.journal.close()
    with pytest.raises(JournalError):
        desk.command("c-1", "test_trade", {"side": "buy"})
    assert bench.broker.placed == []
