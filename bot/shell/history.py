"""The closed candles of an exchange from any time on, page by page, through ccxt's REST calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from bot.shell.market import MarketError
from bot.shell.markets.candle_book import Row, row_of
from bot.shell.markets.pace import Clock

USUAL_PAGE = 500
LARGEST_PAGE = 1_000

Patiently = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Does a call again while the line fails; `ExchangeRest.patiently`."""


def page_size(exchange: Any, symbol: str) -> int:
    """How many candles to ask for at once: what ccxt says the exchange gives, at most a thousand."""
    known = exchange.feature_value(symbol, "fetchOHLCV", "limit") if exchange.features else None
    return min(int(known or USUAL_PAGE), LARGEST_PAGE)


async def closed_candles(
    exchange: Any,
    symbol: str,
    timeframe: str,
    length_ms: int,
    *,
    from_ts: int,
    to_ts: int | None,
    patiently: Patiently,
    clock: Clock,
) -> AsyncIterator[list[Row]]:
    """Candles that opened from `from_ts` on and before `to_ts`, oldest first, each once, a list a page.

    A candle is closed when the exchange lists a later one, or when as much time has gone by after its end as it is
    long: the last one listed may be forming, and our clock may be wrong by a little. ccxt keeps to the rate limit.
    Raises `MarketError`.
    """
    if not exchange.has.get("fetchOHLCV"):
        raise MarketError(f"{exchange.id} gives no candles by REST: choose another exchange.")
    size, since = page_size(exchange, symbol), from_ts
    while to_ts is None or since < to_ts:
        rows = await _page(exchange, symbol, timeframe, since, size, patiently)
        now = clock()
        if not rows:
            since += size * length_ms  # before its listing, or a time without trades: later there may be some
            if since > now:
                return
            continue
        closed = [row for row in rows if row.ts < rows[-1].ts or row.ts + 2 * length_ms <= now]
        if wanted := [row for row in closed if to_ts is None or row.ts < to_ts]:
            yield wanted
        if not closed:
            return
        since = closed[-1].ts + length_ms


async def _page(exchange: Any, symbol: str, timeframe: str, since: int, size: int, patiently: Patiently) -> list[Row]:
    """What is listed from `since` on, in order; some exchanges list more than was asked for."""
    listed = await patiently(lambda: exchange.fetch_ohlcv(symbol, timeframe, since=since, limit=size))
    rows = {row.ts: row for row in map(row_of, listed) if row is not None and row.ts >= since}
    return [rows[ts] for ts in sorted(rows)]
