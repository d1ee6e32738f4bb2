"""What the name of a file of candles says: `ETH_BTC-5m.csv` is ETH/BTC, candles of five minutes."""

from __future__ import annotations

import re
from pathlib import Path


def symbol_of(file: Path) -> str | None:
    """The symbol in a file's name, or None."""
    match = re.match(r"([A-Za-z0-9]{2,15})[_-]([A-Za-z0-9]{2,15})(?=[-_.]|$)", file.name)
    return f"{match[1]}/{match[2]}".upper() if match else None


def candle_file_name(symbol: str, timeframe: str, exchange: str) -> str:
    """Where a download goes: `BTC_USDT-1h-binance.csv`, which says its symbol again."""
    base, _, quote = symbol.partition(":")[0].partition("/")
    return f"{base}_{quote}-{timeframe}-{exchange}.csv"
