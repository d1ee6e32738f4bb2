"""A backtest for a program, the page's among them: the report's rows as text, its figures as numbers, its curves.

Curves are thinned for drawing as in the HTML report, only more: a phone draws them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from bot.core.performance import Performance, drawdown_pcts
from bot.core.words import amount_text
from bot.events import Trade, to_wire
from bot.shell.backtest import Backtest
from bot.shell.backtest_charts import candle_columns, held_values, thinned
from bot.shell.backtest_months import monthly_pcts, yearly_pct
from bot.shell.backtest_report import Asked, account_rows, compared_rows, settings_rows

MOST_POINTS = 2_000
MOST_CANDLES = 1_500
MOST_TRADES = 2_000
"""The newest are kept; the HTML report has all."""


def report_json(result: Backtest, performance: Performance, asked: Asked) -> str:
    """One JSON object; money in it is decimal text, ratios and percentages are numbers, times ms UTC."""
    config = result.state.config
    report = {
        "strategy": asked.strategy,
        "params": dict(asked.params),
        "file": asked.file,
        "symbol": config.symbol,
        "timeframe": asked.timeframe,
        "quote_currency": config.quote_currency,
        "base_currency": config.base_currency,
        "candles": result.candles,
        "from_ts": result.first_ts,
        "to_ts": result.last_ts,
        "faults": result.faults,
        "warnings": [asdict(warned) for warned in result.warnings],
        "settings": settings_rows(result, asked),
        "compared": compared_rows(performance),
        "account": account_rows(result, performance),
        "stats": {**to_wire(result.stats), "return_pct": result.return_pct},
        "hold": {
            "return_pct": result.buy_and_hold_pct,
            "sharpe": performance.hold.sharpe,
            "max_drawdown_pct": performance.hold.max_drawdown_pct,
        },
        "months": _months(result),
        "charts": _charts(result),
    }
    return orjson.dumps(report, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _months(result: Backtest) -> list[dict[str, Any]]:
    """A row a year: twelve growths in percent, null where nothing was traded, and the year's."""
    months = monthly_pcts(result.equity_curve)
    return [
        {
            "year": year,
            "months": [months.get((year, month)) for month in range(1, 13)],
            "whole": yearly_pct(months, year),
        }
        for year in sorted({year for year, _ in months})
    ]


def _charts(result: Backtest) -> dict[str, Any]:
    equity = result.equity_curve
    return {
        "equity": _points(equity.times, equity.values),
        "hold": _points(equity.times, held_values(result)),
        "drawdown": _points(equity.times, drawdown_pcts(equity.values)),
        "candles": candle_columns(result.record, result.state.config.candle_ms, MOST_CANDLES),
        "trades": [_fill(trade) for trade in result.trades[-MOST_TRADES:]],
        "trades_left_out": max(0, len(result.trades) - MOST_TRADES),
    }


def _points(times: Sequence[int], values: Sequence[float]) -> dict[str, list[Any]]:
    kept = thinned(values, MOST_POINTS)
    return {"x": [times[index] for index in kept], "y": [values[index] for index in kept]}


def _fill(trade: Trade) -> dict[str, Any]:
    return {
        "ts": trade.ts,
        "side": trade.side,
        "price": amount_text(trade.price),
        "amount": amount_text(trade.amount),
        "pnl": None if trade.pnl is None else amount_text(trade.pnl),
        "reason": trade.reason,
    }
