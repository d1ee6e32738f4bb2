"""JSON with whole numbers as they were written: the fast reader makes those beyond 64 bits into others, unasked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson

_LONG: dict[type, re.Pattern[Any]] = {str: re.compile(r"[0-9]{19}"), bytes: re.compile(rb"[0-9]{19}")}
"""What 64 bits may be too few for; in a text it does no harm."""
_MOST_DIGITS = 1_000
"""Python makes no number of very many digits, and takes its time for many."""


def whole(digits: str) -> int | Decimal:
    """The number, whatever its length."""
    return int(digits) if len(digits) <= _MOST_DIGITS else Decimal(digits)


def loads(text: str | bytes, number: Callable[[str], Any] = whole) -> Any:
    """As `orjson.loads`, but for whole numbers beyond 64 bits, which `number` makes. Raises `ValueError`."""
    content = orjson.loads(text)
    if not _LONG[type(text)].search(text):
        return content
    try:
        return json.loads(text, parse_int=number)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
