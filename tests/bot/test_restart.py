"""Killed at any moment, the bot comes back with what it had: to the last digit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.core.portfolio import EXACT
from tests.support.bot_process import BotProcess, ask
from tests.support.lines import whole_lines
from tests.support.ports import free_port
from tests.support.processes import Program, clean_environment
from tests.support.waiting import eventually

Start = Callable[..., BotProcess]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def bots(tmp_path: Path, port: int) -> Iterator[Start]:
    made: list[BotProcess] = []

    def make(**env: str) -> BotProcess:
        made.append(BotProcess(tmp_path / "bot", port, env))
        return made[-1]

    yield make
    for bot in made:
        bot.end()


@pytest.fixture
def relay_file(tmp_path: Path, port: int) -> Iterator[Path]:
    file = tmp_path / "events"
    relay = Program(["-m", "tests.support.bot_relay", str(port), str(file)], {}, tmp_path / "relay.log")
    yield file
    relay.end()


def received(file: Path, event: str) -> list[dict[str, Any]]:
    return [data for name, data in map(json.loads, whole_lines(file)) if name == event]


def last_state(file: Path) -> str | None:
    statuses = received(file, "status_change")
    return statuses[-1]["state"] if statuses else None


def what_trades_say(trades: list[dict[str, Any]], deposit: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Cash, base and fees by the trades alone."""
    cash, base, fees = deposit, Decimal(0), Decimal(0)
    for trade in trades:
        sign = 1 if trade["side"] == "sell" else -1
        cost = EXACT.multiply(Decimal(trade["price"]), Decimal(trade["amount"]))
        cash = EXACT.subtract(EXACT.add(cash, sign * cost), Decimal(trade["fee"]))
        base = EXACT.subtract(base, sign * Decimal(trade["amount"]))
        fees = EXACT.add(fees, Decimal(trade["fee"]))
    return cash, base, fees


def test_killed_again_and_again_the_account_is_what_its_trades_say(bots: Start, relay_file: Path) -> None:
    bot = bots()
    for round_ in range(1, 5):
        wanted = len(bot.trades()) + 3
        bot.start()
        eventually(lambda: len(bot.trades()) >= wanted, 40, what=bot.output, interval=0.013 * round_)  # noqa: B023
        assert bot.program is not None
        bot.program.kill()
        account, trades = bot.account(), bot.trades()
        portfolio = account.portfolio
        assert (portfolio.cash, portfolio.base, portfolio.fees_paid) == what_trades_say(trades, portfolio.deposit)
        assert len({trade["id"] for trade in trades}) == len(trades)
        assert account.statistics.trades == sum(trade["side"] == "sell" for trade in trades)
    heard = len(received(relay_file, "status_change"))
    bot.start()
    eventually(lambda: len(received(relay_file, "status_change")) > heard, 30, what=bot.output)
    eventually(lambda: not bot.rows("SELECT n FROM journal_outbox WHERE event = 'trade_executed'"), 30, what=bot.output)
    assert bot.program is not None
    assert bot.program.terminate() == 0
    arrived = list(dict.fromkeys(trade["id"] for trade in received(relay_file, "trade_executed")))
    assert arrived == [trade["id"] for trade in bot.trades()]


def test_what_a_restarted_bot_says_first_is_what_it_had(bots: Start, relay_file: Path) -> None:
    bot = bots(TAPEDECK_AUTOSTART="false", TAPEDECK_EXCHANGE_CONFIG="{}")  # slow: no stop is reached meanwhile
    bot.start()
    port = int(bot.env["TAPEDECK_RELAY_URL"].rpartition(":")[2])
    eventually(lambda: last_state(relay_file) == "stopped", 30, what=bot.output)
    assert ask(port, {"id": "c-1", "name": "test_trade", "args": {"side": "buy"}})["ok"]
    eventually(lambda: received(relay_file, "trade_executed"), 20, what=bot.output)
    eventually(lambda: received(relay_file, "status_change")[-1]["position"], 20)
    before = received(relay_file, "status_change")[-1]
    assert bot.program is not None
    bot.program.kill()
    known = {status["id"] for status in received(relay_file, "status_change")}  # may come again: at least once
    bot.start()
    first = eventually(
        lambda: next((one for one in received(relay_file, "status_change") if one["id"] not in known), None),
        30,
        what=bot.output,
    )
    assert first is not None
    assert [first["balances"][key] for key in ("quote", "base")] == [
        before["balances"][key] for key in ("quote", "base")
    ]
    kept = ("side", "amount", "entry_price", "entry_ts", "stop_price", "take_profit_price")
    assert [first["position"][key] for key in kept] == [before["position"][key] for key in kept]
    assert ask(port, {"id": "c-1", "name": "test_trade", "args": {"side": "buy"}})["ok"]
    assert len(bot.trades()) == 1  # the same command again, after the restart: its first answer and nothing more


def test_a_killed_bot_goes_on_as_it_was_and_a_stopped_one_as_the_settings_say(bots: Start, relay_file: Path) -> None:
    bot = bots()
    port = int(bot.env["TAPEDECK_RELAY_URL"].rpartition(":")[2])
    program = bot.start()
    eventually(lambda: last_state(relay_file) == "running", 30, what=bot.output)
    assert ask(port, {"id": "c-1", "name": "stop_bot"})["ok"]
    program.kill()
    relay_file.unlink()
    program = bot.start()
    eventually(lambda: last_state(relay_file) == "stopped", 30, what=bot.output)
    assert program.terminate() == 0
    relay_file.unlink()
    program = bot.start()
    eventually(lambda: last_state(relay_file) == "running", 30, what=bot.output)
    assert ask(port, {"id": "c-2", "name": "halt"})["ok"]
    assert program.terminate() == 0
    relay_file.unlink()
    bot.start()
    eventually(lambda: last_state(relay_file) == "halted", 30, what=bot.output)


def test_a_strategy_chosen_by_hand_is_there_after_a_kill_and_gives_way_to_other_settings(
    bots: Start, relay_file: Path, port: int
) -> None:
    def strategy() -> str | None:
        statuses = received(relay_file, "status_change")
        return statuses[-1]["strategy"] if statuses else None

    bot = bots(TAPEDECK_STRATEGY="ema_cross", TAPEDECK_STRATEGY_PARAMS='{"fast": 100, "slow": 110}')
    program = bot.start()
    eventually(lambda: last_state(relay_file) == "running", 30, what=bot.output)
    change = {"strategy": "donchian_breakout", "params": {"entry": 90}}

    def is_changed() -> bool:
        """Under an id of its own each time: it is refused while an order is on its way, and once refused stays so."""
        return bool(ask(port, {"id": uuid.uuid4().hex, "name": "set_strategy", "args": change})["ok"])

    eventually(is_changed, 20, what=bot.output)
    program.kill()
    chosen = bot.account().chosen
    assert chosen is not None
    assert (chosen.strategy, chosen.params["entry"]) == ("donchian_breakout", 90)
    relay_file.unlink()
    program = bot.start()
    eventually(lambda: strategy() == "donchian_breakout", 30, what=bot.output)
    assert "donchian_breakout trades, chosen by hand" in bot.output()
    program.kill()
    relay_file.unlink()
    bot.env["TAPEDECK_STRATEGY_PARAMS"] = '{"fast": 50, "slow": 100}'
    bot.start()
    eventually(lambda: strategy() == "ema_cross", 30, what=bot.output)
    assert "they win, and ema_cross trades" in bot.output()


def test_a_child_ends_with_its_parent_and_goes_on_as_it_was(bots: Start, tmp_path: Path) -> None:
    bot = bots(TAPEDECK_CHILD="1")
    bot.folder.mkdir()
    environment = clean_environment(bot.env)
    with (tmp_path / "child.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=bot.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
        assert child.stdin is not None
        try:
            eventually(lambda: bot.rows("SELECT snapshot FROM journal_accounts"), 30)
            child.stdin.close()
            assert child.wait(15) == 0
        finally:
            if child.poll() is None:
                os.kill(child.pid, 9)
                child.wait()
    assert bot.rows("SELECT value FROM journal_meta WHERE key = 'session'") == ["orphaned"]
    assert "Traceback" not in (tmp_path / "child.log").read_text()
