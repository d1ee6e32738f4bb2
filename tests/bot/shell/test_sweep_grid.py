"""What a sweep is told to try."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shell.refusal import Refusal
from bot.shell.sweep_grid import combinations, parse_sweep


def test_ranges_count_by_ones_or_by_a_step_and_include_both_ends() -> None:
    assert parse_sweep(["fast=5..8 slow=20..60:20"]) == {"fast": [5, 6, 7, 8], "slow": [20, 40, 60]}
    assert parse_sweep(["fast=5..9:3"]) == {"fast": [5, 8]}


def test_a_comma_separates_values_and_ranges_and_each_value_comes_once() -> None:
    assert parse_sweep(["fast=3,5..7,6,20"]) == {"fast": [3, 5, 6, 7, 20]}


def test_the_option_may_be_given_for_each_parameter() -> None:
    assert parse_sweep(["fast=5", "slow=20,30"]) == {"fast": [5], "slow": [20, 30]}


def test_whole_numbers_are_counts_and_others_are_exact_decimals() -> None:
    grid = parse_sweep(["stop_loss_pct=0.1..0.3:0.1,off", "fast=5"])
    assert grid["stop_loss_pct"] == [Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), None]
    assert type(grid["fast"][0]) is int


def test_words_are_words() -> None:
    assert parse_sweep(["kind=ema,sma trail=true,false"]) == {"kind": ["ema", "sma"], "trail": [True, False]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "--sweep: is empty"),
        ("fast", "--sweep: got 'fast'; takes parameters such as"),
        ("fast=", "--sweep: got 'fast='"),
        ("fast=5..", "--sweep: got fast=5..; takes a number, a..b or a..b:step."),
        ("fast=5,,6", "--sweep: got fast=; takes a number"),
        ("fast=9..5", "fast=9..5 counts up"),
        ("fast=1..5:0", "with a step above 0"),
        ("pct=0.5..2", "pct=0.5..2 needs a step, e.g. pct=0.5..2:0.1."),
        ("fast=1 fast=2", "fast is given twice"),
        ("fast=1..999999", "fast has 999,999 values; takes at most 20,000"),
        ("fast=1..1000 slow=1..1000", "has 1,000,000 combinations; takes at most 20,000"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_sweep([text])
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_combination_comes_once_the_last_parameter_changing_fastest() -> None:
    assert list(combinations({"fast": [5, 6], "slow": [20, 30]})) == [
        {"fast": 5, "slow": 20},
        {"fast": 5, "slow": 30},
        {"fast": 6, "slow": 20},
        {"fast": 6, "slow": 30},
    ]


@given(st.integers(-500, 500), st.integers(0, 300), st.integers(1, 40))
def test_a_range_is_pythons_own(first: int, length: int, step: int) -> None:
    assert parse_sweep([f"n={first}..{first + length}:{step}"]) == {"n": list(range(first, first + length + 1, step))}


@given(st.text(max_size=40))
def test_any_text_is_a_grid_or_a_sentence(text: str) -> None:
    with suppress(Refusal):
        grid = parse_sweep([text])
        assert grid
        assert all(grid.values())
