"""Waits grow, are bounded, and no two bots need wait the same."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shell.backoff import MARKET, REFUSAL, RELAY, STREAM, Backoff

ALL = [RELAY, REFUSAL, MARKET, STREAM]


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [(STREAM, [0.5, 1, 2, 4, 8, 10, 10]), (MARKET, [1, 2, 4, 8, 16, 30, 30])],
)
def test_waits_double_up_to_their_bound(backoff: Backoff, waits: list[float]) -> None:
    whole = (1 - backoff.least) / (backoff.most - backoff.least)
    assert list(islice(backoff.waits(lambda: whole), 7)) == pytest.approx(waits)


@given(st.sampled_from(ALL), st.integers(1, 10**9), st.floats(0, 1))
def test_chance_moves_a_wait_within_its_bounds_however_often_it_failed(
    backoff: Backoff, failures: int, chance: float
) -> None:
    wait = backoff.wait_s(failures, lambda: chance)
    assert backoff.first_s * backoff.least * 0.999 <= wait <= backoff.longest_s * backoff.most * 1.001


@given(st.sampled_from(ALL), st.integers(1, 600))
def test_no_wait_is_shorter_than_the_one_before(backoff: Backoff, failures: int) -> None:
    assert backoff.wait_s(failures, lambda: 0.5) <= backoff.wait_s(failures + 1, lambda: 0.5)
