"""So much at once, so much a second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relay.limits.bucket import Bucket, Buckets, Rate

RATE = Rate(per_second=10, burst=5)


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    bucket = Bucket(RATE, 0)
    assert [bucket.take(0) for _ in range(6)] == [True] * 5 + [False]
    assert not bucket.take(0.09)
    assert bucket.take(0.2)


def test_a_rest_fills_it_to_the_burst_and_no_further() -> None:
    bucket = Bucket(RATE, 0)
    assert bucket.take(0, 5)
    assert not bucket.take(1_000, 6)
    assert bucket.take(1_000, 5)


def test_what_is_owed_is_waited_for() -> None:
    bucket = Bucket(RATE, 0)
    assert [bucket.owe(0) for _ in range(5)] == [0.0] * 5
    assert [round(bucket.owe(0), 3) for _ in range(3)] == [0.1, 0.2, 0.3]
    assert bucket.owe(1) == 0


@given(steps=st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 4)), max_size=40))
def test_no_more_is_ever_given_than_burst_and_rate_allow(steps: list[tuple[float, float]]) -> None:
    bucket, now, given_out = Bucket(RATE, 0), 0.0, 0.0
    for later, count in steps:
        now += later
        given_out += count if bucket.take(now, count) else 0
        assert given_out <= RATE.burst + now * RATE.per_second + 1e-6


def test_each_key_has_its_own_and_the_table_has_a_bound() -> None:
    buckets = Buckets(RATE, limit=2)
    assert buckets.of("one", 0).take(0, 5)
    assert not buckets.of("one", 0).take(0)
    assert buckets.of("two", 0).take(0)
    buckets.of("one", 0)
    buckets.of("three", 0)
    assert len(buckets) == 2
    assert not buckets.of("one", 0).take(0), "the one that was asked for longest ago went"
