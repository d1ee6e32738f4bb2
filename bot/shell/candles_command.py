"""What `python -m bot candles` says of a file: whether it is a list of candles, and of what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.candle_names import symbol_of
from bot.shell.backtest_report import time_text
from bot.shell.markets.candle_csv import CandleFileError, read_candles
from bot.shell.markets.timeframe import timeframe_name
from bot.shell.refusal import Refusal


def candles_of(file: Path) -> dict[str, Any]:
    """`{"file", "symbol", "timeframe", "candles", "from_ts", "to_ts"}`, JSON-ready; `symbol` null where no name tells.

    Raises `Refusal`, one sentence that names the line.
    """
    try:
        bars = read_candles(file)
    except CandleFileError as error:
        raise Refusal(f"{error}.") from None
    return {
        "file": file.name,
        "symbol": symbol_of(file),
        "timeframe": timeframe_name(bars[0].length_ms),
        "candles": len(bars),
        "from_ts": bars[0].ts,
        "to_ts": bars[-1].ts + bars[-1].length_ms,
    }


def candles_line(known: dict[str, Any]) -> str:
    """The same for a terminal."""
    of = f" of {known['symbol']}" if known["symbol"] else ""
    span = f"{time_text(known['from_ts'])} to {time_text(known['to_ts'])}"
    return f"{known['file']}: {known['candles']:,} candles{of}, {known['timeframe']} each, {span}."
