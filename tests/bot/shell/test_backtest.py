"""A backtest is the live path over a file: same engine, same broker, and no look ahead."""

from __future__ import annotations

import pytest

from bot.core.strategies import load_strategy
from bot.shell.backtest import NothingToTest, performance_of
from tests.support.backtests import backtest_of
from tests.support.trading import MINUTE, T0, Scripted


def test_a_signal_is_filled_at_the_first_price_after_its_candle() -> None:
    result = backtest_of([100, 101, 102, 103], Scripted({1: "enter", 2: "exit"}))
    buy, sell = result.trades
    assert [buy.price, sell.price] == [102, 103]
    assert buy.ts == T0 + 2 * MINUTE


def test_the_result_is_what_the_trades_say() -> None:
    result = backtest_of([100, 101, 102, 103], Scripted({1: "enter", 2: "exit"}))
    buy, sell = result.trades
    assert buy.fee is not None
    assert sell.fee is not None
    earned = sell.price * sell.amount - sell.fee - buy.price * buy.amount - buy.fee
    assert result.state.account.portfolio.cash == 10_000 + earned
    assert result.return_pct == pytest.approx(float(earned / 100))
    assert result.buy_and_hold_pct == pytest.approx(3)
    assert result.stats.trades == 1


def test_a_stop_is_filled_at_the_price_that_triggered_it_however_kind_the_next_one_is() -> None:
    result = backtest_of([100, 100, 90, 120], Scripted({0: "enter"}))
    sell = result.trades[1]
    assert sell.price == 90
    assert sell.reason.startswith("Stop loss: price 90.00 fell to the stop at 98.00")


def test_candles_before_the_first_day_warm_the_strategy_and_are_not_traded() -> None:
    strategy = Scripted({1: "enter", 3: "enter"})
    result = backtest_of([100, 101, 102, 103, 104, 105], strategy, from_ts=T0 + 3 * MINUTE)
    assert strategy.seen == [0, 1, 2, 3, 4, 5]
    assert [trade.reason for trade in result.trades] == ["enter on 3"]
    assert result.first_price == 103


def test_what_comes_after_the_last_day_is_left_out() -> None:
    assert backtest_of([100, 101, 102, 103], Scripted({}), to_ts=T0 + 2 * MINUTE).last_price == 101


def test_a_time_without_a_price_is_one_sentence() -> None:
    with pytest.raises(NothingToTest, match="No candle lies between"):
        backtest_of([100], Scripted({}), from_ts=T0 + MINUTE)


def test_a_strategy_cannot_see_what_comes_after_its_candle() -> None:
    """Whatever follows a candle, the trades up to it are the same."""
    closes = [100 + (number * 7919 % 37) / 10 for number in range(120)]
    whole = backtest_of(closes, load_strategy("ema_cross", {"fast": 3, "slow": 8}))
    for cut in (60, 90):
        part = backtest_of(closes[:cut], load_strategy("ema_cross", {"fast": 3, "slow": 8}))
        assert part.trades == [trade for trade in whole.trades if trade.ts < T0 + cut * MINUTE]
    assert len(whole.trades) >= 4


def test_the_record_has_a_sample_for_each_closed_candle() -> None:
    result = backtest_of([100, 101, 102, 103], Scripted({1: "enter", 2: "exit"}))
    assert list(result.record.times) == [T0 + number * MINUTE for number in (1, 2, 3, 4)]
    assert list(result.record.closes) == [100, 101, 102, 103]
    assert list(result.equity_curve.times) == [T0, *result.record.times]
    assert list(result.equity_curve.values[:3]) == [10_000, 10_000, 10_000]
    assert result.equity_curve.values[-1] == float(result.state.account.portfolio.cash)
    assert list(result.hold_curve.values) == [100, 100, 101, 102, 103]


def test_the_figures_of_the_whole_run_agree_with_those_that_the_bot_counted_on_its_way() -> None:
    closes = [100 + (number * 7919 % 37) / 10 for number in range(1_500)]
    result = backtest_of(closes, load_strategy("ema_cross", {"fast": 3, "slow": 8}), from_ts=T0 + 20 * MINUTE)
    performance, counted = performance_of(result), result.stats
    trips = performance.trips
    assert trips.trips == counted.trades > 30
    assert [trips.wins, trips.losses] == [counted.wins, counted.losses]
    assert trips.profit_factor == pytest.approx(counted.profit_factor)
    assert trips.expectancy == counted.expectancy
    assert performance.account.sharpe == pytest.approx(counted.sharpe)
    assert performance.account.return_pct == pytest.approx(result.return_pct)
    assert performance.hold.return_pct == pytest.approx(result.buy_and_hold_pct)
    assert performance.exposure_pct == counted.exposure_pct
