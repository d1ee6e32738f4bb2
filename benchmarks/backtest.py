"""The same EMA cross over the same candles: here, in backtrader and in backtesting.py, in one run.

`python -m benchmarks.backtest 100000` takes the real candles of `../shared/data` where they lie there, else waves, over
and over up to so many; `python -m benchmarks.backtest 20000 profile` shows where our time goes. What is timed: from
candles in memory to finished figures. Ours trades on four prices a candle in exact decimals, theirs on one in floats.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.backtest_others import FAST, SLOW, Run, backtesting_of, backtrader_of
from benchmarks.measuring import show_table
from bot.core.state import Config
from bot.core.strategies import load_strategy
from bot.shell.backtest import performance_of, run_backtest
from bot.shell.markets.bars import Bar
from bot.shell.markets.candle_csv import read_candles
from bot.shell.markets.replay import ReplayMarket
from bot.shell.paper_broker import PaperSettings
from tests.faults.test_replay import candles_file

CANDLES = 100_000
PROFILE_LINES = 12
PARAMS = {"fast": FAST, "slow": SLOW, "stop_loss_pct": None, "take_profit_pct": None}


def repeated(bars: Sequence[Bar], count: int) -> list[Bar]:
    """The candles again and again, each time later by their whole length, up to `count`."""
    span = bars[-1].ts + bars[-1].length_ms - bars[0].ts
    return [replace(bars[n % len(bars)], ts=bars[n % len(bars)].ts + n // len(bars) * span) for n in range(count)]


def ours_of(bars: Sequence[Bar]) -> Run:
    """Our engine, broker, accounting and figures, made ready."""
    market = ReplayMarket(bars, name="benchmark", symbol="ETH/BTC")
    strategy = load_strategy("ema_cross", PARAMS)
    config = Config(
        mode="simulated",
        symbol=market.symbol,
        candle_ms=bars[0].length_ms,
        stake_pct=strategy.params.stake_pct,
        stop_loss_pct=None,
        take_profit_pct=None,
    )
    rules = asyncio.run(market.rules())

    def run() -> int:
        result = run_backtest(market.play(), rules, strategy, config, PaperSettings())
        performance_of(result)
        return len(result.trades)

    return run


def timed(name: str, run: Run, count: int) -> list[str]:
    """A row of the table: wall and CPU seconds, candles a second of CPU, fills."""
    wall, cpu = time.perf_counter(), time.process_time()
    fills = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return [name, f"{wall:.2f}", f"{cpu:.2f}", f"{count / cpu:,.0f}", f"{fills:,}"]


def show_profile(bars: Sequence[Bar]) -> None:
    """Where our time goes, the most expensive functions first."""
    profile = cProfile.Profile()
    profile.runcall(ours_of(bars))
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(PROFILE_LINES)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CANDLES
    with tempfile.TemporaryDirectory(prefix="tapedeck-bench-") as folder:
        bars = repeated(read_candles(candles_file(Path(folder))), count)
    if sys.argv[2:] == ["profile"]:
        show_profile(bars)
        return
    rows = []
    for name, make in (("Tapedeck", ours_of), ("backtrader", backtrader_of), ("backtesting.py", backtesting_of)):
        run = make(bars)
        if run is None:
            print(f"{name} is not installed in this environment and is left out.")
        else:
            rows.append(timed(name, run, count))
    head = ["what", "seconds", "CPU seconds", "candles/s of CPU", "fills"]
    show_table(f"EMA cross {FAST}/{SLOW} over {count:,} candles", head, rows)


if __name__ == "__main__":
    main()
