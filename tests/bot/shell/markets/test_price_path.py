"""The simulated price: the same at every call, believable, and with a trade for the newcomer."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import median, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.shell.markets.price_path import PricePath, opening_path

MINUTE_MS = 60_000
DAY = range(0, 24 * 60 * MINUTE_MS, MINUTE_MS)
ORIGINS = st.integers(1_600_000_000_000, 1_900_000_000_000)


def ema_crosses(closes: list[float], fast: int = 9, slow: int = 21) -> list[int]:
    """Where the fast average goes from below to above the slow one; each begins with a plain mean, as in talipp."""
    averages = []
    for length in (fast, slow):
        average = [sum(closes[:length]) / length]
        for close in closes[length:]:
            average.append(average[-1] + (close - average[-1]) * 2 / (length + 1))
        averages.append([math.nan] * (length - 1) + average)
    above = [one > other for one, other in zip(*averages, strict=True)]
    return [index for index in range(slow, len(closes)) if above[index] and not above[index - 1]]


@settings(max_examples=40, deadline=None)
@given(ORIGINS, st.integers(), st.sampled_from([1_000, 60_000, 300_000, 3_600_000, 86_400_000]), st.integers(120, 500))
def test_whatever_the_origin_the_last_candle_before_it_is_a_fresh_up_cross(
    origin_ms: int, seed: int, candle_ms: int, history: int
) -> None:
    end = origin_ms // candle_ms * candle_ms
    path = opening_path(seed, candle_ms=candle_ms, start_price=43_000, dip_end_ms=end)

    closes = [path.price(end - back * candle_ms) for back in range(history - 1, -1, -1)]

    assert ema_crosses(closes)[-1] == history - 1
    assert closes[-1] == pytest.approx(43_000)


@pytest.mark.parametrize("seed", range(4))
def test_a_day_is_as_lively_as_a_day_of_bitcoin(seed: int) -> None:
    path = opening_path(seed, candle_ms=MINUTE_MS, start_price=43_000, dip_end_ms=0)
    prices = [path.price(time) for time in DAY]
    moves = [math.log(later / price) for price, later in pairwise(prices)]

    assert 0.0007 < pstdev(moves) < 0.0018
    assert 1.005 < max(prices) / min(prices) < 1.06
    assert max(map(abs, moves)) < 0.01


@pytest.mark.parametrize("seed", range(4))
def test_the_first_hour_crosses_every_few_minutes_and_the_day_goes_on_doing_so(seed: int) -> None:
    path = opening_path(seed, candle_ms=MINUTE_MS, start_price=43_000, dip_end_ms=0)
    closes = [path.price(time) for time in range(-120 * MINUTE_MS, 24 * 60 * MINUTE_MS, MINUTE_MS)]
    crosses = [index - 120 for index in ema_crosses(closes) if index >= 120]

    assert crosses[0] == 0
    assert len([cross for cross in crosses if cross <= 50]) >= 3
    assert median(later - cross for cross, later in pairwise(crosses)) <= 60


def test_volatility_clusters() -> None:
    """Squared moves of neighbouring minutes go together, which those of independent ones do not."""
    path = opening_path(1, candle_ms=MINUTE_MS, start_price=43_000, dip_end_ms=0)
    levels = [path.volatility(time) for time in DAY]

    assert max(levels) / min(levels) > 2
    assert all(0.8 < later / level < 1.25 for level, later in pairwise(levels))


@given(st.integers(0, 2**64 - 1), ORIGINS, st.integers(-(10**10), 10**10))
def test_the_price_has_no_jumps_and_no_memory(seed: int, end: int, offset: int) -> None:
    path = PricePath(seed, MINUTE_MS, 43_000, end)

    price = path.price(end + offset)

    assert PricePath(seed, MINUTE_MS, 43_000, end).price(end + offset) == price
    assert path.price(end + offset + 1) == pytest.approx(price, rel=1e-4)


def test_seeds_differ() -> None:
    prices = {PricePath(seed, MINUTE_MS, 100, 0).price(10**7) for seed in range(20)}

    assert len(prices) == 20
