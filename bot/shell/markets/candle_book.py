"""Tells which candles of an exchange are closed: candle i is when i+1 appears. Pure: it says when to ask REST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from bot.shell.markets.price_filter import plain_decimal

FRESH_MS = 5_000
"""A candle whose last update is older than this before its end may have missed trades."""


@dataclass(frozen=True, slots=True)
class Row:
    """One candle as ccxt lists it: open time, open, high, low, close, volume."""

    ts: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def row_of(values: object) -> Row | None:
    """A row of ccxt's OHLCV list, its floats without their noise; None where a number is missing or can't be."""
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) < 6 or not isinstance(values[0], int):
        return None
    try:
        opening, high, low, close, volume = (plain_decimal(value) for value in values[1:6])
    except InvalidOperation:
        return None
    sane = all(price.is_finite() and price > 0 for price in (opening, high, low, close))
    sane = sane and volume.is_finite() and volume >= 0 and low <= min(opening, close) and high >= max(opening, close)
    return Row(values[0], opening, high, low, close, volume) if sane else None


class CandleBook:
    """The forming candle and the last closed one. Each closed candle comes out exactly once, in order."""

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._closed_ts: int | None = None
        self._forming: Row | None = None
        self._is_sure = False

    @property
    def forming_ts(self) -> int | None:
        """When the forming candle opened; None before there was one."""
        return self._forming.ts if self._forming else None

    @property
    def end_ms(self) -> int | None:
        """When the forming candle ends (or the one that must come next); None while nothing is known."""
        if self._forming:
            return self._forming.ts + self._length_ms
        return None if self._closed_ts is None else self._closed_ts + 2 * self._length_ms

    @property
    def fill_from_ms(self) -> int | None:
        """From which open time on candles must be asked for to miss none; None: from anywhere."""
        if self._forming:
            return self._forming.ts
        return None if self._closed_ts is None else self._closed_ts + self._length_ms

    def is_doubtful(self, row: Row) -> bool:
        """Whether taking this row would close a candle that may be stale, or leap over one: ask REST first."""
        if self._forming is None or row.ts <= self._forming.ts:
            return False
        return not self._is_sure or row.ts > self._forming.ts + self._length_ms

    def see(self, row: Row, seen_ms: int, *, live: bool) -> list[tuple[Row, bool]]:
        """Take a row; what comes of it, oldest first, each with whether it is closed.

        `live` rows come from the stream. A live row seen near its candle's end makes the candle's last form sure.
        """
        if self._closed_ts is not None and row.ts <= self._closed_ts:
            return []
        out: list[tuple[Row, bool]] = []
        if self._forming and row.ts < self._forming.ts:
            return []
        if self._forming and row.ts > self._forming.ts:
            out += self.close()
        self._forming = row
        self._is_sure = live and seen_ms >= row.ts + self._length_ms - min(FRESH_MS, self._length_ms // 2)
        return [*out, (row, False)]

    def close(self) -> list[tuple[Row, bool]]:
        """Close the forming candle, where it is known that its time is over though no later one came."""
        if self._forming is None:
            return []
        closed, self._forming = self._forming, None
        self._closed_ts = closed.ts
        return [(closed, True)]
