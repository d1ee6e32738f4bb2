"""A backtest as a program reads it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.shell.backtest import performance_of
from bot.shell.backtest_json import report_json
from bot.shell.backtest_report import compared_rows
from tests.support.backtests import ASKED, EXACTLY, backtest_of
from tests.support.candle_file import SHORT, write_candles
from tests.support.trading import T0, Scripted

RESULT = backtest_of([100, 101, 102, 103], Scripted({1: "enter", 2: "exit"}))
PERFORMANCE = performance_of(RESULT)
REPORT: dict[str, Any] = json.loads(report_json(RESULT, PERFORMANCE, ASKED))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(main, arguments, env=env, catch_exceptions=False)


def test_its_rows_are_those_of_the_report() -> None:
    assert REPORT["compared"] == [list(row) for row in compared_rows(PERFORMANCE)]
    assert REPORT["params"] == {"fast": 3, "stop_loss_pct": None}


def test_its_warnings_are_counted_by_title() -> None:
    poor = EXACTLY.model_copy(update={"deposit": Decimal(4)})
    result = backtest_of([100, 101, 102], Scripted({0: "enter", 1: "enter"}), paper=poor)
    (warned,) = json.loads(report_json(result, performance_of(result), ASKED))["warnings"]
    assert (warned["title"], warned["count"]) == ("Entry skipped", 2)
    assert "minimum" in warned["example"]
    assert REPORT["warnings"] == []


def test_its_statistics_have_the_names_of_a_live_bots() -> None:
    stats = REPORT["stats"]
    assert (stats["trades"], stats["wins"], stats["win_rate"]) == (1, 1, 1)
    assert stats["realized_pnl"].startswith("19.")
    assert round(stats["return_pct"], 2) == 0.2


def test_its_curves_begin_with_the_deposit_and_its_trades_say_why() -> None:
    charts = REPORT["charts"]
    assert (charts["equity"]["x"][0], charts["equity"]["y"][0], charts["hold"]["y"][0]) == (T0, 10_000, 10_000)
    assert round(charts["hold"]["y"][-1]) == 10_300
    assert min(charts["drawdown"]["y"]) <= 0
    assert [trade["side"] for trade in charts["trades"]] == ["buy", "sell"]
    assert all(trade["reason"] for trade in charts["trades"])
    assert charts["candles"]["close"] == [100, 101, 102, 103]


def test_the_command_writes_it_and_tells_how_far_it_is(tmp_path: Path) -> None:
    write_candles(tmp_path)
    paper = '{"deposit": 500}'
    done = run("backtest", "--data", "ABC_USDT-5m.csv", "--json", "r.json", "--progress", "json", "--paper", paper)
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert told[0] == {"label": "Candles", "done": 0, "of": SHORT}
    assert told[-1] == {"label": "Candles", "done": SHORT, "of": SHORT}
    assert len(told) <= 202
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["charts"]["equity"]["y"][0] == 500
    assert report["symbol"] == "ABC/USDT"


def test_fees_that_are_set_are_paid_and_stand_in_the_table(tmp_path: Path) -> None:
    write_candles(tmp_path)
    for name, paper in (("usual", "{}"), ("lower", '{"maker_fee_pct": 0.02, "taker_fee_pct": 0.04}')):
        done = run("backtest", "--data", "ABC_USDT-5m.csv", "--json", f"{name}.json", "--paper", paper)
        assert done.exit_code == 0, done.output
    usual, lower = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("usual", "lower"))
    assert dict(usual["settings"])["Fee rates"] == "maker 0.1 %, taker 0.1 %"
    assert dict(lower["settings"])["Fee rates"] == "maker 0.02 %, taker 0.04 %"
    assert 0 < float(lower["stats"]["fees"]) < float(usual["stats"]["fees"]) / 2
    assert "Fee rates" in done.output


def test_symbol_and_timeframe_of_a_file_can_be_said(tmp_path: Path) -> None:
    write_candles(tmp_path, "some.csv")
    asked = ("--symbol", "XYZ/EUR", "--timeframe", "1h", "--json", "r.json")
    done = run("backtest", "--data", "some.csv", *asked, TAPEDECK_SYMBOL="BTC/USDT")
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["symbol"], report["timeframe"], report["candles"]) == ("XYZ/EUR", "1h", SHORT // 12)


def test_paper_that_is_no_object_is_refused(tmp_path: Path) -> None:
    write_candles(tmp_path)
    done = run("backtest", "--data", "ABC_USDT-5m.csv", "--paper", "[1]")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        2,
        "--paper: takes a JSON object such as '{\"deposit\": 1000}'.",
    )


def test_a_file_that_cannot_be_read_is_named_as_it_was_given() -> None:
    for more in ((), ("--sweep", "fast=5..6")):
        done = run("backtest", "--data", "nowhere.csv", *more)
        assert (done.exit_code, done.stderr) == (
            2,
            "--data: nowhere.csv: there is no such file; give the path of a candle CSV\n",
        )


def test_the_strategies_are_listed_with_what_they_take() -> None:
    assert "ema_cross: Buy when the fast average" in run("strategies").output
    told = json.loads(run("strategies", "--json", TAPEDECK_STRATEGY="nowhere:Nothing").output)
    own = told["strategies"][-1]
    assert (own["name"], own["fields"]) == ("nowhere:Nothing", [])
    assert "cannot be imported" in own["error"]
    assert told["chosen"] == {"strategy": "nowhere:Nothing", "params": {}}


def test_a_file_of_candles_says_what_it_holds(tmp_path: Path) -> None:
    write_candles(tmp_path)
    told = json.loads(run("candles", "ABC_USDT-5m.csv", "--json").output)
    assert (told["symbol"], told["timeframe"], told["candles"]) == ("ABC/USDT", "5m", SHORT)
    assert "600 candles of ABC/USDT, 5m each, 2018-01-10 00:00 UTC to 2018-01-12 02:00 UTC." in run(
        "candles", "ABC_USDT-5m.csv"
    ).output.replace("\n", " ")
    (tmp_path / "bad.csv").write_text("no\n")
    refused = run("candles", "bad.csv")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (2, 1)
