"""RSI by hand: two candles of memory, so every value fits a line."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Signal
from bot.core.strategies import load_strategy
from bot.core.strategies.kit import candles, signals

# Period 2: changes -2 -2 seed gain 0, loss 2 (RSI 0). +1: gain 0.5, loss 1, RS 0.5, RSI 33.33.
# +1: gain 0.75, loss 0.5, RS 1.5, RSI 60. +1: gain 0.875, loss 0.25, RS 3.5, RSI 77.78.
CLOSES = [100.0, 98, 96, 97, 98, 99]


def said(closes: list[float], **params: object) -> list[Signal]:
    return signals(load_strategy("rsi_reversion", {"period": 2, **params}), candles(closes))


def wilder(closes: list[float], period: int) -> float:
    """The index after the last close, from its definition."""
    changes = [now - before for before, now in pairwise(closes)]
    gain = sum(max(change, 0) for change in changes[:period]) / period
    loss = sum(max(-change, 0) for change in changes[:period]) / period
    for change in changes[period:]:
        gain += (max(change, 0) - gain) / period
        loss += (max(-change, 0) - loss) / period
    return 100.0 if loss == 0 else 100 * gain / (gain + loss)


def test_it_enters_on_the_way_back_up_and_leaves_at_the_middle() -> None:
    enter, leave, *_ = said(CLOSES)
    assert (enter.kind, leave.kind) == ("enter", "exit")
    assert enter.reason == "RSI 2 (33.33) crossed back above 30 after 0.00"
    assert leave.reason == "RSI 2 (60.00) is back at the middle of 50"
    told = candles(CLOSES)
    assert [enter.candle_ts, leave.candle_ts] == [told[3].ts, told[4].ts]


def test_it_can_wait_until_the_market_is_overbought() -> None:
    enter, leave = said(CLOSES, exit_at="overbought")
    assert enter.kind == "enter"
    assert leave.reason == "RSI 2 (77.78) is above the overbought 70"


def test_while_it_falls_further_there_is_no_entry() -> None:
    assert said([100, 98, 96, 94, 92, 90]) == []


def test_a_jump_from_below_to_beyond_the_exit_is_no_entry() -> None:
    assert [signal.kind for signal in said([100, 98, 96, 106])] == ["exit"]


def test_exactly_at_the_level_is_not_yet_above_it() -> None:
    # RSI 50 is the exit by the middle; with the exit at 70 and 50 for oversold it is neither.
    on_the_level = [100.0, 98, 96, 98]  # gain 1, loss 1: RSI 50
    assert said(on_the_level, oversold=50, exit_at="overbought") == []
    assert [signal.kind for signal in said([*on_the_level, 98.5], oversold=50, exit_at="overbought")] == ["enter"]


@pytest.mark.parametrize("period", [2, 7, 14])
@given(closes=st.lists(st.integers(5_000, 15_000).map(lambda cents: cents / 100), min_size=60, max_size=140))
def test_the_values_it_names_are_wilders(period: int, closes: list[float]) -> None:
    told = candles(closes)
    number_of = {candle.ts: number for number, candle in enumerate(told)}
    for signal in signals(load_strategy("rsi_reversion", {"period": period}), told):
        named = re.match(r"RSI \d+ \(([\d.]+)\)", signal.reason)
        assert named is not None
        value = wilder(closes[: number_of[signal.candle_ts] + 1], period)
        assert float(named[1]) == pytest.approx(value, abs=0.0051)
        assert value > 30 if signal.kind == "enter" else value >= 50 - 1e-9
