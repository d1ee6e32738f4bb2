"""A change of strategy at the desk: loaded, warmed, written down at once, and there again at the next start."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.core.kernel import Kernel
from bot.core.state import Account, State
from bot.settings import Settings, load
from bot.shell.compose import Traded, config_of
from bot.shell.desk import Desk, Face
from bot.shell.journal import Journal, JournalError, Record
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.strategy_shelf import StrategyShelf, choice_at_start, strategy_at_start
from tests.support.trading import RULES, candle, new_state, price

HISTORY = [candle(number, 40_000 + number % 7) for number in range(100)]
DCA = {"strategy": "dca", "params": {"every": 1}}
TRADED = Traded(symbol="BTC/USDT", timeframe="1m")


class Bench:
    """A desk over a journal in a folder, as a start with these settings makes it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.settings: Settings = load(data_dir=folder, **settings)
        self.journal = Journal(f"sqlite:///{folder / 'journal.db'}", "bot-1", lock_path=folder / "lock")
        known = choice_at_start(self.settings, self.journal.open_account("a"))
        strategy, self.trading = strategy_at_start(self.settings, known)
        config = config_of(self.settings, TRADED, strategy.params)
        state = State(config=config, account=known or new_state().account)
        ids = count(1)
        self.desk = Desk(
            Kernel(state, strategy),
            PaperBroker(PaperSettings()),
            self.journal,
            Face(exchange="simulated", timeframe="1m", strategy=self.trading.strategy, params=self.trading.params),
            wall_ms=lambda: 77,
            new_id=lambda: f"id-{next(ids)}",
            shelf=StrategyShelf(self.settings, partial(config_of, self.settings, TRADED)),
        )
        self.desk.open_session(run=True)
        self.desk.open_feed(RULES, HISTORY)
        self.desk.handle(price(40_000, HISTORY[-1].ts + 60_000))

    def ask(self, name: str = "set_strategy", args: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        given = {"history": HISTORY, **more}
        return self.desk.command(f"c-{name}", name, DCA if args is None else args, **given)[0]

    @property
    def on_disk(self) -> Account | None:
        return self.journal.open_account("a")

    def statuses(self) -> list[str]:
        events = self.journal.undelivered(0, 1000)
        return [event.data["strategy"] for event in events if event.event == "status_change"]

    def kill(self) -> None:
        self.journal.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.kill()


def test_the_change_its_answer_and_its_status_are_on_disk_together(bench: Bench) -> None:
    answer = bench.ask()
    assert answer["ok"], answer
    assert answer["data"]["before"]["strategy"] == "ema_cross"
    assert answer["data"]["after"]["params"]["every"] == 1
    assert bench.on_disk is not None and bench.on_disk.chosen is not None
    assert bench.on_disk.chosen.strategy == "dca"
    assert bench.statuses()[-1] == "dca"
    event = bench.journal.summary()["last_event"]
    assert (event.type, event.data["name"], event.data["change"]["strategy"]) == ("command", "set_strategy", "dca")


def test_the_new_one_trades_at_the_next_closed_candle(bench: Bench) -> None:
    bench.ask()
    bench.desk.handle(candle(100, 40_000))
    assert [order.reason for order in bench.desk.state.account.orders] == ["DCA: every candle, at a close of 40000"]


def test_the_same_id_again_changes_nothing_more(bench: Bench) -> None:
    first = bench.ask()
    assert bench.ask(args={"strategy": "grid"}) == first
    assert bench.statuses()[-1] == "dca"


def test_asking_tells_old_and_new_and_leaves_the_old(bench: Bench) -> None:
    answer = bench.ask("check_strategy")
    assert (answer["ok"], answer["data"]["after"]["strategy"]) == (True, "dca")
    assert bench.on_disk is not None and bench.on_disk.chosen is None
    assert set(bench.statuses()) == {"ema_cross"}


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"strategy": "os:system"}, "strategy: takes ema_cross, rsi_reversion, donchian_breakout, dca, grid, got os:"),
        ({}, "set_strategy.strategy: must be a built-in name, or the class that the settings name."),
        ({"strategy": "dca", "params": []}, "set_strategy.params: must be an object of parameters."),
        ({"strategy": "ema_cross", "params": {"fast": 30}}, "fast must be below slow, got fast 30 and slow 21."),
        ({"strategy": "ema_cross", "params": {"fast": 0}}, "fast: must be greater than or equal to 1, got 0."),
        ({"strategy": "ema_cross", "params": {"slow": 90}}, "It wants 270 closed candles before its first signal, and"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_the_old_one_stays(
    bench: Bench, args: dict[str, Any], sentence: str
) -> None:
    answer = bench.ask(args=args)
    assert not answer["ok"]
    assert answer["error"].startswith(sentence)
    assert bench.on_disk is not None and bench.on_disk.chosen is None


def test_a_class_that_fails_on_what_was_is_not_taken(tmp_path: Path) -> None:
    own = "tests.support.own_strategy:Faulty"
    bench = Bench(tmp_path, strategy=own)
    answer = bench.ask(args={"strategy": own, "params": {"raises_at": HISTORY[50].ts}})
    bench.kill()
    assert answer["error"].startswith("It fails on the candles so far (ZeroDivisionError: ")


def test_a_choice_that_cannot_be_written_is_not_made(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(record: Record) -> None:
        raise JournalError("The disk is full.")

    monkeypatch.setattr(bench.journal, "write", fail)
    with pytest.raises(JournalError):
        bench.ask()
    assert bench.on_disk is not None and bench.on_disk.chosen is None


def test_after_a_restart_the_choice_holds(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.ask()
    first.kill()
    again = Bench(tmp_path)
    again.kill()
    assert again.trading.strategy == "dca"
    assert again.trading.params["every"] == 1
    assert again.desk.state.config.max_parts == 10


def test_settings_that_have_changed_win_and_stay_the_winners(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.ask()
    first.kill()
    changed = Bench(tmp_path, strategy_params={"fast": 5})
    changed.desk.handle(candle(100, 40_000))
    changed.kill()
    assert (changed.trading.strategy, changed.trading.params["fast"]) == ("ema_cross", 5)
    back = Bench(tmp_path)
    back.kill()
    assert back.trading.strategy == "ema_cross"
