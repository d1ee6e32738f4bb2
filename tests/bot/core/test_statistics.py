"""The figures, against values worked out by hand."""

from __future__ import annotations

import math
import statistics as by_the_book
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.portfolio import open_portfolio
from bot.core.statistics import (
    SHARPE_CANDLES,
    YEAR_MS,
    Statistics,
    add_candle,
    add_equity,
    add_round_trip,
    sharpe,
    shown,
    stats,
)

HOUR = 3_600_000
MINUTE = 60_000
PORTFOLIO = open_portfolio(Decimal(1000))


def of_trips(*results: int) -> Statistics:
    statistics = Statistics()
    for pnl in results:
        statistics = add_round_trip(statistics, Decimal(pnl))
    return statistics


def test_wins_losses_and_what_follows_from_them() -> None:
    figures = stats(of_trips(30, -10, 20, -10, 0), PORTFOLIO, None, HOUR)
    assert (figures.trades, figures.wins, figures.losses) == (5, 2, 2)
    assert figures.win_rate == pytest.approx(0.4)
    assert figures.profit_factor == pytest.approx(2.5)
    assert figures.expectancy == 6


def test_what_is_not_known_yet_is_null() -> None:
    figures = stats(Statistics(), PORTFOLIO, None, HOUR)
    unknown = (
        "win_rate",
        "profit_factor",
        "expectancy",
        "sharpe",
        "max_drawdown_pct",
        "exposure_pct",
        "unrealized_pnl",
    )
    assert all(getattr(figures, name) is None for name in unknown)


def test_without_a_loss_there_is_no_profit_factor() -> None:
    assert stats(of_trips(5), PORTFOLIO, None, HOUR).profit_factor is None


def test_the_deepest_drawdown_stays_and_the_current_one_recovers() -> None:
    statistics = Statistics()
    for equity in (100, 120, 90, 108):
        statistics = add_equity(statistics, Decimal(equity))
    figures = stats(statistics, PORTFOLIO, None, HOUR)
    assert figures.max_drawdown_pct == pytest.approx(25)
    assert figures.current_drawdown_pct == pytest.approx(10)


def test_exposure_counts_the_candles_that_closed_with_a_position() -> None:
    statistics = Statistics()
    for in_market in (True, False, False, True):
        statistics = add_candle(statistics, Decimal(1000), in_market=in_market, candle_ms=HOUR)
    assert stats(statistics, PORTFOLIO, None, HOUR).exposure_pct == pytest.approx(50)


@given(st.lists(st.integers(50_000, 150_000), min_size=SHARPE_CANDLES + 1, max_size=60))
def test_the_sharpe_ratio_is_the_one_of_the_whole_list(equities: list[int]) -> None:
    statistics = Statistics()
    for equity in equities:
        statistics = add_candle(statistics, Decimal(equity), in_market=False, candle_ms=HOUR)
    returns = [after / before - 1 for before, after in pairwise(equities)]
    deviation = by_the_book.stdev(returns)
    if deviation > 1e-9:
        expected = by_the_book.mean(returns) / deviation * math.sqrt(YEAR_MS / HOUR)
        assert sharpe(statistics, HOUR) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_sharpe_ratio_of_a_few_candles_is_not_told() -> None:
    statistics = Statistics()
    for equity in range(1000, 1000 + SHARPE_CANDLES):
        statistics = add_candle(statistics, Decimal(equity), in_market=False, candle_ms=HOUR)
    assert sharpe(statistics, HOUR) is None


def test_the_sharpe_ratio_of_a_few_hours_is_not_told() -> None:
    statistics = Statistics()
    for number in range(24 * 60):
        statistics = add_candle(statistics, Decimal(1000 + number % 3), in_market=False, candle_ms=MINUTE)
    assert sharpe(statistics, MINUTE) is None
    assert sharpe(add_candle(statistics, Decimal(1001), in_market=False, candle_ms=MINUTE), MINUTE) is not None


def counted(
    equities: Sequence[int], candle_ms: int, start: Statistics | None = None, *, held: bool = False
) -> Statistics:
    statistics = start or Statistics()
    for equity in equities:
        statistics = add_candle(statistics, Decimal(equity), in_market=held, candle_ms=candle_ms)
    return statistics


def test_another_candle_length_starts_the_sharpe_ratio_and_the_exposure_anew_and_nothing_else() -> None:
    hours = [1000 + 7 * number % 40 for number in range(60)]
    minutes = counted([1000 + number % 3 for number in range(2_000)], MINUTE, held=True)
    changed, fresh = counted(hours, HOUR, minutes), counted(hours, HOUR)
    assert sharpe(changed, HOUR) == sharpe(fresh, HOUR)
    assert stats(changed, PORTFOLIO, None, HOUR).exposure_pct == 0
    assert changed.max_drawdown_pct == fresh.max_drawdown_pct
    assert changed.peak_equity == 1039


def test_until_a_candle_of_the_new_length_has_closed_the_old_ones_are_told_by_their_own_length() -> None:
    minutes = counted([1000 + number % 3 for number in range(2_000)], MINUTE)
    assert sharpe(minutes, HOUR) == sharpe(minutes, MINUTE)


def test_an_account_of_an_older_bot_takes_its_candles_for_those_that_are_traded_now() -> None:
    hours = [1000 + 7 * number % 40 for number in range(60)]
    old = replace(counted(hours[:30], HOUR), candle_ms=None)
    assert sharpe(old, HOUR) is None
    assert counted(hours[30:], HOUR, old) == counted(hours, HOUR)


@pytest.mark.parametrize(
    ("value", "text"), [("1.2300", "1.23"), ("1E+3", "1000"), ("0.1234567890126", "0.123456789013"), ("-0", "0")]
)
def test_shown_money_has_at_most_twelve_decimals_and_no_needless_zeros(value: str, text: str) -> None:
    assert format(shown(Decimal(value)), "f") == text
