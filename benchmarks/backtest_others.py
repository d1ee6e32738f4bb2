"""The same strategy for backtrader and backtesting.py, which are no part of our environments: None without them.

Both get the candles as the frame they want, made before the clock runs, a thousandth of commission, a quarter of the
cash for each entry, and no observer or analyzer that they can do without.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from bot.shell.markets.bars import Bar

FAST, SLOW = 9, 21
CASH = 10_000.0
FEE_RATE = 0.001
STAKE = 0.25
STEPS = 10**8

Run = Callable[[], int]
"""Runs it once; how many fills there were."""


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _frame(pandas: Any, bars: Sequence[Bar]) -> Any:
    columns = {
        name.capitalize(): [getattr(bar, name) / STEPS for bar in bars]
        for name in ("open", "high", "low", "close", "volume")
    }
    return pandas.DataFrame(columns, index=pandas.to_datetime([bar.ts for bar in bars], unit="ms"))


def backtrader_of(bars: Sequence[Bar]) -> Run | None:
    """Made ready, or None where backtrader is not there."""
    backtrader, pandas = _imported("backtrader"), _imported("pandas")
    if backtrader is None or pandas is None:
        return None
    fills = 0
    frame = _frame(pandas, bars)

    class Cross(backtrader.Strategy):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            averages = backtrader.ind.EMA(period=FAST), backtrader.ind.EMA(period=SLOW)
            self.cross = backtrader.ind.CrossOver(*averages)

        def next(self) -> None:
            if self.cross > 0 and not self.position:
                self.buy()
            elif self.cross < 0 and self.position:
                self.close()

        def notify_order(self, order: Any) -> None:
            nonlocal fills
            fills += order.status == order.Completed

    def run() -> int:
        cerebro = backtrader.Cerebro(stdstats=False)
        cerebro.adddata(backtrader.feeds.PandasData(dataname=frame))
        cerebro.addstrategy(Cross)
        cerebro.broker.setcash(CASH)
        cerebro.broker.setcommission(FEE_RATE)
        cerebro.addsizer(backtrader.sizers.PercentSizer, percents=100 * STAKE)
        cerebro.run()
        return fills

    return run


def backtesting_of(bars: Sequence[Bar]) -> Run | None:
    """Made ready, or None where backtesting.py is not there."""
    backtesting, pandas = _imported("backtesting"), _imported("pandas")
    if backtesting is None or pandas is None:
        return None
    frame, crossover = _frame(pandas, bars), _imported("backtesting.lib").crossover

    def average(closes: Any, period: int) -> Any:
        return pandas.Series(closes).ewm(span=period, adjust=False).mean()

    class Cross(backtesting.Strategy):  # type: ignore[misc, name-defined]
        def init(self) -> None:
            self.fast = self.I(average, self.data.Close, FAST)
            self.slow = self.I(average, self.data.Close, SLOW)

        def next(self) -> None:
            if crossover(self.fast, self.slow) and not self.position:
                self.buy(size=STAKE)
            elif crossover(self.slow, self.fast) and self.position:
                self.position.close()

    def run() -> int:
        test = backtesting.Backtest(frame, Cross, cash=CASH, commission=FEE_RATE, finalize_trades=True)
        return 2 * len(test.run()["_trades"])

    return run
