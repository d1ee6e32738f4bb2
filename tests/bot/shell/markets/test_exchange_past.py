"""An exchange's past: one call a minute for each timeframe, whoever asks, and none while it wants to rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import ccxt
import pytest

from bot.shell.market import MarketError
from bot.shell.markets.exchange_past import FAULT_S, FRESH_S, ExchangePast
from bot.shell.markets.exchange_rest import ExchangeRest
from tests.bot.shell.markets.test_exchange import an_exchange_market
from tests.standin.binance import BinanceStandIn

MINUTE = 60_000
NOW = 1_790_000_040_000


class Exchange:
    """ccxt's, as far as candles are asked of it; a call waits until it is let go."""

    id = "anywhere"
    timeframes: dict[str, str] | None = {"1m": "1m", "5m": "5m"}  # noqa: RUF012  # as ccxt has it
    features: dict[str, object] | None = None
    last_response_headers: dict[str, str] | None = None

    def __init__(self) -> None:
        self.has = {"fetchOHLCV": True}
        self.calls: list[tuple[str, int]] = []
        self.error: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def fetch_ohlcv(self, symbol: str, timeframe: str, since: object, limit: int) -> list[list[Any]]:
        self.calls.append((timeframe, limit))
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        length = int(timeframe[:-1]) * MINUTE
        return [[NOW // length * length - back * length, 1, 3, 1, 2, 5] for back in range(3)]


class Asker:
    """Asks an exchange at times that the test chooses."""

    def __init__(self) -> None:
        self.now, self.market_ms = 100.0, NOW + 10_000
        self.exchange = Exchange()
        rest = ExchangeRest(self.exchange, symbol="BTC/USDT", timeframe="1m", length_ms=MINUTE, attempts=3)
        self.past = ExchangePast(rest, symbol="BTC/USDT", clock=lambda: self.market_ms, monotonic=lambda: self.now)


def on_an_exchange(scene: Callable[[Asker], Awaitable[None]]) -> None:
    async def whole() -> None:
        await scene(Asker())

    asyncio.run(whole())


def test_ten_who_ask_at_once_and_ten_within_the_minute_are_one_call() -> None:
    async def scene(asker: Asker) -> None:
        asker.exchange.may_answer.clear()
        asking = [asyncio.create_task(asker.past.candles("5m", 500)) for _ in range(10)]
        await asyncio.sleep(0)
        asker.exchange.may_answer.set()
        answers = await asyncio.gather(*asking)
        asker.now += FRESH_S - 1
        answers += [await asker.past.candles("5m", 500) for _ in range(10)]
        assert asker.exchange.calls == [("5m", 500)]
        assert all(answer == answers[0] for answer in answers)
        asker.now += 1
        await asker.past.candles("5m", 2)
        assert len(asker.exchange.calls) == 2

    on_an_exchange(scene)


def test_each_timeframe_is_a_call_of_its_own_and_the_limit_is_none() -> None:
    async def scene(asker: Asker) -> None:
        assert len(await asker.past.candles("1m", 2)) == 2
        assert len(await asker.past.candles("1m", 500)) == 3
        await asker.past.candles("5m", 500)
        assert [timeframe for timeframe, _ in asker.exchange.calls] == ["1m", "5m"]

    on_an_exchange(scene)


def test_the_last_one_forms_until_its_time_is_over() -> None:
    async def scene(asker: Asker) -> None:
        candles = await asker.past.candles("1m", 500)
        assert [candle.ts for candle in candles] == sorted(candle.ts for candle in candles)
        assert [candle.closed for candle in candles] == [True, True, False]
        asker.market_ms = NOW + MINUTE
        assert (await asker.past.candles("1m", 500))[-1].closed

    on_an_exchange(scene)


@pytest.mark.parametrize(
    ("error", "headers", "rests_s"),
    [(ccxt.RequestTimeout("no answer"), None, FAULT_S), (ccxt.RateLimitExceeded("429"), {"Retry-After": "30"}, 30)],
)
def test_after_a_failure_nothing_is_asked_for_a_while(
    error: Exception, headers: dict[str, str] | None, rests_s: float
) -> None:
    async def scene(asker: Asker) -> None:
        asker.exchange.error, asker.exchange.last_response_headers = error, headers
        for _ in range(3):
            with pytest.raises(MarketError, match="anywhere does not answer as it should"):
                await asker.past.candles("1m", 500)
            asker.now += rests_s / 4
        assert len(asker.exchange.calls) == 1

    on_an_exchange(scene)


def test_a_timeframe_that_the_exchange_has_not_is_not_asked_for() -> None:
    async def scene(asker: Asker) -> None:
        with pytest.raises(MarketError, match="anywhere has no candles of 15m"):
            await asker.past.candles("15m", 500)
        asker.exchange.timeframes = None
        assert await asker.past.candles("15m", 500)
        asker.exchange.has["fetchOHLCV"] = False
        with pytest.raises(MarketError, match="anywhere has no candles of 1m"):
            await asker.past.candles("1m", 500)
        assert len(asker.exchange.calls) == 1

    on_an_exchange(scene)


def test_whoever_gives_up_leaves_the_call_to_the_others() -> None:
    async def scene(asker: Asker) -> None:
        asker.exchange.may_answer.clear()
        first, second = (asyncio.create_task(asker.past.candles("1m", 500)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        asker.exchange.may_answer.set()
        assert len(await second) == 3
        assert len(asker.exchange.calls) == 1

    on_an_exchange(scene)


def test_one_that_is_closed_is_asked_no_more_and_leaves_nobody_waiting() -> None:
    async def scene(asker: Asker) -> None:
        asker.exchange.may_answer.clear()
        waiting = asyncio.create_task(asker.past.candles("1m", 500))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asker.past.close()
        for asking in (waiting, asker.past.candles("1m", 500)):
            with pytest.raises(MarketError, match="is being opened anew"):
                await asking
        assert len(asker.exchange.calls) == 1

    on_an_exchange(scene)


def test_a_real_ccxt_asks_a_binance_once() -> None:
    async def scene() -> None:
        async with BinanceStandIn() as binance:
            for minute in range(-30, 1):
                binance.list_kline(NOW + minute * MINUTE, ("43000", "43010", "42990", "43005"))
            market = an_exchange_market(binance)
            with pytest.raises(MarketError, match="has not answered yet"):
                await market.past("1m", 10)
            await market.rules()
            first = await market.past("1m", 10)
            asked = len(binance.requests)
            assert await market.past("1m", 10) == first
            await market.close()
            with pytest.raises(MarketError, match="opened anew"):
                await market.past("5m", 10)
            assert len(binance.requests) == asked
            assert [candle.ts for candle in first] == [NOW - back * MINUTE for back in range(9, -1, -1)]

    asyncio.run(scene())
