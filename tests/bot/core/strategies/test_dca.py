"""The same share again and again, on the clock's time and not the bot's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Signal
from bot.core.strategies import load_strategy
from bot.core.strategies.kit import START_TS, candles, signals
from bot.events import Candle

MINUTE = 60_000


def said(told: list[Candle], every: int) -> list[Signal]:
    return signals(load_strategy("dca", {"every": every}), told)


def minutes(given_signals: list[Signal]) -> list[int]:
    return [(signal.candle_ts - START_TS) // MINUTE for signal in given_signals]


def test_it_buys_on_the_first_candle_of_each_slot() -> None:
    assert minutes(said(candles([100] * 12), 5)) == [0, 5, 10]


def test_it_buys_on_every_candle_where_it_is_told_to() -> None:
    assert minutes(said(candles([100] * 3), 1)) == [0, 1, 2]


def test_started_in_the_middle_it_waits_for_the_next_slot() -> None:
    assert minutes(said(candles([100] * 12)[2:], 5)) == [5, 10]


def test_a_slot_whose_first_candle_is_missing_is_bought_on_the_next() -> None:
    told = candles([100] * 12)
    assert minutes(said([*told[:5], *told[7:]], 5)) == [0, 7, 10]


def test_a_buy_adds_and_says_when_and_at_what() -> None:
    (signal,) = said(candles(["43251.20"]), 60)
    assert (signal.kind, signal.adds, signal.parts) == ("enter", True, None)
    assert signal.reason == "DCA: the first of each 60 candles, at a close of 43251.2"


def test_days_are_counted_as_days() -> None:
    daily = candles([100] * 15, timeframe="1d")
    days = [signal.candle_ts // 86_400_000 for signal in said(daily, 7)]
    assert len(days) == 2
    assert all(day % 7 == 0 for day in days)


def test_the_engine_counts_one_part_an_entry() -> None:
    assert load_strategy("dca", {"max_entries": 7}).params.max_parts == 7


@given(st.integers(1, 20), st.integers(0, 60), st.sets(st.integers(0, 79), max_size=30))
def test_a_restart_anywhere_neither_repeats_nor_moves_a_buy(every: int, cut: int, gone: set[int]) -> None:
    told = [candle for number, candle in enumerate(candles([100] * 80)) if number not in gone]
    again, whole = said(told[cut:], every), said(told, every)
    known_since = {candle.ts for candle in told[cut + 1 :]}
    assert [s for s in again if s.candle_ts in known_since] == [s for s in whole if s.candle_ts in known_since]
