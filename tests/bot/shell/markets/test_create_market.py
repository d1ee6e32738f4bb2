"""The settings name the market; what is wrong with it is told before anything starts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.settings import SettingsError, load
from bot.shell import markets
from bot.shell.markets import create_market

LINES = [f"{1_515_560_400_000 + index * 300_000},0.0984,0.1,0.09,0.0991,1" for index in range(40)]


@pytest.fixture
def candles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with `ETH_BTC-5m.csv` in it."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "ETH_BTC-5m.csv"
    file.write_text("\n".join(LINES))
    return file


def a_replay(**given: Any) -> Any:
    return create_market(load(exchange="replay", **given), origin_ms=0)


def test_the_default_is_the_simulated_market() -> None:
    market = create_market(load(), origin_ms=1_790_000_000_000)

    assert (market.symbol, market.timeframe) == ("BTC/USDT", "1m")
    assert len(asyncio.run(market.history(500))) == 500


def test_a_replay_takes_symbol_and_timeframe_from_its_file(candles: Path) -> None:
    market = a_replay(exchange_config={"file": "ETH_BTC-5m.csv"})

    assert (market.symbol, market.timeframe) == ("ETH/BTC", "5m")


def test_what_was_set_wins_over_the_file_where_it_fits(candles: Path) -> None:
    market = a_replay(exchange_config={"file": str(candles)}, symbol="ABC/DEF", timeframe="15m")

    assert (market.symbol, market.timeframe) == ("ABC/DEF", "15m")


def test_a_timeframe_that_does_not_fit_is_told_and_the_files_own_is_shown(
    candles: Path, caplog: pytest.LogCaptureFixture
) -> None:
    market = a_replay(exchange_config={"file": str(candles)}, timeframe="1m")

    assert market.timeframe == "5m"
    assert "TAPEDECK_TIMEFRAME: got '1m', which candles of 5m do not add up to" in caplog.text


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({}, 'TAPEDECK_EXCHANGE_CONFIG: takes one candle CSV to replay, e.g. {"file": "ETH_BTC-5m.csv", "speed": 300}'),
        ({"file": "none.csv"}, "TAPEDECK_EXCHANGE_CONFIG.file: none.csv: there is no such file"),
    ],
)
def test_a_replay_without_its_file_is_one_line(candles: Path, config: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        a_replay(exchange_config=config)

    [told] = caught.value.lines
    assert told.startswith(line)


def test_a_bad_line_of_the_file_is_one_line(candles: Path) -> None:
    candles.write_text("\n".join([*LINES, "x"]))

    with pytest.raises(SettingsError, match=r"ETH_BTC-5m.csv line 41: has 1 fields"):
        a_replay(exchange_config={"file": "ETH_BTC-5m.csv"})


def test_an_unknown_exchange_is_one_line() -> None:
    with pytest.raises(SettingsError, match="TAPEDECK_EXCHANGE: got 'binanse'"):
        create_market(load(exchange="binanse"), origin_ms=0)


def test_the_simulated_market_does_without_ccxt() -> None:
    code = (
        "import sys; from bot.settings import load; from bot.shell.markets import create_market;"
        "create_market(load(exchange='simulated', exchange_config={}, symbol='BTC/USDT', timeframe='1m'), origin_ms=1);"
        "sys.exit(str({'ccxt', 'aiohttp', 'sqlalchemy'} & set(sys.modules)))"
    )
    root = Path(markets.__file__).parents[3]

    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )

    assert run.stderr.strip() == "set()"
