"""A sweep: the best of many on one part of the file, and how they did on the rest."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from bot.core.performance import CurveFigures, Performance, TripFigures
from bot.core.strategies import StrategyError
from bot.settings import Settings, load
from bot.shell.backtest import NothingToTest, performance_of
from bot.shell.backtest_file import CandleFile, Span
from bot.shell.backtest_sweep import Sweep, run_sweep, split_span
from bot.shell.refusal import Refusal
from bot.shell.sweep_figures import FIGURES, figure_named, sweep_lines
from bot.shell.sweep_grid import parse_sweep

START = 1_515_542_400_000
FIVE_MINUTES = 300_000
GRID = parse_sweep(["fast=3,4,9 slow=8"])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A replay of 600 candles in waves."""
    file = tmp_path_factory.mktemp("sweep") / "ABC_USDT-5m.csv"
    closes = [100 + 8 * math.sin(number / 9) + number % 5 / 10 for number in range(600)]
    file.write_text(
        "".join(
            f"{START + number * FIVE_MINUTES},{close:.2f},{close + 0.3:.2f},{close - 0.3:.2f},{close:.2f},10\n"
            for number, close in enumerate(closes)
        )
    )
    return load(exchange="replay", exchange_config={"file": str(file)}, strategy="ema_cross", strategy_params={})


def spans_of(settings: Settings) -> tuple[Span, Span]:
    return split_span(CandleFile(settings).candle_times, Span(), 0.7)


@pytest.fixture(scope="module")
def sweep(settings: Settings) -> Sweep:
    return run_sweep(settings, GRID, spans_of(settings), FIGURES["return"], best=2, processes=2, on_run=lambda: None)


def test_what_the_strategy_refuses_is_skipped_and_counted(sweep: Sweep) -> None:
    assert (sweep.runs, sweep.refused) == (2, 1)


def test_the_best_in_sample_comes_first_and_both_parts_are_those_of_single_backtests(
    settings: Settings, sweep: Sweep
) -> None:
    returns = [pick.inside.account.return_pct or 0 for pick in sweep.picks]
    assert returns == sorted(returns, reverse=True)
    file, (inside, outside) = CandleFile(settings), spans_of(settings)
    for pick in sweep.picks:
        assert pick.inside == performance_of(file.run(pick.params, inside))
        assert pick.outside == performance_of(file.run(pick.params, outside))


def test_the_parts_meet_and_do_not_overlap(settings: Settings) -> None:
    inside, outside = spans_of(settings)
    times = CandleFile(settings).candle_times
    assert len([ts for ts in times if ts in inside]) == 420
    assert all((ts in inside) != (ts in outside) for ts in times)
    with pytest.raises(NothingToTest, match="--split leaves a part without a candle"):
        split_span(times[:1], Span(), 0.7)


def test_the_table_shows_both_parts_side_by_side(settings: Settings, sweep: Sweep) -> None:
    lines = list(sweep_lines(sweep, "return", CandleFile(settings).candle_times))
    assert lines[0] == "Combinations   2 run, 1 refused by the strategy"
    assert "420 candles; buy and hold" in lines[1]
    assert lines[-4].split() == ["In", "sample", "Out", "of", "sample"]
    assert lines[-3].split() == ["fast", "slow", *(["Return", "Sharpe", "Drawdown", "Trips"] * 2)]
    assert len({len(line) for line in lines[-3:]}) == 1


def test_a_sweep_that_the_strategy_refuses_whole_says_why(settings: Settings) -> None:
    grid = parse_sweep(["fast=9 slow=3,5"])
    with pytest.raises(StrategyError, match="fast must be below slow"):
        run_sweep(settings, grid, spans_of(settings), FIGURES["return"], best=2, processes=1, on_run=lambda: None)


@pytest.mark.parametrize("late", [False, True])
def test_a_strategy_that_raises_on_its_way_is_no_poor_result_but_its_error(settings: Settings, late: bool) -> None:
    own = settings.model_copy(update={"strategy": "tests.support.own_strategy:Faulty"})
    grid = parse_sweep([f"raises_at={START + (500 if late else 100) * FIVE_MINUTES} stake_pct=10,20"])
    with pytest.raises(Refusal, match=r"^--sweep: .*'raises_at': \d+.* failed \(ZeroDivisionError: division by zero\)"):
        run_sweep(own, grid, spans_of(settings), FIGURES["return"], best=1, processes=1, on_run=lambda: None)


def run_of(max_drawdown_pct: float | None, trips: TripFigures | None = None, **account: float) -> Performance:
    return Performance(
        account=CurveFigures(max_drawdown_pct=max_drawdown_pct, **account),  # type: ignore[arg-type]
        hold=CurveFigures(),
        trips=trips or TripFigures(),
        exposure_pct=None,
        fees=Decimal(0),
    )


WON = TripFigures(trips=2, wins=2, win_rate=1.0)
BOTH = TripFigures(trips=2, wins=1, losses=1, win_rate=0.5, profit_factor=3.0)


def test_less_drawdown_is_better_and_what_says_nothing_is_worst() -> None:
    rank = FIGURES["drawdown"].rank
    assert rank(run_of(5)) > rank(run_of(20)) > rank(run_of(None))


def test_a_gain_without_a_loss_or_a_fall_is_better_than_any_figure() -> None:
    assert FIGURES["profit_factor"].rank(run_of(5, WON)) > FIGURES["profit_factor"].rank(run_of(5, BOTH))
    for name in ("calmar", "sortino"):
        risen, fallen = run_of(0, WON, return_pct=4), run_of(5, BOTH, return_pct=9, **{name: 70})
        assert FIGURES[name].rank(risen) > FIGURES[name].rank(fallen)
        assert FIGURES[name].rank(run_of(0, BOTH, return_pct=0)) < FIGURES[name].rank(fallen)


@pytest.mark.parametrize("name", FIGURES)
def test_who_closed_no_trip_comes_after_all_who_did(name: str) -> None:
    poor = run_of(60, BOTH, return_pct=-50, cagr_pct=-60, sharpe=-3, sortino=-3, calmar=-1)
    assert FIGURES[name].rank(run_of(0, return_pct=0, sharpe=9)) < FIGURES[name].rank(poor)


def test_of_two_without_a_loss_the_one_that_earned_more_comes_first() -> None:
    rank = FIGURES["profit_factor"].rank
    assert rank(run_of(0, WON, return_pct=8)) > rank(run_of(0, WON, return_pct=3))


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_can_be_written_where_it_says_nothing(name: str) -> None:
    assert FIGURES[name].text(run_of(None)) == ("0" if name == "trips" else "–")


def test_a_figure_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(Refusal, match="--sort: got 'luck'; takes return, cagr, sharpe"):
        figure_named("luck")
