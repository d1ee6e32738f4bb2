"""Levels at powers of the step: 100 is one of them, so 10 % steps are 90.91, 100, 110, 121, 133.1."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Signal
from bot.core.strategies import load_strategy
from bot.core.strategies.grid import Grid
from bot.core.strategies.kit import candles, signals

# With steps of 10 % level 48 is 97.02, 49 is 106.72, 50 is 117.39, 51 is 129.13, 52 is 142.04.


def said(closes: list[float], levels: int = 5, step_pct: object = 10) -> list[tuple[str, int | None]]:
    return [(signal.kind, signal.parts) for signal in signals_of(closes, levels, step_pct)]


def signals_of(closes: list[float], levels: int = 5, step_pct: object = 10) -> list[Signal]:
    return signals(load_strategy("grid", {"step_pct": step_pct, "levels": levels}), candles(closes))


def test_a_fall_through_a_level_buys_a_part_and_a_rise_through_the_next_one_sells_it() -> None:
    assert said([120, 116, 118, 128, 130]) == [("enter", 1), ("exit", 1)]


def test_each_level_that_a_close_passes_is_a_part() -> None:
    assert said([120, 100, 130]) == [("enter", 2), ("exit", 2)]


def test_a_close_that_trembles_around_one_level_trades_once() -> None:
    assert said([120, 117, 118, 117, 118, 117, 118]) == [("enter", 1)]


def test_the_first_close_is_between_two_levels_and_either_may_be_crossed() -> None:
    assert said([120, 130]) == [("exit", 1)]
    assert said([120, 117]) == [("enter", 1)]
    assert said([120, 128, 118]) == []


def test_with_all_parts_bought_it_waits_where_it_bought_the_last() -> None:
    # Two parts, bought at 117.39 and 106.72; the way down to 60 and back up to 117 trades nothing.
    assert said([120, 100, 60, 90, 110, 117, 118, 130], levels=2) == [("enter", 2), ("exit", 1), ("exit", 1)]


def test_only_as_many_parts_as_are_left_are_bought() -> None:
    assert said([120, 80], levels=3) == [("enter", 3)]


def test_a_close_on_a_level_has_reached_it_from_below_and_not_fallen_through_it() -> None:
    level = str(Decimal("1.1") ** 51)
    told = candles(["120", level, "118"])
    assert [signal.kind for signal in signals(load_strategy("grid", {"step_pct": 10}), told)] == ["exit"]
    told = candles(["130", level, "130"])
    assert signals(load_strategy("grid", {"step_pct": 10}), told) == []


def test_the_reason_says_the_step_the_close_and_the_level() -> None:
    (one,) = signals_of([120, 117])
    (two,) = signals_of([120, 100.25])
    assert one.reason == "Grid of 10 %: close 117.0 fell through the level 117.4"
    assert two.reason == "Grid of 10 %: close 100.25 fell through 2 levels to 106.72"
    assert one.adds and two.adds


def test_the_engine_counts_one_part_a_level() -> None:
    assert load_strategy("grid", {"levels": 7}).params.max_parts == 7


PRICES = st.decimals("0.00000123", "250000", places=8)


@given(PRICES, st.decimals("0.01", "50", places=2))
def test_every_price_lies_between_its_levels(price: Decimal, step_pct: Decimal) -> None:
    grid = load_strategy("grid", {"step_pct": step_pct})
    assert isinstance(grid, Grid)
    below = grid._level_below(price)
    assert grid._price_of(below) <= price < grid._price_of(below + 1)


CLOSES = st.lists(st.integers(60, 180).map(float), min_size=2, max_size=60)


@given(CLOSES, st.integers(1, 6))
def test_who_does_all_it_says_never_holds_more_than_its_levels_and_never_sells_a_part_at_a_loss(
    closes: list[float], levels: int
) -> None:
    told = candles(closes)
    close_at = {candle.ts: candle.close for candle in told}
    bought: list[Decimal] = []
    for signal in signals(load_strategy("grid", {"step_pct": 5, "levels": levels}), told):
        parts, price = signal.parts or 0, close_at[signal.candle_ts]
        assert parts >= 1
        if signal.kind == "enter":
            bought += [price] * parts
        for _ in range(parts if signal.kind == "exit" else 0):
            assert not bought or bought.pop() < price
        assert len(bought) <= levels


@pytest.mark.parametrize("cut", [10, 50, 150])
def test_a_grid_that_started_later_agrees_once_it_has_crossed_a_level(cut: int) -> None:
    closes = [100 + 12 * ((number * 7919 % 101) / 100 - 0.5) for number in range(300)]
    whole, later = (
        signals(load_strategy("grid", {"step_pct": 1, "levels": 200}), told)
        for told in (candles(closes), candles(closes)[cut:])
    )
    after = later[0].candle_ts
    assert [s for s in later if s.candle_ts > after] == [s for s in whole if s.candle_ts > after]
    assert len(later) > 20
