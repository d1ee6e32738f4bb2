"""Bars: cut into parts and ticks, and whole again to the last digit."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.shell.markets.bars import Bar, join, join_ticks, part_length_ms, split, ticks

LENGTHS = st.sampled_from(
    [1_000, 2_000, 3_000, 15_000, 60_000, 90_000, 180_000, 300_000, 3_600_000, 7_200_000, 86_400_000]
)
SEEDS = st.integers(0, 2**64 - 1)


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low = draw(st.integers(1, 10**12))
    high = low + draw(st.integers(0, 10**9))
    inside = st.integers(low, high)
    length = draw(LENGTHS)
    start = draw(st.integers(0, 10**9)) * length
    return Bar(start, length, draw(inside), high, low, draw(inside), draw(st.integers(0, 10**15)))


@given(bars(), SEEDS)
def test_the_parts_of_a_bar_make_the_bar(bar: Bar, seed: int) -> None:
    part_ms = part_length_ms(bar.length_ms, 1_000)
    if part_ms is None:
        return

    parts = split(bar, part_ms, seed)

    assert join(parts) == bar
    assert all(part.low <= min(part.open, part.close) for part in parts)
    assert all(part.high >= max(part.open, part.close) for part in parts)
    assert all(part.volume >= 0 for part in parts)
    assert all(later.ts == part.ts + part_ms and later.open == part.close for part, later in pairwise(parts))


@given(bars(), st.integers(0, 60), SEEDS)
def test_the_ticks_of_a_bar_make_the_bar(bar: Bar, count: int, seed: int) -> None:
    drawn = ticks(bar, count, seed)

    assert join_ticks(bar.ts, bar.length_ms, drawn) == bar
    assert len(drawn) == max(4, count)
    assert all(bar.ts <= tick.ts < bar.ts + bar.length_ms and tick.amount >= 0 for tick in drawn)
    assert all(later.ts >= tick.ts for tick, later in pairwise(drawn))


@given(bars(), SEEDS)
def test_the_same_seed_gives_the_same_ticks(bar: Bar, seed: int) -> None:
    assert ticks(bar, 20, seed) == ticks(bar, 20, seed)


@given(LENGTHS)
def test_a_bar_is_cut_until_its_parts_are_short(length_ms: int) -> None:
    part_ms: int | None = length_ms
    shortest = length_ms
    while part_ms is not None:
        shortest, part_ms = part_ms, part_length_ms(part_ms, 1_000)

    assert shortest <= 2_000
