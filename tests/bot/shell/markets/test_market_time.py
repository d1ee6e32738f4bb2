"""How prices are dated and when candles close, whatever the exchange tells of its time: never ahead of the clock."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Coroutine, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import Candle, Price
from bot.shell.markets.candle_book import Row
from bot.shell.markets.exchange_candles import ExchangeCandles
from bot.shell.markets.exchange_prices import ExchangePrices
from bot.shell.markets.exchange_sources import ExchangeSources
from bot.shell.markets.patience import Patience
from tests.support.virtual_time import VirtualLoop

MINUTE_MS = 60_000
OPENED = 1_790_000_040_000
"""When a minute begins."""
NEWS = ("trade", "ticker", "timed ticker", "gap")

News = tuple[float, str, int]
"""So many seconds after the one before; what; and how old it is, in ms."""


class Loop(VirtualLoop):
    """Forgets a timer that was canceled at once, so that no real time is waited for behind it."""

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        if handle in scheduled:
            scheduled.remove(handle)
            heapq.heapify(scheduled)


def lived(day: Coroutine[Any, Any, Day]) -> Day:
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(day)


class Rest:
    """An exchange by REST: a candle's close is the moment that the answer is of, so one that was cut short shows."""

    def __init__(self, clock: Any, *, answers_after_s: float, lists_next: bool) -> None:
        self.exchange = SimpleNamespace(id="quiet", has={"watchTrades": True, "watchTicker": True}, clients={})
        self.exchange.rateLimit = 1_000
        self._clock, self._answers_after_s, self._lists_next = clock, answers_after_s, lists_next

    async def ticker(self) -> dict[str, Any]:
        await asyncio.sleep(self._answers_after_s)
        return {"last": 100}

    async def rows_since(self, ts: int | None) -> list[Row]:
        now = self._clock()
        last = now if self._lists_next else now - MINUTE_MS // 2
        await asyncio.sleep(self._answers_after_s)
        opened = range(ts or last - last % MINUTE_MS, last + 1, MINUTE_MS)
        return [self.row(each, now) for each in opened] or [self.row(ts or 0, now)]

    @staticmethod
    def row(ts: int, now: int) -> Row:
        price = Decimal(min(now, ts + MINUTE_MS))
        return Row(ts, price, price, price, price, Decimal(1))


class Day:
    """A market of this exchange, opened `started_s` after the minute began, and what came of its news."""

    def __init__(self, *, started_s: float, answers_after_s: float = 0.1, lists_next: bool = True) -> None:
        self._loop = asyncio.get_running_loop()
        self._started_ms = OPENED + int(started_s * 1000)
        rest: Any = Rest(self.clock, answers_after_s=answers_after_s, lists_next=lists_next)
        self._ids = itertools.count()
        self.told: list[tuple[Price, int]] = []
        self.closed: list[Candle] = []
        self.early: list[str] = []
        shared: dict[str, Any] = {"symbol": "BTC/USD", "patience": Patience()}
        self.candles = ExchangeCandles(
            rest,
            timeframe="1m",
            length_ms=MINUTE_MS,
            emit=self._emit,
            clock=lambda: self.prices.market_ms(),
            **shared,
        )
        self.prices = ExchangePrices(
            name="quiet",
            emit=self.candles.price,
            clock=self.clock,
            monotonic=self._loop.time,
            **shared,
        )
        self.sources = ExchangeSources(
            rest, prices=self.prices, start=lambda _: None, monotonic=self._loop.time, **shared
        )
        self._trades, self._ticker = self.sources.sources()

    def clock(self) -> int:
        return self._started_ms + int(self._loop.time() * 1000)

    async def lived(self, ticker: dict[str, Any], history_s: float, news: Sequence[News]) -> Day:
        """The ticker was answered, then the history took so long, then there was news, and a minute without."""
        answered_at, opened = self._loop.time(), self.clock() - self.clock() % MINUTE_MS
        await asyncio.sleep(history_s)
        self.candles.begin([Rest.row(opened - MINUTE_MS, opened), Rest.row(opened, self.clock())])
        self.sources.begin(ticker, answered_at)
        at_work = (
            self.candles.close_late_ones(),
            self.prices.give(),
            self.prices.give_news(),
            self.sources.bridge_gaps(),
        )
        tasks = [asyncio.create_task(each) for each in at_work]
        for after_s, what, age_ms in news:
            await asyncio.sleep(after_s)
            await self._hear(what, self.clock() - age_ms)
        await asyncio.sleep(61)
        for task in tasks:
            task.cancel()
        return self

    async def _hear(self, what: str, ts: int) -> None:
        if what == "trade":
            await self._trades.take([{"id": next(self._ids), "price": 100, "timestamp": ts}])
        elif what == "gap":
            self.sources.gap()
        else:
            await self._ticker.take({"last": 100, "timestamp": ts if what == "timed ticker" else None})

    async def _emit(self, message: Price | Candle, arrived_at: float | None) -> None:
        if isinstance(message, Price):
            assert arrived_at is not None
            self.told.append((message, self._started_ms + int(arrived_at * 1000)))
        elif message.closed:
            self.closed.append(message)
            ended = message.ts + MINUTE_MS
            if self.clock() < ended or message.close != ended:
                self.early.append(
                    f"{ended - self.clock()} ms before its end, as it was {ended - message.close} ms before"
                )

    @property
    def ahead_ms(self) -> list[int]:
        """By how much prices were dated later than when they came."""
        return [price.ts - arrived for price, arrived in self.told if price.ts > arrived]


def a_day(ticker: dict[str, Any], history_s: float, news: Sequence[News], **market: Any) -> Day:
    async def live() -> Day:
        return await Day(**market).lived(ticker, history_s, news)

    return lived(live())


news = st.lists(
    st.tuples(st.floats(0, 20), st.sampled_from(NEWS), st.integers(0, 1_500)),
    max_size=20,
)


@settings(deadline=None, max_examples=100)
@given(
    started_s=st.floats(0, 59.9),
    is_timed=st.booleans(),
    history_s=st.floats(0, 20),
    news=news,
    answers_after_s=st.floats(0, 1.9),
    lists_next=st.booleans(),
)
def test_no_price_is_dated_after_it_came_and_no_candle_is_closed_before_its_end(
    started_s: float,
    is_timed: bool,
    history_s: float,
    news: list[News],
    answers_after_s: float,
    lists_next: bool,
) -> None:
    ticker = {"last": 100, "timestamp": OPENED if is_timed else None}

    day = a_day(ticker, history_s, news, started_s=started_s, answers_after_s=answers_after_s, lists_next=lists_next)

    assert day.ahead_ms == []
    assert day.early == []
    times = [candle.ts for candle in day.closed]
    assert times == sorted(set(times))


@pytest.mark.parametrize("lists_next", [True, False])
def test_a_quiet_markets_candle_is_whole_though_the_first_ticker_told_no_time(lists_next: bool) -> None:
    """Opened ten seconds before the minute's end, its history slow, and then a ticker each second."""
    tickers: list[News] = [(1.0, "ticker", 0)] * 20

    day = a_day({"last": 100}, 4.0, tickers, started_s=49.0, lists_next=lists_next)

    assert [candle.ts for candle in day.closed][:1] == [OPENED]
    assert day.early == []
    assert day.told[0][0].ts == OPENED + 49_000


@settings(deadline=None, max_examples=100)
@given(history_s=st.floats(0, 20), news=news)
def test_no_trade_is_taken_for_late_because_of_a_time_that_was_estimated(history_s: float, news: list[News]) -> None:
    day = a_day({"last": 100}, history_s, [each for each in news if each[1] != "trade"], started_s=1)
    assert day.prices.filter.dropped["out of order"] == 0
    steady: list[News] = [(after_s, what, 400) for after_s, what, _ in news if what != "timed ticker"]
    day = a_day({"last": 100}, history_s, steady, started_s=1)
    assert day.prices.filter.dropped.total() == 0


def test_an_answer_from_before_a_candles_end_does_not_close_it() -> None:
    """A short candle can begin, and end, while REST is asked about the one before."""

    async def live() -> Day:
        day = Day(started_s=0, answers_after_s=1.5, lists_next=True)
        day.candles.begin([Rest.row(OPENED - MINUTE_MS, OPENED), Rest.row(OPENED, OPENED)])
        closing = asyncio.create_task(day.candles.close_late_ones())
        await asyncio.sleep(118)
        for second in (118.0, 120.2):  # the first waits for a candle of which nothing was told
            await asyncio.sleep(second - asyncio.get_running_loop().time())
            day.prices.trade(100, day.clock(), second)
            await day.candles.price(Price(symbol="BTC/USD", price=Decimal(100), ts=day.clock()), second)
        await asyncio.sleep(3)
        closing.cancel()
        return day

    day = lived(live())

    assert [candle.ts for candle in day.closed] == [OPENED]
    assert day.early == []
    assert len(day.told) == 2, "no stop waits for it"
