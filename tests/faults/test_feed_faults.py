"""Whatever happens to the feed of a real exchange: stale within three seconds, no entry on it, back without help.

The whole bot but for its line to the relay: ccxt.pro.binance, market, feed, runner, desk, journal, paper broker. The
exchange is the stand-in, live in real time with candles of a second; the strategy wants to buy a little on each.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.core.kernel import Kernel
from bot.core.messages import Order, Signal
from bot.core.state import State, new_account
from bot.core.strategies import Strategy, StrategyParams
from bot.events import Candle, Heartbeat, Message, Price
from bot.settings import load
from bot.shell.compose import Traded, config_of
from bot.shell.desk import Desk, Face
from bot.shell.journal import Journal
from bot.shell.markets.exchange import ExchangeMarket
from bot.shell.markets.exchange_connect import connect
from bot.shell.markets.patience import Patience
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.runner import Runner
from relay.bots import Bot
from tests.bot.shell.test_runner import Heard, until
from tests.standin.binance import BinanceStandIn
from tests.support.exchange_line import ExchangeLine
from tests.support.live_market import SECOND_MS, LiveMarket

STALE_WITHIN_S = 3.0
LIMIT_MS = 3_000
HELD_MS = 1_100
"""A candle's lateness is measured by the newest price that was told, which may be held for a second."""
QUICK = Patience(silence_s=4.0, quiet_silence_s=4.0)
"""As it is, but for the watchdog, which strikes after 10 s and 30 s: a test need not wait as long."""
STREAMLESS = ("watchTrades", "watchTicker", "watchOHLCV", "watchBidsAsks", "watchOrderBook")
HOUR_MS = 3_600_000


class BuyABit(Strategy):
    """Wants to buy a little more on every candle."""

    def __init__(self) -> None:
        super().__init__(StrategyParams(stake_pct=Decimal("0.1"), stop_loss_pct=None, take_profit_pct=None))
        self.seen: list[int] = []

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        self.seen.append(candle.ts // SECOND_MS)
        return Signal(kind="enter", reason=str(candle.ts // SECOND_MS), candle_ts=candle.ts, adds=True)


@dataclass(frozen=True)
class Entry:
    """An order to buy: when it was placed, by the exchange's clock, and on which second's candle."""

    placed_ms: int
    second: int
    order_id: str

    @property
    def closed_ms(self) -> int:
        """When that candle closed, by the exchange's clock."""
        return (self.second + 1) * SECOND_MS


class NotingBroker(PaperBroker):
    """Writes down what it is given, and when."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        super().__init__(PaperSettings())
        self.entries: list[Entry] = []
        self._now_ms = now_ms

    def place(self, order: Order) -> None:
        self.entries.append(Entry(self._now_ms(), int(order.reason), order.id))
        super().place(order)


class Relayed(Heard):
    """The line to the relay, with the relay's own judge of how fresh the feed is."""

    def __init__(self) -> None:
        super().__init__()
        self.bot = Bot("bot-1", "bot-1", eio_sid="here")
        self.priced_at = 0.0

    def send(self, message: Message) -> None:
        super().send(message)
        self.bot.heard(time.monotonic(), time.time_ns() // 1_000_000)
        if isinstance(message, Heartbeat):
            self.bot.beat(time.monotonic(), message.feed_age_ms)
        if isinstance(message, Price):
            self.priced_at = time.monotonic()

    @property
    def is_ready(self) -> bool:
        """What /readyz says."""
        return self.bot.why_not_ready(time.monotonic()) is None

    @property
    def is_stale_in_time(self) -> bool:
        """What /readyz said three seconds after the last price; this process may have looked later."""
        return self.bot.why_not_ready(self.priced_at + STALE_WITHIN_S) is not None


class WholeBot:
    """A bot on the stand-in, with all that it did."""

    def __init__(self, folder: Path, line: ExchangeLine, live: LiveMarket, row: Row) -> None:
        self.journal = Journal(f"sqlite:///{folder / 'journal.db'}", "bot-1", lock_path=folder / "lock")
        self.journal.open_account("a")
        self.strategy, self.line, self.broker = BuyABit(), Relayed(), NotingBroker(live.now_ms)
        settings = load(exchange="binance", exchange_config=line.config(), timeframe="1s")
        config = config_of(settings, Traded(symbol="BTC/USDT", timeframe="1s"), self.strategy.params)
        state = State(config=replace(config, max_parts=10_000), account=new_account("x", Decimal(10_000)))
        ids = iter(range(100_000))
        self.desk = Desk(
            Kernel(state, self.strategy),
            self.broker,
            self.journal,
            Face(exchange="binance", timeframe="1s", strategy="buy_a_bit"),
            wall_ms=lambda: time.time_ns() // 1_000_000,
            new_id=lambda: str(next(ids)),
        )
        self.runner = Runner(
            self.desk,
            lambda: self._market(line, row),
            lambda _runner: self.line,  # type: ignore[arg-type, return-value]
            warmup=1,
            wall_ms=lambda: time.time_ns() // 1_000_000,
            monotonic=time.monotonic,
            random=lambda: 0.5,
        )
        self.markets: list[ExchangeMarket] = []

    def _market(self, line: ExchangeLine, row: Row) -> ExchangeMarket:
        exchange = connect("binance", line.config())
        exchange.has.update(dict.fromkeys(row.lacks, False))
        self.markets.append(ExchangeMarket(exchange, symbol="BTC/USDT", timeframe="1s", patience=QUICK))
        return self.markets[-1]

    @property
    def dropped(self) -> dict[str, int]:
        return dict(self.markets[-1].filter.dropped)

    def told(self, event: str) -> list[dict[str, Any]]:
        return [row.data for row in self.journal.undelivered(0, 10_000) if row.event == event]

    @property
    def refusals(self) -> list[str]:
        return [alert["message"] for alert in self.told("alert") if alert["title"] == "Entry skipped"]


Act = Callable[[ExchangeLine], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """One line of the table: what happens, how that ends (what it broke stays broken), and what the exchange has."""

    happens: Act
    ends: Act
    skew_ms: int = 0
    lacks: tuple[str, ...] = ()


async def fall_silent(line: ExchangeLine) -> None:
    line.is_silent = True


async def speak_again(line: ExchangeLine) -> None:
    line.is_silent, line.is_stuck = False, False


async def cut_off(line: ExchangeLine) -> None:
    line.is_silent = True
    await line.cut()


async def get_stuck(line: ExchangeLine) -> None:
    line.is_stuck = True


async def send_broken(line: ExchangeLine) -> None:
    await line.send_broken()


async def leave_it(line: ExchangeLine) -> None:
    """The exchange is well; ccxt does not listen any more."""


def refuse(status: int) -> Act:
    async def act(line: ExchangeLine) -> None:
        line.status, line.headers = status, {"Retry-After": "1"} if status == 429 else {}
        await line.cut()

    return act


async def answer_again(line: ExchangeLine) -> None:
    line.status = 200


async def end_process(line: ExchangeLine) -> None:
    await line.close_port()


async def start_process(line: ExchangeLine) -> None:
    await line.open_port()


ROWS = {
    "silent": Row(fall_silent, speak_again),
    "silent, its clock an hour ahead": Row(fall_silent, speak_again, skew_ms=HOUR_MS),
    "cut": Row(cut_off, speak_again),
    "the same messages over and over": Row(get_stuck, speak_again),
    "broken messages": Row(send_broken, leave_it),
    "429": Row(refuse(429), answer_again),
    "503": Row(refuse(503), answer_again),
    "restart": Row(end_process, start_process),
    "restart, without streams": Row(end_process, start_process, lacks=STREAMLESS),
}


@asynccontextmanager
async def trading(folder: Path, row: Row) -> AsyncIterator[tuple[WholeBot, ExchangeLine, LiveMarket]]:
    """A bot that has bought something, on an exchange that lives."""
    async with BinanceStandIn() as binance, ExchangeLine(binance) as line:
        live = LiveMarket(binance, skew_ms=row.skew_ms)
        bot = WholeBot(folder, line, live, row)
        living = asyncio.create_task(live.run())
        life = asyncio.create_task(bot.runner.run(trade=True))
        try:
            await until(lambda: bot.told("trade_executed") and bot.line.is_ready)
            yield bot, line, live
        finally:
            bot.runner.stop()
            await life
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            bot.journal.close()


async def story(folder: Path, row: Row) -> None:
    """The feed fails, is stale in time, traded by nobody, and back by itself."""
    async with trading(folder, row) as (bot, line, live):
        await until(lambda: not bot.desk.state.account.orders)
        failed_ms = live.now_ms()
        await row.happens(line)
        await until(lambda: not bot.line.is_ready)
        assert bot.line.is_stale_in_time, "stale within 3 s"
        entries = len(bot.broker.entries)
        await until(lambda: live.now_ms() > failed_ms + LIMIT_MS + 300)
        assert len(bot.broker.entries) == entries, "no entry on a stale feed"
        await row.ends(line)
        ended_ms = live.now_ms()
        await until(lambda: bot.line.is_ready)
        back_ms = live.now_ms()
        await until(lambda: bot.broker.entries[-1].placed_ms > back_ms)
        await until(lambda: bot.told("trade_executed")[-1]["order_id"] == bot.broker.entries[-1].order_id)
        silent_until_ms = failed_ms if row.ends is leave_it else ended_ms  # what heals by itself has healed before
        check(bot, failed_ms, ended_ms, silent_until_ms)


@pytest.mark.alone
def test_a_feed_that_fails_is_stale_in_time_traded_by_nobody_and_back_by_itself(
    tmp_path_factory: pytest.TempPathFactory, subtests: pytest.Subtests
) -> None:
    """All stories at the same time, for they mostly wait."""

    async def tell() -> list[BaseException | None]:
        told = [story(tmp_path_factory.mktemp("bot"), row) for row in ROWS.values()]
        return await asyncio.gather(*told, return_exceptions=True)

    for name, outcome in zip(ROWS, asyncio.run(tell()), strict=True):
        with subtests.test(name):
            if outcome is not None:
                raise outcome


def check(bot: WholeBot, failed_ms: int, ended_ms: int, silent_until_ms: int) -> None:
    """Each candle once and none missing, each decision once, and none late on a candle from before the fault ended."""
    seen, entries = bot.strategy.seen, bot.broker.entries
    assert seen == list(range(seen[0], seen[-1] + 1)), "the gap was filled, and each candle closed once"
    assert len({entry.second for entry in entries}) == len(entries), "no decision was traded twice"
    afterwards = [entry for entry in entries if entry.placed_ms > failed_ms + LIMIT_MS]
    oldest_ms = min(entry.closed_ms for entry in afterwards)
    assert oldest_ms > silent_until_ms - LIMIT_MS, "no entry on a candle that was old already when the silence ended"
    assert max(entry.placed_ms - entry.closed_ms for entry in entries) <= LIMIT_MS + HELD_MS, "and on none that is late"
    if not [entry for entry in entries if failed_ms < entry.placed_ms < ended_ms]:  # one on its way is an answer too
        assert any("no entry on old data" in refusal for refusal in bot.refusals), "they were refused with a word"
    orders = [trade["order_id"] for trade in bot.told("trade_executed")]
    assert len(set(orders)) == len(orders), "no order was filled twice"
    assert set(orders) <= {entry.order_id for entry in entries}


def test_what_is_sent_three_times_is_traded_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with trading(tmp_path, Row(fall_silent, speak_again)) as (bot, line, _):
            line.copies = 3
            bought = len(bot.broker.entries)
            await until(lambda: len(bot.broker.entries) >= bought + 2 and bot.dropped.get("duplicate", 0) > 10)
            seconds = [entry.second for entry in bot.broker.entries]
            assert len(set(seconds)) == len(seconds)
            assert bot.strategy.seen == sorted(set(bot.strategy.seen))
            assert bot.line.is_ready

    asyncio.run(scene())
