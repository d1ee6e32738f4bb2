"""Whether a market's times say how old its news are: on an exchange they do, in one that is played back they do not."""

from __future__ import annotations

import pytest

from bot.shell.market_clock import DAY_MS, MarketClock, is_of_another_clock

MINUTE_MS = 60_000
T0 = 1_790_000_040_000
YEAR_MS = 365 * DAY_MS


def an_hour(clock: MarketClock, *, late_s: float = 0.2, from_s: float = 0.0) -> None:
    """Prices once a second and a candle each minute, both dated by one clock that goes as ours does."""
    for second in range(int(from_s), int(from_s) + 3_600):
        clock.price(T0 + second * 1000, second + late_s)
        if second % 60 == 0:
            clock.candle(T0 + second * 1000 - MINUTE_MS, MINUTE_MS)


def test_an_exchanges_times_tell_its_age() -> None:
    clock = MarketClock()
    an_hour(clock)
    assert clock.tells_age


def test_prices_that_were_held_up_do_not_matter() -> None:
    clock = MarketClock()
    for second in range(60):
        clock.price(T0 + second * 1000, second + (0.2 if second % 10 == 0 else 8.0))
    assert clock.tells_age


def test_a_first_price_of_long_ago_is_one_leap_and_no_fast_market() -> None:
    clock = MarketClock()
    clock.price(T0 - 600_000, 0.0)
    an_hour(clock)
    assert clock.tells_age


@pytest.mark.parametrize("set_back_ms", [0, YEAR_MS])
def test_a_market_that_lets_a_minute_pass_in_a_second_tells_none(set_back_ms: int) -> None:
    clock = MarketClock()
    clock.price(T0 + set_back_ms, 0.0)
    for second in range(1, 10):
        clock.price(T0 + second * MINUTE_MS, float(second))
    assert not clock.tells_age


def test_it_tells_again_once_it_has_gone_as_ours_does_for_a_while() -> None:
    clock = MarketClock()
    for second in range(10):
        clock.price(T0 - (10 - second) * MINUTE_MS, float(second))
    assert not clock.tells_age
    an_hour(clock, from_s=10)
    assert clock.tells_age


@pytest.mark.parametrize("apart_ms", [-YEAR_MS, YEAR_MS])
def test_candles_of_another_year_than_the_prices_tell_none_at_once(apart_ms: int) -> None:
    clock = MarketClock()
    clock.price(T0, 0.0)
    clock.candle(T0 + apart_ms, MINUTE_MS)
    assert not clock.tells_age


def test_candles_some_minutes_off_tell_none_the_third_time_and_again_when_one_fits() -> None:
    clock = MarketClock()
    clock.price(T0, 0.0)
    told = []
    for minute in (5, 6, 7, 0):
        clock.candle(T0 + minute * MINUTE_MS, MINUTE_MS)
        told.append(clock.tells_age)
    assert told == [True, True, False, True]


def test_only_a_day_outside_of_a_candle_is_another_clock() -> None:
    month_ms = 31 * DAY_MS
    assert not is_of_another_clock(T0 + 20 * DAY_MS, T0, month_ms)
    assert not is_of_another_clock(T0 + month_ms + DAY_MS, T0, month_ms)
    assert is_of_another_clock(T0 + month_ms + DAY_MS + 1, T0, month_ms)
    assert is_of_another_clock(T0 - DAY_MS - 1, T0, month_ms)
