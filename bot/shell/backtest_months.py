"""A curve's growth month by month, in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise

from bot.core.performance import Curve


def monthly_pcts(curve: Curve) -> dict[tuple[int, int], float]:
    """Growth in percent by (year, month), oldest first; the first and the last month may be parts of one.

    A sample on a month's first moment is the close of the month before.
    """
    ends: dict[tuple[int, int], float] = {}
    for ts, value in zip(curve.times[1:], curve.values[1:], strict=True):
        closed = datetime.fromtimestamp((ts - 1) / 1000, UTC)
        ends[closed.year, closed.month] = value
    values = [*curve.values[:1], *ends.values()]
    growths = [(after / before - 1) * 100 if before > 0 else 0.0 for before, after in pairwise(values)]
    return dict(zip(ends, growths, strict=True))


def yearly_pct(months: Mapping[tuple[int, int], float], year: int) -> float:
    """The growth of a year: its months compounded."""
    growth = 1.0
    for (of_year, _), pct in months.items():
        growth *= 1 + pct / 100 if of_year == year else 1
    return (growth - 1) * 100
