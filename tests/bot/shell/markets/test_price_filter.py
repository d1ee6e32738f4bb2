"""What an exchange sends and no price can be is dropped and counted."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Price
from bot.shell.markets.exchange_prices import thinned
from bot.shell.markets.price_filter import LATE_MS, REMEMBERED, SET_BACK_MS, PriceFilter


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


def test_a_price_without_a_time_has_the_markets_where_that_is_known() -> None:
    judge = PriceFilter()
    judge.accept(100, 2_000, 3_600_000)

    assert judge.accept(101, None, 3_601_000, market_ms=3_000) == (Decimal(101), 3_000)


def test_an_exchange_that_is_an_hour_behind_an_estimate_is_followed_after_a_while() -> None:
    """The first ticker told no time and has the bot's; the trades tell theirs, and more tickers come between."""
    judge = PriceFilter()

    accepted = []
    for seen in range(3_600_500, 3_600_500 + SET_BACK_MS + 1, 500):
        judge.accept(100, None, seen)
        accepted.append(judge.accept(101, seen - 3_600_000, seen))
    assert accepted[-1] == (Decimal(101), SET_BACK_MS + 500)
    assert not any(accepted[:-1])


def test_old_trades_that_are_listed_when_a_line_opens_are_late_each_time() -> None:
    judge = PriceFilter()
    for opened in (3_600_000, 3_630_000):
        judge.accept(100, None, opened)
        assert [judge.accept(90, opened - age, opened) for age in (29_000, 20_000, 11_000)] == [None] * 3
    assert judge.accept(101, 3_629_500, 3_630_000) is not None


def test_a_trade_is_late_by_an_estimated_time_only_where_it_is_clearly_so() -> None:
    judge = PriceFilter()
    judge.accept(100, 2_000, 2_000)
    judge.accept(101, None, 12_000)

    assert judge.accept(102, 12_000 - LATE_MS - 1, 12_001) is None
    assert judge.accept(103, 12_000 - LATE_MS, 12_001) == (Decimal(103), 12_000 - LATE_MS)


def test_a_clock_that_was_set_back_is_followed_though_prices_without_a_time_come_between() -> None:
    judge = PriceFilter()
    judge.accept(100, 3_600_000, 3_600_000)

    accepted = []
    for seen in range(3_600_500, 3_600_500 + SET_BACK_MS + 1, 500):
        judge.accept(100, None, seen)
        accepted.append(judge.accept(101, seen - 3_600_000, seen))
    assert accepted[-1] == (Decimal(101), SET_BACK_MS + 500)
    assert not any(accepted[:-1])


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


def test_a_trade_that_comes_again_is_a_duplicate_at_once_and_later() -> None:
    judge = PriceFilter()

    assert judge.accept(100, 1_000, 1_000, key="a") is not None
    assert judge.accept(100, 1_000, 1_001, key="a") is None
    assert judge.accept(101, 2_000, 2_000, key="b") is not None
    assert judge.accept(100, 1_000, 2_001, key="a") is None
    assert judge.accept(101, 2_000, 2_002) is not None, "without a key nothing tells one from the other"
    assert judge.dropped == {"duplicate": 2}


def test_copies_of_one_absurd_trade_do_not_confirm_each_other() -> None:
    judge = PriceFilter()
    judge.accept(100, 1_000, 1_000)

    assert [judge.accept(900, 1_001, 1_001, key="a") for _ in range(5)] == [None] * 5
    assert judge.dropped == {"absurd": 1, "duplicate": 4}


def test_as_many_trades_are_remembered_as_may_come_twice_and_no_more() -> None:
    judge = PriceFilter()
    for number in range(REMEMBERED + 1):
        judge.accept(100, 1_000, 1_000, key=number)

    assert judge.accept(100, 1_000, 1_000, key=1) is None
    assert judge.accept(100, 1_000, 1_000, key=0) is not None


def test_an_exchange_that_sets_its_clock_back_is_followed_after_a_while() -> None:
    judge = PriceFilter()
    judge.accept(100, 3_600_000, 3_600_000)

    late = [
        judge.accept(100, seen - 3_600_000 + 1_000, seen) for seen in range(3_600_100, 3_600_100 + SET_BACK_MS, 500)
    ]
    assert late == [None] * len(late)
    seen = 3_600_100 + SET_BACK_MS
    assert judge.accept(101, 4_000, seen) == (Decimal(101), 4_000)
    assert judge.accept(102, 4_100, seen + 100) == (Decimal(102), 4_100)


def test_late_trades_between_others_stay_out_of_order() -> None:
    judge = PriceFilter()
    for seen in range(10_000, 20_000, 500):
        assert judge.accept(100, seen, seen) is not None
        assert judge.accept(99, seen - 5_000, seen + 1) is None


@pytest.mark.parametrize(
    ("bid", "ask", "reason"),
    [(None, 101, "null"), (99, 0, "null"), (102, 101, "absurd"), (1, 101, "absurd"), (99, 10_000, "absurd")],
)
def test_what_can_be_no_quote_is_dropped_and_counted(bid: object, ask: object, reason: str) -> None:
    judge = PriceFilter()
    judge.accept(100, 1_000, 1_000)

    assert judge.accept_quote(bid, ask) is None
    assert judge.dropped == {reason: 1}
    assert judge.accept_quote("99", "101") == (Decimal(99), Decimal(101))


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
