"""Candle lengths by ccxt's names, in milliseconds."""

from __future__ import annotations

import re

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "M": 2_592_000_000}


def timeframe_ms(timeframe: str) -> int:
    """The length of a candle (`5m` is 300,000); a month counts as 30 days, as in ccxt. Else raises `ValueError`."""
    match = re.fullmatch(r"([1-9][0-9]{0,3})([smhdwM])", timeframe)
    if match is None:
        raise ValueError(f"{timeframe!r} is not a timeframe such as 1m, 5m, 1h or 1d")
    return int(match[1]) * _UNITS_MS[match[2]]


def timeframe_name(length_ms: int) -> str:
    """ccxt's name of a length in whole seconds: 300,000 is `5m`."""
    for unit in ("w", "d", "h", "m", "s"):
        if length_ms % _UNITS_MS[unit] == 0 and length_ms > 0:
            return f"{length_ms // _UNITS_MS[unit]}{unit}"
    raise ValueError(f"{length_ms} ms is not a whole number of seconds")
