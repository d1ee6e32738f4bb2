"""The stand-in's candles, by symbol and interval: as REST lists them, and as a trade adds to the forming one."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

INTERVAL_MS = {
    "1s": 1_000,
    "1m": 60_000,
    "3m": 180_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "2h": 7_200_000,
    "4h": 14_400_000,
    "6h": 21_600_000,
    "8h": 28_800_000,
    "12h": 43_200_000,
    "1d": 86_400_000,
}

Prices = tuple[str, str, str, str]
"""Open, high, low, close."""


class Candles:
    """Rows as Binance orders them: open time, prices, volume, close time, quote volume, trades, two volumes, ignore."""

    def __init__(self) -> None:
        self._shelf: defaultdict[tuple[str, str], dict[int, list[Any]]] = defaultdict(dict)

    def of(self, symbol: str, interval: str) -> dict[int, list[Any]]:
        """Rows by their open time; the dict that is kept, not a copy."""
        return self._shelf[symbol, interval]

    def newest_ts(self, symbol: str) -> int:
        """When the newest candle of any length opened; 0 while there is none."""
        return max((max(rows) for (name, _), rows in self._shelf.items() if name == symbol and rows), default=0)

    def put(self, symbol: str, interval: str, ts: int, prices: Prices, volume: str) -> None:
        """A candle, in place of the one of that time."""
        closes = ts + INTERVAL_MS[interval] - 1
        self.of(symbol, interval)[ts] = [ts, *prices, volume, closes, "0", 1, "0", "0", "0"]

    def add_trade(self, symbol: str, interval: str, ts: int, price: Decimal, quantity: Decimal) -> list[list[Any]]:
        """The candles that a trade changes: those it ends, with flat ones for gaps, and last the forming one."""
        rows, width = self.of(symbol, interval), INTERVAL_MS[interval]
        opens = ts - ts % width
        if opens in rows:
            _add(rows[opens], price, quantity)
            return [rows[opens]]
        before = max((earlier for earlier in rows if earlier < opens), default=None)
        ended = []
        if before is not None:
            close = rows[before][4]
            for gap in range(before + width, opens, width):
                self.put(symbol, interval, gap, (close, close, close, close), "0")
            ended = [rows[gap] for gap in range(before, opens, width)]
        told = str(price)
        self.put(symbol, interval, opens, (told, told, told, told), str(quantity))
        return [*ended, rows[opens]]

    def page(self, symbol: str, interval: str, start: int | None, end: int | None, limit: int) -> list[list[Any]]:
        """The first `limit` rows from `start`, or the last ones without it; oldest first."""
        rows = [
            row
            for ts, row in sorted(self.of(symbol, interval).items())
            if (start is None or ts >= start) and (end is None or ts <= end)
        ]
        return rows[:limit] if start is not None else rows[-limit:]


def kline_message(symbol: str, interval: str, row: list[Any], event_ts: int, *, is_closed: bool) -> dict[str, Any]:
    """A row as the kline stream sends it."""
    opens, opening, high, low, close, volume, closes, quote, trades = row[:9]
    times = {"t": opens, "T": closes, "s": symbol, "i": interval}
    shape = {"o": opening, "h": high, "l": low, "c": close, "v": volume, "n": trades, "x": is_closed, "q": quote}
    return {"e": "kline", "E": event_ts, "s": symbol, "k": {**times, **shape}}


def _add(row: list[Any], price: Decimal, quantity: Decimal) -> None:
    row[2] = str(max(Decimal(row[2]), price))
    row[3] = str(min(Decimal(row[3]), price))
    row[4], row[5], row[8] = str(price), str(Decimal(row[5]) + quantity), row[8] + 1
