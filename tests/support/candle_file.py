"""Files of made-up candles, short ones for a result and long ones for something that is still under way."""

from __future__ import annotations

from pathlib import Path

START = 1_515_542_400_000
"""2018-01-10 00:00 UTC."""
FIVE_MINUTES = 300_000
SHORT = 600
LONG = 50_000
"""Many seconds of work: to be cancelled."""


def candle_lines(count: int = SHORT) -> str:
    """CSV with a price that rises and falls in waves, so that averages cross."""
    rows = (_row(number) for number in range(count))
    return "timestamp,open,high,low,close,volume\n" + "".join(rows)


def write_candles(folder: Path, name: str = "ABC_USDT-5m.csv", count: int = SHORT) -> Path:
    """The file, in a folder that is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(candle_lines(count))
    return file


def _row(number: int) -> str:
    opened, closed = _price(number), _price(number + 1)
    high, low = max(opened, closed) + 1, min(opened, closed) - 1
    return f"{START + number * FIVE_MINUTES},{opened},{high},{low},{closed},10\n"


def _price(number: int) -> int:
    place = number % 80
    return 1_000 + 10 * min(place, 80 - place)
