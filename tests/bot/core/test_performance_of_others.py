"""Our figures beside those of quantstats 0.0.86 and backtesting.py 0.6.6 for the same curve and the same round trips.

Theirs were written down once, with 365 periods a year and no risk-free rate: neither is in our environments.
"""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from bot.core.performance import Curve, curve_figures, trip_figures
from bot.core.round_trips import RoundTrip
from bot.core.statistics import DAY_MS

EQUITY = [1000 * math.exp(0.0006 * n + 0.03 * math.sin(n / 9) + 0.01 * math.cos(n * n / 50)) for n in range(400)]
"""A day each: it grows, swings, and shivers."""
PROFITS = [round(30 * math.sin(n * n) + 4, 2) for n in range(40)]

CURVE = curve_figures(Curve(times=[n * DAY_MS for n in range(400)], values=EQUITY, candle_ms=DAY_MS))
TRIPS = trip_figures([RoundTrip(entry_ts=0, exit_ts=DAY_MS, pnl=Decimal(str(pnl)), fills=2) for pnl in PROFITS])


def test_sharpe_sortino_growth_and_drawdown_are_those_of_quantstats() -> None:
    assert CURVE.sharpe == pytest.approx(1.2155120273129472, rel=1e-9)
    assert CURVE.sortino == pytest.approx(1.8031690635489914, rel=1e-9)
    assert CURVE.cagr_pct == pytest.approx(24.537182319511874, rel=1e-9)
    assert CURVE.max_drawdown_pct == pytest.approx(6.1814884097161626, rel=1e-9)
    assert CURVE.calmar == pytest.approx(24.537182319511874 / 6.1814884097161626, rel=1e-9)


def test_return_and_length_of_the_drawdown_are_those_of_backtesting_py() -> None:
    assert CURVE.return_pct == pytest.approx(27.108971872046272, rel=1e-9)
    assert CURVE.longest_drawdown_ms == CURVE.max_drawdown_ms == 47 * DAY_MS


def test_the_round_trips_figures_are_those_of_backtesting_py() -> None:
    assert TRIPS.trips == 40
    assert TRIPS.win_rate == pytest.approx(0.475, rel=1e-9)
    assert TRIPS.profit_factor == pytest.approx(1.11712551094013, rel=1e-9)
    assert TRIPS.sqn == pytest.approx(0.29557022645688896, rel=1e-9)
    assert TRIPS.best == Decimal("33.96")
