"""The commands a person types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from tests.support.bot_process import BotProcess
from tests.support.ports import free_port
from tests.support.waiting import eventually

CSV = "timestamp,open,high,low,close,volume\n" + "".join(
    f"{1_515_542_400_000 + number * 300_000},{o},{h},{low},{c},10\n"
    for number, (o, h, low, c) in enumerate((100 + n % 23, 102 + n % 23, 99 + n % 23, 101 + n % 23) for n in range(300))
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(main, arguments, env=env, catch_exceptions=False)


def test_help_lists_the_commands_and_every_setting() -> None:
    text = run("--help").output
    commands = ("run", "check", "status", "export", "backtest", "download")
    for name in (*commands, "TAPEDECK_DATA_DIR", "TAPEDECK_STRATEGY_PARAMS"):
        assert name in text


def test_check_says_what_the_market_demands_and_sends_nothing() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "Minima: amount 0.00001 BTC, cost 5 USDT." in result.output
    assert result.output.endswith("All is well; no order was sent.\n")
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    ("name", "value", "start"),
    [
        ("TAPEDECK_STRATEGY_PARAMS", '{"fast": 30}', "TAPEDECK_STRATEGY_PARAMS: fast must be below slow"),
        ("TAPEDECK_RISK", '{"max_position_pct": 0}', "TAPEDECK_RISK.max_position_pct: must be greater than 0, got 0"),
        ("TAPEDECK_MODE", "live", "TAPEDECK_MODE: "),
        ("TAPEDECK_EXCHANGE_CONFIG", '{"paper": {"fee": 1}}', "TAPEDECK_EXCHANGE_CONFIG: paper.fee is not one of"),
    ],
)
def test_a_bad_setting_is_one_line_and_exit_code_2(command: str, name: str, value: str, start: str) -> None:
    result = run(command, **{name: value})
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith(start)


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_risk_that_nothing_measures_is_one_line_before_anything_starts(command: str) -> None:
    limits = '{"risk_per_trade_pct": 1, "trailing_stop_pct": 1, "trailing_activation_pct": 1}'
    result = run(command, TAPEDECK_RISK=limits, TAPEDECK_STRATEGY_PARAMS='{"stop_loss_pct": null}')
    assert result.exit_code == 2
    assert result.output.startswith("TAPEDECK_RISK.risk_per_trade_pct: needs a stop to measure the risk by; set")


@pytest.mark.parametrize("command", ["run", "check", "status", "export"])
def test_live_without_its_confirmation_is_one_line_and_exit_code_2(command: str) -> None:
    result = run(command, TAPEDECK_MODE="live", TAPEDECK_EXCHANGE="binance")
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith("TAPEDECK_LIVE_CONFIRM: got nothing; takes exactly binance:BTC/USDT with TAPEDECK_MODE=live")
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("command", ["status", "export"])
def test_before_the_first_start_there_is_one_sentence_that_says_what_to_do(command: str) -> None:
    result = run(command)
    assert result.exit_code == 2
    assert "start the bot once with python -m bot run" in result.output
    assert list(Path.cwd().iterdir()) == []


def test_status_and_export_say_what_a_running_bot_holds(tmp_path: Path) -> None:
    bot = BotProcess(tmp_path / "bot", free_port())
    bot.start()
    try:
        eventually(lambda: len(bot.trades()) >= 2, 30, what=bot.output)
        env = {name: bot.env[name] for name in bot.env if name.startswith("TAPEDECK")}
        result = run("status", **env)
        assert result.exit_code == 0
        assert result.output.startswith("Bot bot-1, BTC/USDT (simulated): running now, or killed without a goodbye.")
        assert "Account: " in result.output
        assert "candle " in result.output
        assert "Last event: " in result.output
        trades = json.loads(run("export", "--format", "json", **env).stdout)
        assert len(trades) >= 2
        assert {trade["symbol"] for trade in trades} == {"BTC/USDT"}
        assert run("export", "--what", "all", "--out", "all.csv", **env).output == ""
        assert Path("all.csv").read_text().startswith("what,bot_id,account,id,ts,")
        again = run("export", "--what", "all", "--out", "all.csv", **env)
        assert (again.exit_code, again.output.count("\n")) == (2, 1)
        assert again.output.startswith("all.csv is there already")
    finally:
        bot.end()


def test_a_backtest_prints_its_table(tmp_path: Path) -> None:
    file = tmp_path / "ABC_USDT-5m.csv"
    file.write_text(CSV)
    result = run("backtest", "--data", str(file), "--strategy", "ema_cross", "--params", '{"fast": 3, "slow": 8}')
    assert result.exit_code == 0
    lines = result.output.splitlines()
    rows = dict(line.split("  ", 1) for line in lines if line)
    assert rows["Market"].strip().startswith("ABC/USDT, 300 candles")
    assert "won" in rows["Round trips"]
    assert {"Return", "Win rate", "Fees", "Deepest drawdown", "Sortino ratio", "SQN"} <= set(rows)
    assert any(line.split() == ["Strategy", "Buy", "and", "hold"] for line in lines)


def test_a_backtest_trades_by_limits_where_the_settings_say_so() -> None:
    Path("ABC_USDT-5m.csv").write_text(CSV)
    limits = json.dumps({"entry": "limit", "exit": "limit", "timeout_s": 3_600})
    params = ("--params", '{"fast": 3, "slow": 8}')
    tables = [run("backtest", "--data", "ABC_USDT-5m.csv", *params, **env) for env in ({}, {"TAPEDECK_ORDERS": limits})]
    assert [table.exit_code for table in tables] == [0, 0]
    trips = [next(line for line in table.output.splitlines() if line.startswith("Round trips")) for table in tables]
    assert all("won" in line for line in trips)
    assert tables[0].output != tables[1].output


def test_a_backtest_writes_a_report_where_it_is_told(tmp_path: Path) -> None:
    Path("ABC_USDT-5m.csv").write_text(CSV)
    result = run("backtest", "--data", "ABC_USDT-5m.csv", "--html", "report.html")
    assert result.exit_code == 0
    assert result.output.endswith("\nReport: report.html\n")
    assert Path("report.html").read_text().startswith("<!DOCTYPE html>")


def test_a_live_bots_settings_are_no_hindrance_to_a_backtest() -> None:
    Path("ABC_USDT-5m.csv").write_text(CSV)
    result = run("backtest", "--data", "ABC_USDT-5m.csv", TAPEDECK_MODE="live", TAPEDECK_EXCHANGE="binance")
    assert result.exit_code == 0
    assert "Round trips" in result.output


@pytest.mark.parametrize("ranges", [("fast=3,4 slow=4,8",), ("fast=3,4", "slow=4,8")])
def test_a_sweep_prints_the_best_in_and_out_of_sample(ranges: tuple[str, ...]) -> None:
    Path("ABC_USDT-5m.csv").write_text(CSV)
    sweep = ("--sweep", *ranges, "--processes", "1", "--best", "2", "--sort", "return")
    result = run("backtest", "--data", "ABC_USDT-5m.csv", *sweep)
    assert result.exit_code == 0
    assert "3 run, 1 refused by the strategy" in result.output
    assert "The best 2 by Return in sample" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fast=3..9",), "fast=3..9: belongs behind --sweep"),
        (("--sweep", "fast=9..3"), "--sweep: fast=9..3 counts up"),
        (("--sweep", "speed=1..3"), "TAPEDECK_STRATEGY_PARAMS.speed: is not a parameter"),
        (("--sweep", "fast=3", "--sort", "luck"), "--sort: got 'luck'"),
        (("--sweep", "fast=3", "--html", "report.html"), "--html is for one backtest"),
    ],
)
def test_a_sweep_that_cannot_be_run_says_why_in_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    Path("candles.csv").write_text(CSV)
    result = run("backtest", "--data", "candles.csv", *arguments)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert words in line


@pytest.mark.parametrize(
    ("place", "words"), [(".", "is a folder"), ("nowhere/report.html", "there is no folder nowhere")]
)
def test_a_report_that_cannot_be_written_is_one_sentence_before_the_run(place: str, words: str) -> None:
    result = run("backtest", "--data", "nothing.csv", "--html", place)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith("--html: ")
    assert words in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "nowhere.csv"], "nowhere.csv"),
        (["--data", "candles.csv", "--from", "monday"], "--from: got 'monday'; takes a day such as"),
        (["--data", "candles.csv", "--strategy", "nothing"], "TAPEDECK_STRATEGY: got 'nothing'"),
        (["--data", "candles.csv", "--params", "{"], "TAPEDECK_STRATEGY_PARAMS"),
        (["--data", "candles.csv", "--from", "2030-01-01"], "No candle lies between --from and --to"),
    ],
)
def test_a_backtest_that_cannot_be_run_says_why_in_one_sentence(arguments: list[str], words: str) -> None:
    Path("candles.csv").write_text(CSV)
    result = run("backtest", *arguments)
    assert result.exit_code in (1, 2)
    (line,) = result.output.splitlines()
    assert words in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2024-01-01"], "--exchange: got simulated, which has no history"),
        (["--from", "2024-01-01", "--to", "2023-01-01"], "--from: must be before --to and before today."),
        (["--from", "2024-01-01", "--exchange", "binanc"], "TAPEDECK_EXCHANGE: got 'binanc'"),
        (["--from", "2024-01-01", "--exchange", "binance", "--out", "no/candles.csv"], "--out: there is no folder no"),
    ],
)
def test_a_download_that_cannot_be_made_says_why_in_one_sentence(arguments: list[str], words: str) -> None:
    result = run("download", "--out", "candles.csv", *arguments)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert words in line
    assert list(Path.cwd().iterdir()) == []
