"""What is asked of an exchange by REST: its markets, the last price, and candles, however many pages they take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import Any

import ccxt

from bot.redaction import redacted
from bot.shell.market import MarketError
from bot.shell.markets.backoff import backoff_s
from bot.shell.markets.candle_book import Row, row_of
from bot.shell.markets.pace import Sleep
from bot.shell.markets.rest_pause import RestPause, RestPaused

_PAGES = 20
_PAGE = 500
_LONGEST_PAUSE_S = 60.0
"""For longer than this a start does not wait: it says so, and the feed opens the market again in time."""
_SHORT_PAGE = 50
"""No exchange's pages are as short as this, so a shorter one is the last."""


class ExchangeRest:
    """One symbol of an exchange by REST. `patiently` calls are tried again; the others fail as ccxt fails.

    All of them raise `RestPaused` while the exchange wants to be left alone.
    """

    def __init__(
        self,
        exchange: Any,
        *,
        symbol: str,
        timeframe: str,
        length_ms: int,
        attempts: int,
        sleep: Sleep = asyncio.sleep,
        random: Random | None = None,
    ) -> None:
        self.exchange, self._pause = exchange, RestPause(exchange)
        self._symbol, self._timeframe, self._length_ms, self._attempts = symbol, timeframe, length_ms, attempts
        self._sleep, self._random = sleep, random or Random()

    async def ticker(self) -> dict[str, Any]:
        """ccxt's ticker of the symbol."""
        ticker: dict[str, Any] = await self._pause.around(lambda: self.exchange.fetch_ticker(self._symbol))
        return ticker

    async def best(self) -> dict[str, Any]:
        """Best bid and ask, out of the order book; empty where a side has no orders."""
        return best_of(await self._pause.around(lambda: self.exchange.fetch_order_book(self._symbol, 5)))

    async def last_rows(self, count: int) -> list[Row]:
        """The last candles, oldest first, the forming one included where the exchange lists it."""
        found = await self._page(None, min(count, _PAGE))
        page_size = len(found)
        for _ in range(_PAGES):
            if not found or len(found) >= count:
                break
            # No more than the exchange gave at first: it may cap its pages, and a longer one would leave a hole.
            first, size = min(found), min(page_size, count - len(found))
            older = await self._page(first - size * self._length_ms, size)
            before = len(found)
            found |= {ts: row for ts, row in older.items() if ts < first}
            if len(found) == before:
                break
        return [found[ts] for ts in sorted(found)][-count:]

    async def rows_since(self, ts: int | None) -> list[Row]:
        """All candles that opened at `ts` or later (without it the last two), oldest first."""
        if ts is None:
            return await self.last_rows(2)
        found: dict[int, Row] = {}
        for _ in range(_PAGES):
            page = await self._page(max(found, default=ts), _PAGE)
            is_last = len(page) < _SHORT_PAGE or not page.keys() - found.keys()
            found |= page
            if is_last:
                break
        return [found[key] for key in sorted(found) if key >= ts]

    async def page_of(self, timeframe: str, count: int) -> list[Row]:
        """One page of the last candles of any timeframe, oldest first, asked for once. Raises `MarketError`."""
        call = partial(self.exchange.fetch_ohlcv, self._symbol, timeframe, None, count)
        rows = {row.ts: row for row in map(row_of, await self.patiently(call, attempts=1)) if row is not None}
        return [rows[ts] for ts in sorted(rows)]

    async def patiently(self, call: Callable[[], Awaitable[Any]], *, attempts: int | None = None) -> Any:
        """The call's result, tried again while the line fails. Raises `MarketError` with what to do."""
        most = attempts or self._attempts
        for attempt in range(1, most + 1):
            try:
                return await self._pause.around(call)
            except MarketError:
                raise
            except Exception as error:
                pause_s = error.wait_s if isinstance(error, RestPaused) else 0.0
                passing = isinstance(error, ccxt.OperationFailed | OSError | TimeoutError | RestPaused)
                if attempt == most or not passing or pause_s > _LONGEST_PAUSE_S:
                    raise MarketError(self._sentence(error), wait_s=pause_s) from error
            await self._sleep(max(pause_s, backoff_s(attempt, self._random.random)))
        raise AssertionError("the last attempt returns or raises")

    async def _page(self, since: int | None, limit: int) -> dict[int, Row]:
        listed = await self._pause.around(
            lambda: self.exchange.fetch_ohlcv(self._symbol, self._timeframe, since=since, limit=limit)
        )
        rows = (row_of(values) for values in listed)
        return {row.ts: row for row in rows if row is not None}

    def _sentence(self, error: Exception) -> str:
        what = redacted(" ".join(f"{type(error).__name__} {error}".split()))[:200]
        advice = "check the network, TAPEDECK_EXCHANGE_CONFIG and the exchange's status page"
        return f"{self.exchange.id} does not answer as it should ({what}); {advice}"


def best_of(book: dict[str, Any]) -> dict[str, Any]:
    """An order book's best bid and ask, with what tells one state of it from another; empty without both sides."""
    if not book["bids"] or not book["asks"]:
        return {}
    named = {"timestamp": book.get("timestamp"), "nonce": book.get("nonce")}
    return {"bid": book["bids"][0][0], "ask": book["asks"][0][0], **named}
