"""The channel is that of the candles before: a close is never compared with its own candle."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Signal
from bot.core.strategies import load_strategy
from bot.core.strategies.kit import candles, signals
from bot.events import Candle


def said(told: list[Candle], entry: int = 3, leave: int = 2) -> list[Signal]:
    return signals(load_strategy("donchian_breakout", {"entry": entry, "exit": leave}), told)


def test_a_close_above_the_highest_high_of_the_candles_before_enters() -> None:
    told = candles([100, 103, 101, 104, 105.5], wick=1)
    # Highs before the last candle: 104, 104, 105 (104 and its wick). 104 itself is not above 104.
    (signal,) = said(told)
    assert (signal.kind, signal.candle_ts) == ("enter", told[4].ts)
    assert signal.reason == "Donchian: close 105.5 is above 105.0, the highest high of the 3 candles before"


def test_a_close_below_the_lowest_low_of_the_shorter_channel_leaves() -> None:
    told = candles([100, 103, 102, 100.5], wick=1)
    # Lows of the two candles before the last: 99 (opened at 100) and 101.
    assert said(told) == []
    (signal,) = said([*told[:3], *candles([98.5], start_ts=told[3].ts)])
    assert (signal.kind, signal.candle_ts) == ("exit", told[3].ts)
    assert signal.reason == "Donchian: close 98.5 is below 99.0, the lowest low of the 2 candles before"


def test_a_close_at_the_edge_is_not_beyond_it() -> None:
    assert said(candles([100, 100, 100, 100, 100])) == []


def test_before_the_channel_is_full_nothing_is_said() -> None:
    assert said(candles([100, 101, 102]), entry=3, leave=3) == []
    assert len(said(candles([100, 101, 102, 103]), entry=3, leave=3)) == 1


CLOSES = st.lists(st.integers(9_000, 11_000).map(lambda cents: Decimal(cents) / 100), max_size=60)


@given(CLOSES, st.integers(1, 6), st.integers(1, 6), st.integers(0, 3))
def test_it_says_what_its_definition_says(closes: list[Decimal], entry: int, leave: int, wick: int) -> None:
    told = candles(closes, wick=wick)
    expected: list[tuple[str, int]] = []
    for number, candle in enumerate(told):
        before = told[:number]
        if number >= entry and candle.close > max(one.high for one in before[-entry:]):
            expected.append(("enter", candle.ts))
        elif number >= leave and candle.close < min(one.low for one in before[-leave:]):
            expected.append(("exit", candle.ts))
    assert [(signal.kind, signal.candle_ts) for signal in said(told, entry, leave)] == expected
