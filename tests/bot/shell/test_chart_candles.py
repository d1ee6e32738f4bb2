"""A chart's candles: what was streamed is the truth, what lies before it comes from the market."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.aggregation import aggregated, from_a_start
from bot.events import Candle
from bot.shell.chart import Chart
from bot.shell.chart_candles import ChartCandles, OpenedMarket
from bot.shell.market import MarketError
from tests.support.trading import FakeMarket, candle

PAST = [candle(number, 40_000 + number) for number in range(-600, 120)]


class Historian(FakeMarket):
    """Tells its past, as it was listed a moment ago, or fails."""

    def __init__(self, listed: Sequence[Candle] = (), error: MarketError | None = None) -> None:
        super().__init__()
        self.listed, self.error = list(listed), error
        self.asked: list[tuple[str, int]] = []

    async def past(self, timeframe: str, limit: int) -> list[Candle]:
        self.asked.append((timeframe, limit))
        if self.error is not None:
            raise self.error
        return aggregated(from_a_start(self.listed, timeframe), timeframe)[-limit:]


def shown(*candles: Candle) -> Chart:
    chart = Chart()
    for one in candles:
        chart.keep(one)
    return chart


def last(chart: Chart, market: FakeMarket | None, timeframe: str, limit: int) -> list[Candle]:
    return asyncio.run(ChartCandles(chart, lambda: market).last(timeframe, limit))


def test_enough_that_was_streamed_asks_nobody() -> None:
    market = Historian()
    found = last(shown(*PAST[-300:], candle(120, 50_000, closed=False)), market, "5m", 50)
    assert (len(found), found[-1].closed, found[-1].timeframe) == (50, False, "5m")
    assert market.asked == []


def test_before_what_was_streamed_comes_what_the_market_tells() -> None:
    market = Historian([*PAST[:-1], candle(119, 1)])  # its last one is as it was before the bot saw it close
    found = last(shown(*PAST[-30:]), market, "5m", 100)
    assert found == aggregated(from_a_start(PAST, "5m"), "5m")[-100:]
    assert market.asked == [("5m", 100)]


def test_a_length_that_the_streamed_ones_do_not_make_is_the_markets_alone() -> None:
    hourly = [replace(one, timeframe="1h", ts=one.ts // 3_600_000 * 3_600_000) for one in PAST[-1:]]
    market = Historian(PAST)
    assert last(shown(*hourly), market, "1m", 10) == PAST[-10:]


def test_a_market_that_fails_leaves_what_was_streamed() -> None:
    chart, market = shown(*PAST[-20:]), Historian(error=MarketError("It is away."))
    assert last(chart, market, "1m", 500) == PAST[-20:]
    assert last(chart, None, "1m", 500) == PAST[-20:]
    with pytest.raises(MarketError, match="It is away"):
        last(Chart(), market, "1m", 500)
    with pytest.raises(MarketError, match="tells nothing of its past"):
        last(Chart(), FakeMarket(), "1m", 500)


def test_the_market_that_was_opened_last_is_the_one_to_ask() -> None:
    markets = [FakeMarket(), FakeMarket()]
    opened = OpenedMarket(iter(markets).__next__)
    seen = [opened.market]
    for market in markets:
        assert opened() is market
        seen.append(opened.market)
    assert seen == [None, *markets]
