"""The live bot around its inbox: what it tells, when, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.kernel import Kernel
from bot.core.limits import RiskLimits
from bot.core.state import Config
from bot.events import Candle, Heartbeat, Log, Message, Price, Stats
from bot.settings import load
from bot.shell.chart import SHOWN_CANDLES
from bot.shell.desk import Desk, Face
from bot.shell.journal import Journal, JournalError
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.runner import Runner
from bot.shell.strategy_shelf import StrategyShelf
from tests.support.trading import (
    CONFIG,
    ENDED,
    ClosedMarket,
    FakeMarket,
    Scripted,
    SlowToClose,
    candle,
    new_state,
    price,
)

HISTORY = [candle(number, 40_000) for number in range(400)]


class Heard:
    """In the place of the link: keeps what it is told to send."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.flushed = False

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def wake(self) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def flush(self, within_s: float) -> None:
        await asyncio.sleep(0.01)
        self.flushed = True

    def of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.sent if isinstance(message, kind)]


class Stage:
    """A runner with a fake market and a fake line, and a journal on disk."""

    def __init__(
        self, folder: Path, market: FakeMarket, script: dict[int, str] | None = None, config: Config = CONFIG
    ) -> None:
        self.now = 5.0
        self.journal = Journal(f"sqlite:///{folder / 'journal.db'}", "bot-1", lock_path=folder / "lock")
        self.journal.open_account("a")
        self.line = Heard()
        kernel = Kernel(new_state(config=config), Scripted(script or {}))
        self.desk = Desk(
            kernel,
            PaperBroker(PaperSettings()),
            self.journal,
            Face(exchange="simulated", timeframe="1m", strategy="scripted"),
            wall_ms=lambda: 1,
            new_id=iter(map(str, range(1000))).__next__,
            shelf=StrategyShelf(load(data_dir=folder), lambda _params: config),
        )
        self.runner = Runner(
            self.desk,
            lambda: market,
            lambda _runner: self.line,  # type: ignore[arg-type, return-value]
            warmup=1,
            wall_ms=lambda: 1,
            monotonic=lambda: self.now,
            random=lambda: 0.5,
        )

    def waiting(self, event: str) -> list[dict[str, Any]]:
        return [row.data for row in self.journal.undelivered(0, 1000) if row.event == event]

    def play(self, scene: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            life = asyncio.create_task(self.runner.run(trade=True))
            try:
                await scene()
            finally:
                self.runner.stop()
                await life

        try:
            asyncio.run(asyncio.wait_for(whole(), 20))
        finally:
            self.journal.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # what is waited for sets no event
            await asyncio.sleep(0.005)


def test_the_first_cross_is_traded_and_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FakeMarket([price(40_000)], history=HISTORY), {399: "enter"})

    async def scene() -> None:
        await until(lambda: stage.waiting("trade_executed"))
        await until(lambda: len(stage.line.of(Stats)) >= 1)
        (trade,) = stage.waiting("trade_executed")
        assert trade["reason"] == "enter on 399"
        assert stage.waiting("status_change")[-1]["position"]["entry_ts"] == trade["ts"]
        assert any("BUY" in line.message for line in stage.line.of(Log))

    stage.play(scene)
    assert stage.line.flushed


def test_a_command_that_buys_after_the_market_fell_silent_is_refused(tmp_path: Path) -> None:
    config = replace(CONFIG, risk=RiskLimits(max_feed_age_ms=3_000))
    stage = Stage(tmp_path, FakeMarket([price(40_000)], history=HISTORY), config=config)

    async def scene() -> None:
        await until(lambda: price(40_000) in stage.line.sent)
        stage.now += 4
        refused = await stage.runner.command("c-1", "test_trade", {"side": "buy"})
        assert refused["error"].startswith("The market has been silent for 4000 ms and max_feed_age_ms is 3000")

    stage.play(scene)


REAL = replace(CONFIG, mode="paper", risk=RiskLimits(max_feed_age_ms=3_000))
MID = candle(0, 1).ts
"""The tests' first candle opens here; a minute later it closes."""


class Line(FakeMarket):
    """A market at the end of a line: its items come when the test says, and came off the line when it says."""

    def __init__(self, history: Sequence[Candle] = ()) -> None:
        super().__init__(history=history)
        self.arrived_at: float | None = None
        self.coming: asyncio.Queue[Price | Candle] = asyncio.Queue()

    async def stream(self) -> AsyncIterator[Price | Candle]:
        while True:
            yield await self.coming.get()


def ages(stage: Stage) -> list[int | None]:
    """What the heartbeats said of the feed's age."""
    return [beat.feed_age_ms for beat in stage.line.of(Heartbeat)]


def test_the_feed_is_as_old_as_its_newest_price_however_many_candles_come(tmp_path: Path) -> None:
    market = Line(HISTORY)
    stage = Stage(tmp_path, market, config=REAL)

    async def scene() -> None:
        market.arrived_at = 4.0  # it waited a second before the bot got it
        await market.coming.put(price(40_000))
        await until(lambda: 1_000 in ages(stage))
        stage.now += 2
        await market.coming.put(candle(400, 40_000))
        await until(lambda: candle(400, 40_000) in stage.line.sent)
        await until(lambda: 3_000 in ages(stage))

    stage.play(scene)


@pytest.mark.parametrize(("silent_s", "orders"), [(0, 1), (4, 0)])
def test_candles_of_another_year_than_the_prices_are_as_old_as_the_silence_before_them(
    tmp_path: Path, silent_s: int, orders: int
) -> None:
    """As where a stand-in plays its past back: its times tell no age, only when its news came does."""
    market = Line()
    stage = Stage(tmp_path, market, {0: "enter"}, config=REAL)

    async def scene() -> None:
        market.arrived_at = stage.now
        await market.coming.put(price(40_000, MID + 365 * 86_400_000))
        await until(lambda: stage.line.of(Price))
        stage.now += silent_s
        await market.coming.put(candle(0, 40_000))
        await until(lambda: stage.desk.state.account.acted_candle_ts == MID)
        assert len(stage.desk.state.account.orders) == orders
        assert "The age of the data is judged by when it comes" in str(stage.line.of(Log))

    stage.play(scene)


@pytest.mark.parametrize(("silent_s", "orders"), [(3, 1), (4, 0)])
def test_on_a_real_market_no_entry_is_made_once_it_fell_silent(tmp_path: Path, silent_s: int, orders: int) -> None:
    market = Line()
    stage = Stage(tmp_path, market, {0: "enter"}, config=REAL)

    async def scene() -> None:
        market.arrived_at = stage.now
        await market.coming.put(price(40_000, MID + 59_999))
        await until(lambda: stage.line.of(Price))
        stage.now += silent_s
        await market.coming.put(candle(0, 40_000))
        await until(lambda: stage.desk.state.account.acted_candle_ts == MID)
        assert len(stage.desk.state.account.orders) == orders
        said = [alert["message"] for alert in stage.waiting("alert")]
        refused = "The market has been silent for 4000 ms and max_feed_age_ms is 3000: no entry on old data."
        assert said == ([] if orders else [refused])

    stage.play(scene)


def test_a_simulated_market_is_judged_by_its_own_times_alone(tmp_path: Path) -> None:
    market = Line()
    stage = Stage(tmp_path, market, {0: "enter"}, config=replace(REAL, mode="simulated"))

    async def scene() -> None:
        await market.coming.put(price(40_000, MID + 59_999))
        await until(lambda: stage.line.of(Price))
        stage.now += 100
        await market.coming.put(candle(0, 40_000))
        await until(lambda: stage.desk.state.account.orders)

    stage.play(scene)


def test_a_relay_that_comes_hears_all_that_it_cannot_know(tmp_path: Path) -> None:
    items: list[Price | Candle | Exception] = [price(40_000), candle(400, 40_001, closed=False)]
    stage = Stage(tmp_path, FakeMarket(items, history=HISTORY))

    async def scene() -> None:
        await until(lambda: candle(400, 40_001, closed=False) in stage.line.sent)
        assert [one.ts for one in stage.line.of(Candle)[:-1]] == [one.ts for one in HISTORY[-SHOWN_CANDLES:]]
        stage.line.sent.clear()
        statuses = len(stage.waiting("status_change"))
        stage.runner.greet()
        assert len(stage.waiting("status_change")) == statuses + 1
        shown = stage.line.of(Candle)
        assert [one.ts for one in shown] == [one.ts for one in [*HISTORY[-SHOWN_CANDLES:], candle(400, 1)]]
        assert stage.line.of(Price) == [price(40_000)]
        assert len(stage.line.of(Stats)) == 1

    stage.play(scene)


@pytest.mark.parametrize(
    ("strategy", "params"), [("grid", {}), ("ema_cross", {"fast": 50, "slow": 150}), ("rsi_reversion", {"period": 50})]
)
def test_a_running_bot_changes_to_a_strategy_that_wants_all_that_a_market_is_asked_for(
    tmp_path: Path, strategy: str, params: dict[str, Any]
) -> None:
    history = [candle(number, 40_000 + number % 7) for number in range(600)]
    stage = Stage(tmp_path, FakeMarket([price(40_000)], history=history))

    async def scene() -> None:
        await until(lambda: stage.line.of(Price))
        answer = await stage.runner.command("c-1", "set_strategy", {"strategy": strategy, "params": params})
        assert answer["ok"], answer

    stage.play(scene)


def test_the_heartbeat_says_how_old_the_feed_is_and_what_the_account_is_worth(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FakeMarket([price(40_000)], history=HISTORY))

    async def scene() -> None:
        await until(lambda: [beat for beat in stage.line.of(Heartbeat) if beat.feed_age_ms is not None])
        assert stage.line.of(Heartbeat)[0].feed_age_ms is None
        assert stage.line.of(Heartbeat)[-1] == Heartbeat(ts=1, feed_age_ms=0, unrealized_pnl=0, equity=10_000)  # type: ignore[arg-type]

    stage.play(scene)


def test_a_command_is_answered_in_its_turn(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FakeMarket([price(40_000)], history=HISTORY))

    async def scene() -> None:
        await until(lambda: stage.line.of(Price))
        assert await stage.runner.command("c-1", "stop_bot", {}) == {"ok": True, "data": {"state": "stopped"}}
        assert stage.waiting("status_change")[-1]["state"] == "stopped"

    stage.play(scene)


def test_an_alert_comes_to_the_page_once(tmp_path: Path) -> None:
    """It is durable and travels by itself; a line of the log with the same words would stand beside it."""
    stage = Stage(tmp_path, FakeMarket([price(40_000)], HISTORY))

    async def scene() -> None:
        await until(lambda: stage.desk.state.price)
        await stage.runner.command("h-1", "halt", {})
        assert [alert["title"] for alert in stage.waiting("alert")] == ["Halted"]

    stage.play(scene)
    assert not [line for line in stage.line.of(Log) if "Halted" in line.message]


def test_a_market_that_does_not_answer_leaves_the_bot_reachable_and_says_why(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ClosedMarket())

    async def scene() -> None:
        await until(lambda: stage.desk.state.wire_state == "error")
        status = stage.waiting("status_change")[-1]
        assert (status["state"], status["message"]) == ("error", "The exchange does not answer: check the network.")
        refused = await stage.runner.command("c-1", "test_trade", {})
        assert refused["ok"] is False

    stage.play(scene)


def test_a_market_that_ends_leaves_the_bot_stopped_with_the_reason(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FakeMarket([price(40_000), ENDED], history=HISTORY))

    async def scene() -> None:
        await until(lambda: stage.desk.state.wire_state == "stopped")
        assert stage.waiting("status_change")[-1]["message"] == str(ENDED)

    stage.play(scene)


def test_a_market_is_left_the_time_that_closing_takes(tmp_path: Path) -> None:
    market = SlowToClose([price(40_000)], history=HISTORY)
    stage = Stage(tmp_path, market)

    async def scene() -> None:
        await until(lambda: stage.line.of(Price))

    stage.play(scene)
    assert market.is_closed


def test_a_journal_that_fails_ends_the_bot(tmp_path: Path) -> None:
    stage = Stage(tmp_path, FakeMarket([price(40_000)], history=HISTORY))

    async def scene() -> None:
        await until(lambda: stage.line.of(Price))
        stage.journal.close()
        asking = asyncio.create_task(stage.runner.command("c-1", "stop_bot", {}))
        await asyncio.sleep(0)
        asking.cancel()

    with pytest.raises(JournalError):
        stage.play(scene)
