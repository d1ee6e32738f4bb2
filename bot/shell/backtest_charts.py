"""The charts of a backtest as one Plotly figure in plain data: equity, drawdown, and the trades on the candles.

A browser draws some thousand points well. A longer run is thinned: of the samples of each stretch the lowest and the
highest stay, so no drawdown gets lost, and candles are joined to longer ones.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from bot.core.performance import drawdown_pcts
from bot.core.words import amount_text
from bot.events import Side, Trade
from bot.shell.backtest import Backtest, Record
from bot.shell.backtest_report import money_text, time_text

MOST_POINTS = 6_000
MOST_CANDLES = 6_000
HOVER_WIDTH = 80

GAIN, LOSS, ACCENT, MUTED = "#26a37a", "#e05563", "#3d8fe0", "#8a94a0"
"""Colours that can be read on dark and on light alike."""
GRID = "rgba(128, 138, 150, 0.22)"


def figure(result: Backtest) -> dict[str, Any]:
    """Plotly's data and layout; all text from outside is escaped, for Plotly reads some HTML in it."""
    return {"data": list(_traces(result)), "layout": _layout(result)}


def _traces(result: Backtest) -> Iterator[dict[str, Any]]:
    equity = result.equity_curve
    held = held_values(result)
    quote = result.state.config.quote_currency
    yield _line("Strategy", equity.times, equity.values, "y3", color=ACCENT)
    yield _line("Buy and hold", equity.times, held, "y3", color=MUTED)
    fall = _line("Drawdown", equity.times, drawdown_pcts(equity.values), "y2", color=LOSS)
    yield {**fall, "fill": "tozeroy", "showlegend": False, "hovertemplate": "%{y:.2f} %"}
    yield _candles(result.record, result.state.config.candle_ms)
    yield _markers(result.trades, "buy", quote)
    yield _markers(result.trades, "sell", quote)


def held_values(result: Backtest) -> list[float]:
    """What the deposit would have been worth, had it bought at the first price and held."""
    equity, hold = result.equity_curve, result.hold_curve
    return [value / hold.values[0] * equity.values[0] for value in hold.values]


def _line(name: str, times: Sequence[int], values: Sequence[float], axis: str, *, color: str) -> dict[str, Any]:
    kept = thinned(values, MOST_POINTS)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [times[index] for index in kept],
        "y": [values[index] for index in kept],
        "yaxis": axis,
        "line": {"width": 1.5, "color": color},
    }


def thinned(values: Sequence[float], most: int) -> list[int]:
    """The indices to draw: all, or of each stretch the lowest and the highest, with the first and the last."""
    if len(values) <= most:
        return list(range(len(values)))
    kept = {0, len(values) - 1}
    stretch = -(-2 * len(values) // most)
    for start in range(0, len(values), stretch):
        indices = range(start, min(start + stretch, len(values)))
        kept |= {min(indices, key=values.__getitem__), max(indices, key=values.__getitem__)}
    return sorted(kept)


def candle_columns(record: Record, candle_ms: int, most: int) -> dict[str, list[Any]]:
    """At most `most` candles as columns by name, `x` when each opened (ms UTC); a longer run's are joined."""
    joined = -(-len(record.times) // most) or 1
    starts = range(0, len(record.times), joined)
    return {
        "x": [record.times[start] - candle_ms for start in starts],
        "open": [record.opens[start] for start in starts],
        "high": [max(record.highs[start : start + joined]) for start in starts],
        "low": [min(record.lows[start : start + joined]) for start in starts],
        "close": [record.closes[start : start + joined][-1] for start in starts],
    }


def _candles(record: Record, candle_ms: int) -> dict[str, Any]:
    return {
        "type": "candlestick",
        "name": "Price",
        **candle_columns(record, candle_ms, MOST_CANDLES),
        "increasing": {"line": {"color": GAIN, "width": 1}},
        "decreasing": {"line": {"color": LOSS, "width": 1}},
        "showlegend": False,
    }


def _markers(trades: Sequence[Trade], side: Side, quote_currency: str) -> dict[str, Any]:
    shown = [trade for trade in trades if trade.side == side]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Buy" if side == "buy" else "Sell",
        "x": [trade.ts for trade in shown],
        "y": [float(trade.price) for trade in shown],
        "text": [_hover(trade, quote_currency) for trade in shown],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": "triangle-up" if side == "buy" else "triangle-down",
            "size": 9,
            "color": GAIN if side == "buy" else LOSS,
            "line": {"width": 1, "color": "#ffffff"},
        },
    }


def _hover(trade: Trade, quote_currency: str) -> str:
    lines = [
        f"{trade.side.upper()} {amount_text(trade.amount)} at {amount_text(trade.price)}, {time_text(trade.ts)}",
        f"P&L {money_text(trade.pnl, quote_currency)}" if trade.pnl is not None else "",
        *textwrap.wrap(trade.reason, HOVER_WIDTH),
    ]
    return "<br>".join(escape(line) for line in lines if line)


def _layout(result: Backtest) -> dict[str, Any]:
    config = result.state.config
    axis = {"gridcolor": GRID, "zeroline": False, "automargin": True}
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": MUTED, "family": "system-ui, sans-serif"},
        "margin": {"l": 60, "r": 16, "t": 32, "b": 40},
        "height": 900,
        "hovermode": "closest",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "xaxis": {**axis, "type": "date", "anchor": "y", "rangeslider": {"visible": False}},
        "yaxis": {**axis, "domain": [0, 0.46], "title": {"text": f"Price, {escape(config.quote_currency)}"}},
        "yaxis2": {**axis, "domain": [0.5, 0.64], "title": {"text": "Drawdown, %"}},
        "yaxis3": {**axis, "domain": [0.68, 1], "title": {"text": f"Equity, {escape(config.quote_currency)}"}},
    }
