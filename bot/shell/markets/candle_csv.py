"""Reads candles from CSV in ccxt's column order: timestamp (open time, ms UTC), open, high, low, close, volume.

A header line is optional, empty lines are skipped, candles rise in time and have one length; some may be missing.
Numbers are kept in steps of 1e-8, which also rounds away the noise of floats (0.09946999000000001).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

from bot.shell.markets.bars import Bar
from bot.shell.markets.timeframe import timeframe_name

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
STEP = Decimal("0.00000001")
_STEPS = 10**8
_LARGEST = Decimal(10) ** 15
_EARLIEST_MS = 10**11
"""1973: a smaller number is a time in seconds."""


class CandleFileError(ValueError):
    """The file is no list of candles; its text is one sentence that names line and field."""


def read_candles(path: Path) -> list[Bar]:
    """The candles of a file, oldest first. Raises `CandleFileError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse_candles(lines, path.name)
    except FileNotFoundError:
        raise CandleFileError(f"{path}: there is no such file; give the path of a candle CSV") from None
    except OSError as error:
        raise CandleFileError(f"{path}: cannot be read ({error.strerror}); give the path of a candle CSV") from None
    except UnicodeDecodeError:
        raise CandleFileError(f"{path.name}: is not text; give a candle CSV in UTF-8") from None


def parse_candles(lines: Iterable[str], name: str) -> list[Bar]:
    """The candles of CSV lines, oldest first, all of one length. Raises `CandleFileError`, with `name` for the file."""
    bars: list[tuple[int, Bar]] = []
    try:
        for number, row in enumerate(csv.reader(lines), start=1):
            if not any(field.strip() for field in row) or (not bars and _is_header(row, name)):
                continue
            bar = _bar(row, f"{name} line {number}")
            if bars and bar.ts <= bars[-1][1].ts:
                raise CandleFileError(
                    f"{name} line {number}, timestamp: must be later than in the line before; sort it"
                )
            bars.append((number, bar))
    except csv.Error as error:
        raise CandleFileError(f"{name}: is not CSV ({error}); give six comma-separated fields a line") from None
    return _of_one_length(bars, name)


def _is_header(row: list[str], name: str) -> bool:
    names = [field.strip().lower() for field in row]
    if not names[0][:1].isalpha():
        return False
    if tuple(names[1:]) != COLUMNS[1:]:
        raise CandleFileError(f"{name} line 1: must name the columns {','.join(COLUMNS)}, in this order")
    return True


def _bar(row: list[str], where: str) -> Bar:
    if len(row) != len(COLUMNS):
        raise CandleFileError(f"{where}: has {len(row)} fields; must have six, {','.join(COLUMNS)}")
    ts = _timestamp(row[0].strip(), where)
    opening, high, low, close = (_price(row[index], f"{where}, {COLUMNS[index]}") for index in range(1, 5))
    volume = _steps(row[5], f"{where}, volume", "an amount, 0 or more")
    if high < max(opening, close, low):
        raise CandleFileError(f"{where}, high: must not be below open, close or low")
    if low > min(opening, close):
        raise CandleFileError(f"{where}, low: must not be above open or close")
    return Bar(ts, 0, opening, high, low, close, volume)


def _timestamp(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise CandleFileError(f"{where}, timestamp: got {text[:40]!r}; takes milliseconds UTC as a whole number")
    if int(text) < _EARLIEST_MS:
        raise CandleFileError(f"{where}, timestamp: got {text}; takes milliseconds UTC, and this looks like seconds")
    return int(text)


def _price(text: str, where: str) -> int:
    steps = _steps(text, where, "a price above zero")
    if steps == 0:
        raise CandleFileError(f"{where}: got {text[:40]!r}; takes a price above zero, 0.00000001 or more")
    return steps


def _steps(text: str, where: str, takes: str) -> int:
    try:
        value = Decimal(text.strip())
        fits = value.is_finite() and 0 <= value <= _LARGEST
    except InvalidOperation:
        fits = False
    if not fits:
        raise CandleFileError(f"{where}: got {text[:40]!r}; takes {takes}")
    return round(value * _STEPS)


def _of_one_length(bars: list[tuple[int, Bar]], name: str) -> list[Bar]:
    if len(bars) < 2:
        raise CandleFileError(f"{name}: has {len(bars)} candles; give a file with two or more")
    spacings = Counter(later.ts - bar.ts for (_, bar), (_, later) in pairwise(bars))
    [(length, _)] = spacings.most_common(1)
    for (_, bar), (number, later) in pairwise(bars):
        if (later.ts - bar.ts) % length:
            spacing = f"{(later.ts - bar.ts) / 1000:g} s after the line before, where others are {length / 1000:g} s"
            raise CandleFileError(f"{name} line {number}, timestamp: is {spacing}; give candles of one length")
    try:
        timeframe_name(length)
    except ValueError:
        raise CandleFileError(f"{name}: candles are {length} ms apart; give candles of whole seconds") from None
    return [Bar(bar.ts, length, bar.open, bar.high, bar.low, bar.close, bar.volume) for _, bar in bars]


def price_digits(bars: Iterable[Bar]) -> int:
    """How many decimals the prices need, at most eight."""
    digits = 0
    for bar in bars:
        for price in (bar.open, bar.high, bar.low, bar.close):
            while digits < 8 and price % 10 ** (8 - digits):
                digits += 1
    return digits
