"""The live bot: market, desk and link around one inbox that a single task empties."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.core.messages import Event, Input, MarketTimed, Notice, Said
from bot.core.portfolio import plain
from bot.core.statistics import shown
from bot.core.view import equity, stats_of
from bot.core.words import amount_text, digits_of, price_text, signed_text
from bot.events import Candle, Heartbeat, Level, Log, Price, Stats, Trade
from bot.redaction import redacted
from bot.shell.chart import Chart
from bot.shell.desk import Desk
from bot.shell.feed import HISTORY, Arrived, Feed, FeedItem, MarketOpened
from bot.shell.feed_age import FeedAge
from bot.shell.link import Link
from bot.shell.market import Market

if TYPE_CHECKING:
    from bot.shell.live.broker import LiveBroker  # it brings ccxt, which a bot without an exchange does not load

INBOX_LIMIT = 256
"""Messages that wait for the desk; at the limit the market waits, so prices are late rather than lost."""
HEARTBEAT_S = 1.0
STATS_EVERY_S = 5.0
FLUSH_S = 1.0
CLOSE_S = 5.0
"""So long may a market take to close its line, which it must not be disturbed at."""

log = structlog.get_logger("tapedeck.bot")


@dataclass(frozen=True, slots=True)
class Asked:
    """A command of the relay's, waiting for its answer."""

    command_id: object
    name: object
    args: object
    answer: asyncio.Future[dict[str, Any]]


MakeLink = Callable[["Runner"], Link]
"""The line and the bot need each other: the line is made for a bot that is there."""


class Runner:
    """Runs until `stop`. The journal is the caller's to open and close."""

    def __init__(
        self,
        desk: Desk,
        open_market: Callable[[], Market],
        make_link: MakeLink,
        *,
        warmup: int,
        wall_ms: Callable[[], int],
        monotonic: Callable[[], float],
        random: Callable[[], float],
        live: LiveBroker | None = None,
    ) -> None:
        """`warmup` is how many closed candles the strategy wants to see first; `live` is the desk's broker if it is."""
        self._desk = desk
        self._live = live
        self._wall_ms = wall_ms
        self._monotonic = monotonic
        self._inbox: asyncio.Queue[FeedItem | Asked | Input] = asyncio.Queue(INBOX_LIMIT)
        if live is not None:
            live.bind(self._inbox.put, lambda: desk.state)
        self._feed = Feed(
            open_market,
            self._inbox.put,
            last_candle_ts=lambda: desk.state.account.last_candle_ts,
            random=random,
            history=max(HISTORY, warmup),
        )
        self._chart = Chart()
        self._feed_age = FeedAge(monotonic, limit_ms=desk.state.config.risk.max_feed_age_ms)
        self._stats: Stats | None = None
        self._stats_at = 0.0
        self._stopping = asyncio.Event()
        self._link = make_link(self)
        desk.on_outbox = self._link.wake

    @property
    def chart(self) -> Chart:
        """What the market showed last; to be read."""
        return self._chart

    def stop(self) -> None:
        """End `run`, soon and cleanly."""
        self._stopping.set()

    async def run(self, *, trade: bool) -> None:
        """The bot's life. Raises `JournalError` when the journal fails: nothing may happen that is not written down."""
        self._tell(self._desk.open_session(run=trade))
        works = [self._consume(), self._feed.run(), self._link.run(), self._beat()]
        works += [self._live.run()] if self._live is not None else []
        tasks = [asyncio.create_task(work) for work in works]
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await self._first_end(tasks, stopping)
        finally:
            ending = (*tasks[1:2], *tasks[3:], stopping)
            for task in ending:
                task.cancel()
            await self._link.flush(FLUSH_S)
            await asyncio.wait(ending, timeout=CLOSE_S)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, stopping, return_exceptions=True)
            if self._live is not None:
                await self._live.stop()

    async def _first_end(self, tasks: list[asyncio.Task[None]], stopping: asyncio.Task[Any]) -> None:
        waiting: set[asyncio.Task[Any]] = {*tasks, stopping}
        while stopping in waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def command(self, command_id: object, name: object, args: object) -> dict[str, Any]:
        """What the relay asks for, in its turn."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        await self._inbox.put(Asked(command_id, name, args, answer))
        return await answer

    def greet(self) -> None:
        """What a relay that has just come must hear: all that it cannot have kept, and a fresh status."""
        self._desk.say_status(self._feed_age.ms)
        self._send_stats()
        for message in self._chart.messages():
            self._link.send(message)

    def say(self, level: str, message: str) -> None:
        """A line for the log here and on the page."""
        _write(level, message)
        self.show(level, message)

    def show(self, level: str, message: str) -> None:
        """A line for the page's log alone."""
        self._link.send(Log(ts=self._wall_ms(), level=level, message=redacted(message)[:4000]))

    async def _consume(self) -> None:
        while True:
            item = await self._inbox.get()
            if isinstance(item, Price):
                self._on_price(item, self._monotonic())
            elif isinstance(item, Arrived):
                self._on_price(item.price, item.at)
            elif isinstance(item, Candle):
                self._on_candle(item)
            elif isinstance(item, MarketOpened):
                self._on_opened(item)
            elif isinstance(item, Asked):
                self._on_asked(item)
            else:
                self._tell(self._desk.handle(item))
            await asyncio.sleep(0)  # the link and the heartbeat get their turn however full the inbox is

    def _on_price(self, price: Price, arrived_at: float) -> None:
        self._feed_age.heard(price.ts, arrived_at)  # prices alone: a REST answer closes candles too, a history is old
        self._show(price)
        self._tell(self._desk.handle(price))

    def _show(self, item: Price | Candle) -> None:
        self._chart.keep(item)
        self._link.send(item)

    def _on_candle(self, candle: Candle) -> None:
        self._show(candle)
        if candle.closed:
            self._tell(self._desk.handle(candle, feed_age_ms=self._age_for(candle)))

    def _on_opened(self, opened: MarketOpened) -> None:
        for candle in opened.history:
            self._chart.keep(candle)
        for candle in self._chart.shown():
            self._link.send(candle)
        name = f"{opened.rules.symbol}: {len(opened.history)} closed candles"
        self.say("info", f"The market is open, {name}.")
        age_ms = self._age_for(opened.history[-1]) if opened.history else None
        self._tell(self._desk.open_feed(opened.rules, opened.history, feed_age_ms=age_ms))

    def _on_asked(self, asked: Asked) -> None:
        answer, events = self._desk.command(
            asked.command_id, asked.name, asked.args, feed_age_ms=self._feed_age.ms, history=self._chart.closed()
        )
        self._tell(events)
        if not asked.answer.done():
            asked.answer.set_result(answer)
        outcome = "done" if answer["ok"] else answer["error"]
        log.info("command", name=asked.name, id=asked.command_id, outcome=outcome)

    def _tell(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, Trade):
                self.say("info", self._trade_line(event))
                self._send_stats()
            elif isinstance(event, Said):
                self.say(event.level, event.message)
            elif isinstance(event, Notice):
                _write(_log_level(event.level), f"{event.title}: {event.message}")  # the page has the alert itself

    async def _beat(self) -> None:
        while True:
            state = self._desk.state
            portfolio, price = state.account.portfolio, state.price
            self._link.send(
                Heartbeat(
                    ts=self._wall_ms(),
                    feed_age_ms=self._feed_age.ms,
                    unrealized_pnl=shown(portfolio.unrealized_pnl(price)) if price else None,
                    equity=plain(equity(state)),
                )
            )
            if self._monotonic() - self._stats_at >= STATS_EVERY_S and stats_of(state) != self._stats:
                self._send_stats()
            await asyncio.sleep(HEARTBEAT_S)

    def _send_stats(self) -> None:
        self._stats, self._stats_at = stats_of(self._desk.state), self._monotonic()
        self._link.send(self._stats)

    def _trade_line(self, trade: Trade) -> str:
        rules = self._desk.state.rules
        digits = digits_of(rules.price_step if rules else trade.price)
        pnl = "" if trade.pnl is None else f", P&L {signed_text(trade.pnl, digits)}"
        what = f"{trade.side.upper()} {amount_text(trade.amount)} {trade.symbol}"
        return f"{what} at {price_text(trade.price, digits)}{pnl}: {trade.reason}"

    def _age_for(self, candle: Candle) -> int | None:
        """How old what it tells is, on a real market alone: a replay must decide as its backtest does."""
        state = self._desk.state
        if state.config.mode == "simulated":
            return None
        age_ms = self._feed_age.of_candle(candle.ts, state.config.candle_ms)
        if self._feed_age.times_tell != state.times_tell_age:
            self._tell(self._desk.handle(MarketTimed(tells_age=self._feed_age.times_tell)))
        return age_ms


def _write(level: str, message: str) -> None:
    getattr(log, level, log.info)(message)


def _log_level(level: Level) -> str:
    return "info" if level == "success" else level
