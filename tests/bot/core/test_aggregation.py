"""Longer candles say what the shorter ones said, to the last digit, whichever way they were put together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.aggregation import aggregated, from_a_start, is_multiple
from bot.core.timeframe import timeframe_ms
from bot.events import Candle
from tests.support.trading import SYMBOL

MINUTE = 60_000
MIDNIGHT = 1_700_006_400_000
LONGER = st.sampled_from(["1m", "5m", "15m", "1h", "1d"])
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=12)
PRICES = st.decimals(min_value=Decimal("0.00000001"), max_value=10**6, places=8)


@st.composite
def minutes(draw: st.DrawFn) -> list[Candle]:
    """Candles of a minute, oldest first, some of them missing, the last one perhaps forming."""
    numbers = sorted(draw(st.sets(st.integers(0, 3_000), min_size=1, max_size=40)))
    made = []
    for number in numbers:
        low, opened, closed, high = sorted(draw(st.lists(PRICES, min_size=4, max_size=4)))
        if draw(st.booleans()):
            opened, closed = closed, opened
        made.append(minute(number, opened, high, low, closed, draw(AMOUNTS)))
    return [*made[:-1], replace(made[-1], closed=draw(st.booleans()))]


def minute(number: int, opened: Decimal, high: Decimal, low: Decimal, close: Decimal, volume: Decimal) -> Candle:
    return Candle(
        symbol=SYMBOL,
        timeframe="1m",
        ts=MIDNIGHT + number * MINUTE,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        closed=True,
    )


def flat(number: int, *, closed: bool = True) -> Candle:
    one = Decimal(100 + number)
    return replace(minute(number, one, one, one, one, Decimal(1)), closed=closed)


@given(minutes(), LONGER)
def test_nothing_is_lost_and_each_part_is_in_the_candle_of_its_time(candles: list[Candle], timeframe: str) -> None:
    length = timeframe_ms(timeframe)
    joined = aggregated(candles, timeframe)
    assert sum(Fraction(candle.volume) for candle in joined) == sum(Fraction(candle.volume) for candle in candles)
    assert [candle.ts for candle in joined] == sorted({candle.ts // length * length for candle in candles})
    for candle in joined:
        parts = [part for part in candles if candle.ts <= part.ts < candle.ts + length]
        assert (candle.open, candle.close) == (parts[0].open, parts[-1].close)
        assert (candle.high, candle.low) == (max(p.high for p in parts), min(p.low for p in parts))
        assert candle.timeframe == timeframe


@given(minutes(), LONGER, st.integers(0, 40))
def test_joined_in_two_pieces_it_is_the_same(candles: list[Candle], timeframe: str, cut: int) -> None:
    pieces = [*aggregated(candles[:cut], timeframe), *aggregated(candles[cut:], timeframe)]
    assert aggregated(pieces, timeframe) == aggregated(candles, timeframe)


@given(minutes(), st.sampled_from([("5m", "15m"), ("5m", "1h"), ("15m", "1h"), ("15m", "1d"), ("1h", "1d")]))
def test_joined_by_way_of_another_length_it_is_the_same(candles: list[Candle], lengths: tuple[str, str]) -> None:
    between, timeframe = lengths
    assert aggregated(aggregated(candles, between), timeframe) == aggregated(candles, timeframe)


def test_one_is_closed_when_its_last_part_is_and_ends_with_it() -> None:
    def closed(*candles: Candle) -> list[bool]:
        return [candle.closed for candle in aggregated(candles, "5m")]

    assert closed(flat(0), flat(3)) == [False]
    assert closed(flat(0), flat(4)) == [True]
    assert closed(flat(0), flat(4, closed=False)) == [False]
    assert closed(flat(0), flat(5, closed=False)) == [True, False]


def test_a_cut_off_beginning_is_left_out() -> None:
    assert [candle.ts for candle in from_a_start([flat(3), flat(4), flat(5), flat(6)], "5m")] == [
        MIDNIGHT + 5 * MINUTE,
        MIDNIGHT + 6 * MINUTE,
    ]
    assert from_a_start([flat(3), flat(4)], "1d") == []


@pytest.mark.parametrize(
    ("timeframe", "part", "whole"),
    [("5m", "1m", True), ("15m", "5m", True), ("1m", "5m", False), ("1h", "1h", True), ("1w", "1d", False)],
)
def test_only_lengths_that_parts_fit_into_can_be_made(timeframe: str, part: str, whole: bool) -> None:
    assert is_multiple(timeframe, part) is whole
