"""What the strategies share around talipp's indicators: bounded memory, and their floats as a person reads them.

Floats live in the indicators only; they decide, they never pay.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def add_bounded(indicator: Any, value: object, limit: int) -> None:
    """Tell a talipp indicator one value; beyond `limit` values it forgets the older half.

    `limit` must be a few times what the indicator looks back, for it must never see its beginning twice.
    """
    indicator.add(value)
    if len(indicator) > limit:
        indicator.purge_oldest(len(indicator) - limit // 2)


def last_of(indicator: Any) -> Decimal | None:
    """A talipp indicator's newest value, or None before there is one."""
    value = indicator[-1] if len(indicator) else None
    return None if value is None else decimal_of(value)


def decimal_of(value: float) -> Decimal:
    """The shortest decimal that is this float: 0.1, not its 55 binary digits."""
    return Decimal(repr(value))
