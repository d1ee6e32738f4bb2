"""What an exchange sends and no price can be is dropped and counted."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Price
from bot.shell.markets.exchange_prices import thinned
from bot.shell.markets.price_filter import PriceFilter


def test_a_price_is_its_digits() -> None:
    assert PriceFilter().accept(0.0984, 1_000, 1_000) == (Decimal("0.0984"), 1_000)
    assert PriceFilter().accept("43000.10", 1_000, 1_000) == (Decimal("43000.10"), 1_000)


@pytest.mark.parametrize("price", [None, 0, -1, "x", "", float("nan"), float("inf"), True, {}, []])
def test_what_is_no_price_is_null(price: object) -> None:
    judge = PriceFilter()

    assert judge.accept(price, 1_000, 1_000) is None
    assert judge.dropped == {"null": 1}


def test_an_older_price_is_out_of_order_and_one_of_the_same_moment_is_not() -> None:
    judge = PriceFilter()
    judge.accept(100, 2_000, 2_000)

    assert judge.accept(101, 1_999, 2_001) is None
    assert judge.accept(102, 2_000, 2_001) == (Decimal(102), 2_000)
    assert judge.dropped == {"out of order": 1}


def test_without_a_time_of_its_own_a_price_has_the_bots_but_never_goes_back() -> None:
    judge = PriceFilter()
    judge.accept(100, 2_000, 2_000)

    assert judge.accept(101, None, 1_500) == (Decimal(101), 2_000)
    assert judge.accept(101, None, 2_500) == (Decimal(101), 2_500)


@pytest.mark.parametrize("price", [201, 49, 1, 10**9])
def test_an_absurd_price_is_dropped_until_three_in_a_row_say_so(price: int) -> None:
    judge = PriceFilter()
    judge.accept(100, 1_000, 1_000)

    assert judge.accept(price, 1_001, 1_001) is None
    assert judge.accept(100, 1_002, 1_002) is not None
    assert judge.accept(price, 1_003, 1_003) is None
    assert judge.accept(price, 1_004, 1_004) is None
    assert judge.accept(price, 1_005, 1_005) == (Decimal(price), 1_005)
    assert judge.dropped == {"absurd": 3}


def test_a_time_far_ahead_is_absurd_and_does_not_stop_the_market() -> None:
    judge = PriceFilter()
    judge.accept(100, 1_000, 1_000)

    assert judge.accept(100, 10**9, 1_100) is None
    assert judge.accept(100, 1_200, 1_200) is not None


@pytest.mark.parametrize("seen", [3_600_000, 3_601_000])
def test_a_quiet_hour_is_not_absurd(seen: int) -> None:
    """Nor is a first price by REST that was an hour old."""
    judge = PriceFilter()
    judge.accept(100, 1_000, seen - 100)

    assert judge.accept(100, 3_601_000, seen) is not None


def test_a_bot_whose_clock_is_behind_takes_the_exchanges_time() -> None:
    judge = PriceFilter()
    judge.accept(100, 3_601_000, 1_000)

    assert judge.accept(100, 3_602_000, 2_000) is not None


@given(st.lists(st.tuples(st.integers(50, 200), st.integers(0, 10**6)), max_size=30))
def test_accepted_times_never_go_back_and_nothing_is_lost_uncounted(ticks: list[tuple[int, int]]) -> None:
    judge = PriceFilter()

    accepted = [judge.accept(price, ts, ts) for price, ts in ticks]
    times = [one[1] for one in accepted if one]

    assert times == sorted(times)
    assert len(times) + judge.dropped.total() == len(ticks)


@given(st.lists(st.integers(1, 100), max_size=30))
def test_of_prices_at_once_lowest_highest_and_last_stay_in_order(values: list[int]) -> None:
    prices = [Price(symbol="A/B", price=Decimal(value), ts=index) for index, value in enumerate(values)]

    kept = thinned(prices)

    assert len(kept) <= 3
    assert [price.ts for price in kept] == sorted(price.ts for price in kept)
    if prices:
        assert kept[-1] is prices[-1]
        assert max(price.price for price in kept) == max(values)
        assert min(price.price for price in kept) == min(values)
