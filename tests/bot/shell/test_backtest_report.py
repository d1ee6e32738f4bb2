"""A backtest as a person reads it at a terminal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.limits import RiskLimits
from bot.shell.backtest import performance_of
from bot.shell.backtest_report import (
    account_rows,
    compared_rows,
    length_text,
    money_text,
    report_lines,
    settings_rows,
)
from tests.support.backtests import ASKED, EXACTLY, backtest_of
from tests.support.trading import CONFIG, Scripted

RESULT = backtest_of([100, 101, 102, 103], Scripted({1: "enter", 2: "exit"}))
PERFORMANCE = performance_of(RESULT)
POOR = EXACTLY.model_copy(update={"deposit": Decimal(4)})


def test_what_was_run_is_said_first() -> None:
    rows = dict(settings_rows(RESULT, ASKED))
    assert rows["Market"] == "BTC/USDT, 4 candles of 1m, candles.csv"
    assert rows["From, to"] == "2023-11-14 22:13 UTC, 2023-11-14 22:16 UTC, 3 min"
    assert rows["Parameters"] == "fast 3, stop_loss_pct off"


def test_a_strategy_that_failed_is_told() -> None:
    rows = dict(settings_rows(backtest_of([100, 101, 102], Scripted({1: "raise"})), ASKED))
    assert rows["Fault"].startswith("The strategy failed and was stopped: ZeroDivisionError: a strategy of one's own.")


def test_what_was_refused_or_skipped_is_counted_with_its_first_sentence() -> None:
    result = backtest_of([100, 101, 102, 103], Scripted({0: "enter", 1: "enter", 2: "enter"}), paper=POOR)
    warned = [value for name, value in settings_rows(result, ASKED) if name == "Warning"]
    assert warned == ["Entry skipped, 3 times, first: 0.999 USDT is 4.001 USDT below the market's minimum cost of 5."]
    assert [(each.title, each.count) for each in result.warnings] == [("Entry skipped", 3)]
    assert RESULT.warnings == []


def test_a_limit_that_was_hit_once_is_told() -> None:
    config = replace(CONFIG, risk=RiskLimits(cooldown_losses=1, cooldown_candles=5))
    result = backtest_of([100, 100, 90, 90, 90, 90], Scripted({0: "enter", 3: "enter"}), config=config)
    warned = [value for name, value in settings_rows(result, ASKED) if name == "Warning"]
    assert [text.partition(":")[0] for text in warned] == ["Cooldown, once", "Entry skipped, once"]


def test_each_figure_of_a_curve_stands_beside_the_one_of_holding() -> None:
    rows = {name: (own, hold) for name, own, hold in compared_rows(PERFORMANCE)}
    assert rows["Return"] == ("+0.20 %", "+3.00 %")  # 24.727 BTC bought at 102, sold at 103, a thousandth paid twice
    assert rows["Sharpe ratio"] == rows["Calmar ratio"] == rows["Return a year (CAGR)"] == ("–", "–")


def test_round_trips_and_money_are_told_with_their_units() -> None:
    rows = dict(account_rows(RESULT, PERFORMANCE))
    assert rows["Round trips"] == "1 (1 won, 0 lost), 2 fills"
    assert rows["Profit factor"] == rows["SQN"] == "–"
    assert rows["Win rate"] == "100.00 %"
    assert rows["Deposit"] == "10000 USDT"
    assert rows["Average trip"] == "1 min"
    assert rows["Open at the end"] == "nothing"


def test_what_is_held_at_the_end_is_told() -> None:
    result = backtest_of([100, 101, 102], Scripted({1: "enter"}))
    rows = dict(account_rows(result, performance_of(result)))
    assert rows["Open at the end"].endswith(" BTC")
    assert rows["Best, worst trip"] == "–, –"


def test_the_lines_of_the_table_are_aligned() -> None:
    lines = list(report_lines(RESULT, PERFORMANCE, ASKED))
    assert max(map(len, lines)) < 120
    starts = {line.index(value) for line in lines for value in ("BTC/USDT", "scripted", "10000 USDT") if value in line}
    assert len(starts) == 1
    compared = [line for line in lines if "%" in line and line.startswith(("Return", "Deepest"))]
    assert len({len(line) for line in compared}) == 1


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [(0, "0 s"), (5_000, "5 s"), (300_000, "5 min"), (3_660_000, "1 h 1 min"), (90_000_000, "1 d 1 h")],
)
def test_a_stretch_of_time_is_told_by_its_two_largest_units(length_ms: int, text: str) -> None:
    assert length_text(length_ms) == text


def test_days_and_minutes_without_hours_do_not_pretend_more() -> None:
    assert length_text(86_400_000 + 300_000) == "1 d"


def test_money_keeps_eight_decimals_however_large_it_is() -> None:
    assert money_text(Decimal("123456789012345678901234567890.123456789"), "BTC").endswith("7890.12345679 BTC")
    assert money_text(None, "BTC") == "–"
