"""Every figure of a run, against values worked out by hand."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import statistics
from bot.core.performance import (
    SQN_TRIPS,
    Curve,
    CurveFigures,
    TripFigures,
    cagr_pct,
    curve_figures,
    drawdown_pcts,
    drawdowns,
    returns_of,
    sharpe,
    sortino,
    sqn,
    trip_figures,
)
from bot.core.round_trips import RoundTrip
from bot.core.statistics import DAY_MS, YEAR_MS, Statistics, add_candle

HOUR = 3_600_000


def curve(*values: float, candle_ms: int = DAY_MS) -> Curve:
    return Curve(times=[number * candle_ms for number in range(len(values))], values=values, candle_ms=candle_ms)


def trip(pnl: int | str, *, minutes: int = 1) -> RoundTrip:
    return RoundTrip(entry_ts=0, exit_ts=minutes * 60_000, pnl=Decimal(pnl), fills=2)


def test_the_return_is_the_growth_from_the_first_sample_to_the_last() -> None:
    assert curve_figures(curve(1000, 900, 1250)).return_pct == pytest.approx(25)


def test_a_growth_of_a_fifth_in_half_a_year_is_44_percent_a_year() -> None:
    half = Curve(times=[0, YEAR_MS // 2], values=[100, 120], candle_ms=DAY_MS)
    assert cagr_pct(half) == pytest.approx(44)


def test_the_growth_of_a_few_days_is_not_told_as_one_of_a_year() -> None:
    assert cagr_pct(curve(*[100.0] * 7)) is None
    assert cagr_pct(curve(*[100.0] * 8)) == 0


def test_growth_beyond_all_numbers_is_not_told_and_a_lost_account_is_minus_100_percent() -> None:
    assert cagr_pct(curve(1, *[1.0] * 6, 1e9)) is None
    assert cagr_pct(curve(1, *[1.0] * 6, 0)) == -100


def test_sharpe_and_sortino_of_gains_of_3_and_losses_of_1_percent() -> None:
    """Half +3 %, half -1 %: mean 1 %, deviation 2 % (times n/(n-1) within), downside root of half of 0.01 squared."""
    returns = [0.03, -0.01] * 50
    deviation = 0.02 * math.sqrt(100 / 99)
    assert sharpe(returns, DAY_MS) == pytest.approx(0.01 / deviation * math.sqrt(365))
    assert sortino(returns, DAY_MS) == pytest.approx(0.01 / (0.01 / math.sqrt(2)) * math.sqrt(365))


def test_ratios_of_a_few_candles_or_hours_are_not_told() -> None:
    assert sharpe([0.03, -0.01] * 14, DAY_MS) is None
    assert sortino([0.03, -0.01] * 14, DAY_MS) is None
    assert sharpe([0.03, -0.01] * 20, 60_000) is None
    assert sortino([0.03, -0.01] * 20, 60_000) is None


def test_without_a_loss_there_is_no_sortino_and_without_movement_no_sharpe() -> None:
    assert sortino([0.01] * 100, DAY_MS) is None
    assert sharpe([0.0] * 100, DAY_MS) is None


@given(st.lists(st.integers(50_000, 150_000), min_size=31, max_size=60))
def test_the_sharpe_ratio_is_the_one_that_the_live_bot_shows(equities: list[int]) -> None:
    running = Statistics()
    for equity in equities:
        running = add_candle(running, Decimal(equity), in_market=False, candle_ms=HOUR)
    shown, whole = statistics.sharpe(running, HOUR), sharpe(returns_of([float(equity) for equity in equities]), HOUR)
    assert (shown is None) == (whole is None)
    if shown is not None and abs(shown) < 1e6:
        assert whole == pytest.approx(shown, rel=1e-6, abs=1e-6)


def test_drawdowns_have_their_depth_and_the_time_from_high_to_recovery() -> None:
    ups_and_downs = curve(100, 120, 90, 108, 120, 130, 117, 129)
    falls = list(drawdowns(ups_and_downs))
    assert [fall.depth_pct for fall in falls] == pytest.approx([25, 10])
    assert [fall.length_ms for fall in falls] == [3 * DAY_MS, 2 * DAY_MS]
    assert drawdown_pcts(ups_and_downs.values)[2] == pytest.approx(-25)


def test_the_deepest_drawdown_need_not_be_the_longest() -> None:
    figures = curve_figures(curve(100, 50, 100, 99, 98, 97, 96))
    assert figures.max_drawdown_pct == pytest.approx(50)
    assert figures.max_drawdown_ms == 2 * DAY_MS
    assert figures.longest_drawdown_ms == 4 * DAY_MS


def test_calmar_is_growth_a_year_by_the_deepest_fall() -> None:
    figures = curve_figures(Curve(times=[0, YEAR_MS // 2, YEAR_MS], values=[100, 80, 110], candle_ms=DAY_MS))
    assert figures.cagr_pct == pytest.approx(10)
    assert figures.calmar == pytest.approx(0.5)


def test_a_curve_that_never_falls_has_no_calmar_and_no_length() -> None:
    figures = curve_figures(curve(*range(100, 110)))
    assert (figures.max_drawdown_pct, figures.max_drawdown_ms, figures.calmar) == (0, None, None)


def test_a_curve_of_nothing_says_nothing() -> None:
    assert curve_figures(curve()) == CurveFigures()


def test_what_the_round_trips_say() -> None:
    figures = trip_figures([trip(30), trip(-10, minutes=2), trip(20), trip(-10), trip(0)])
    assert (figures.trips, figures.wins, figures.losses) == (5, 2, 2)
    assert figures.win_rate == pytest.approx(0.4)
    assert figures.profit_factor == pytest.approx(2.5)
    assert [figures.expectancy, figures.best, figures.worst] == [Decimal(6), Decimal(30), Decimal(-10)]
    assert figures.average_ms == 72_000


def test_without_a_loss_there_is_no_profit_factor_and_without_a_trip_nothing() -> None:
    assert trip_figures([trip(5)]).profit_factor is None
    assert trip_figures([]) == TripFigures()


def test_the_system_quality_number_of_36_trips_of_3_and_minus_1() -> None:
    """Mean 1, deviation 2 (times n/(n-1) within), root of 36 is 6: 3 but for that factor."""
    assert sqn([3.0, -1.0] * 18) == pytest.approx(3 * math.sqrt(35 / 36))


def test_the_system_quality_number_of_few_trips_is_not_told() -> None:
    assert sqn([3.0, -1.0] * (SQN_TRIPS // 2 - 1)) is None
    assert sqn([1.0] * SQN_TRIPS) is None
