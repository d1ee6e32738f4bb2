"""Reads TAPEDECK_EXCHANGE_CONFIG for the markets that Tapedeck makes itself; one sentence for each bad key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from bot.settings import SettingsError

Check = Callable[[object], Any]
FASTEST = 10_000


def read_config(given: Mapping[str, Any], checks: Mapping[str, Check], market: str) -> dict[str, Any]:
    """What is given, each key through its check. Raises `SettingsError` with a line for each key that is wrong."""
    lines, read = [], {}
    for key, value in given.items():
        if key not in checks:
            lines.append(f"TAPEDECK_EXCHANGE_CONFIG.{key}: is not known to {market}; it takes {', '.join(checks)}")
            continue
        try:
            read[key] = checks[key](value)
        except ValueError as error:
            lines.append(f"TAPEDECK_EXCHANGE_CONFIG.{key}: got {value!r}; takes {error}")
    if lines:
        raise SettingsError(lines)
    return read


def whole_number(value: object) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number")
    return value


def speed(value: object) -> float:
    """How many times faster than the wall clock the market runs."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= FASTEST:
        raise ValueError(f"a number from 0.1 to {FASTEST:,}")
    return float(value)


def price(value: object) -> float:
    """A price above zero, as a number or as text."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not 1e-9 <= number <= 1e12:
        raise ValueError("a price above zero")
    return number


def text(value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text")
    return value
