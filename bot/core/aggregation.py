"""Candles of one length into longer ones, on UTC's grid. Pure, and exact: no volume is lost to rounding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import dropwhile, groupby

from bot.core.portfolio import EXACT
from bot.core.timeframe import timeframe_ms
from bot.events import Candle


def aggregated(candles: Iterable[Candle], timeframe: str) -> list[Candle]:
    """The candles, oldest first, joined to those of `timeframe`, which they must not be longer than.

    Each opens on UTC's grid, however many of its parts there are. One is closed when its last part is and ends with it,
    or when a later one has begun. Joining what was joined in pieces before gives the same.
    """
    length_ms = timeframe_ms(timeframe)
    groups = [list(group) for _, group in groupby(candles, key=lambda candle: candle.ts // length_ms)]
    joined = [_joined(group, timeframe, length_ms) for group in groups]
    return [replace(candle, closed=True) for candle in joined[:-1]] + joined[-1:]


def from_a_start(candles: Iterable[Candle], timeframe: str) -> list[Candle]:
    """The candles without those at the beginning that would make an incomplete one of `timeframe`."""
    length_ms = timeframe_ms(timeframe)
    return list(dropwhile(lambda candle: candle.ts % length_ms, candles))


def is_multiple(timeframe: str, part: str) -> bool:
    """Whether candles of `part` make whole ones of `timeframe`; longer than a day they have no common grid."""
    length_ms, part_ms = timeframe_ms(timeframe), timeframe_ms(part)
    return length_ms == part_ms or (timeframe[-1] in "smhd" and length_ms % part_ms == 0)


def _joined(parts: Sequence[Candle], timeframe: str, length_ms: int) -> Candle:
    last, opened_at = parts[-1], parts[0].ts // length_ms * length_ms
    ends_with_it = last.ts + timeframe_ms(last.timeframe) >= opened_at + length_ms
    return replace(
        parts[0],
        timeframe=timeframe,
        ts=opened_at,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=last.close,
        volume=reduce(EXACT.add, (part.volume for part in parts)),
        closed=last.closed and ends_with_it,
    )
