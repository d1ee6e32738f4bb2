"""Backtests of a few candles, for what is made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from bot.core.state import Config
from bot.core.strategies import Strategy
from bot.events import Candle, Price
from bot.shell.backtest import Backtest, run_backtest
from bot.shell.backtest_report import Asked
from bot.shell.markets.bars import Bar
from bot.shell.markets.replay import ReplayMarket
from bot.shell.paper_broker import PaperSettings
from tests.support.trading import CONFIG, MINUTE, RULES, T0, candle, price

EXACTLY = PaperSettings(spread_pct=Decimal(0), slippage_pct=Decimal(0))
ASKED = Asked(file="candles.csv", timeframe="1m", strategy="scripted", params={"fast": 3, "stop_loss_pct": None})


def walked(closes: Sequence[float]) -> Iterator[Price | Candle]:
    """Each candle: one price, then its close."""
    for number, close in enumerate(closes):
        yield price(close, T0 + number * MINUTE)
        yield candle(number, close)


def backtest_of(
    closes: Sequence[float],
    strategy: Strategy,
    *,
    symbol: str = CONFIG.symbol,
    config: Config = CONFIG,
    paper: PaperSettings = EXACTLY,
    **span: int,
) -> Backtest:
    """The strategy over candles that are flat at these closes, without spread and slippage unless `paper` has them."""
    return run_backtest(walked(closes), RULES, strategy, replace(config, symbol=symbol), paper, **span)


Prices = tuple[float, float, float, float]
"""Open, high, low and close of a candle."""


def bars_of(candles: Sequence[Prices], *, first_ts: int = T0) -> list[Bar]:
    """Candles of a minute as they come out of a file."""
    bars = []
    for number, prices in enumerate(candles):
        opened, high, low, close = (round(value * 10**8) for value in prices)
        bars.append(Bar(first_ts + number * MINUTE, MINUTE, opened, high, low, close, 10**8))
    return bars


def walked_backtest(
    candles: Sequence[Prices],
    strategy: Strategy,
    config: Config = CONFIG,
    paper: PaperSettings = EXACTLY,
    *,
    first_ts: int = T0,
) -> Backtest:
    """The strategy over candles that are walked through their four prices, from the first one on."""
    market = ReplayMarket(bars_of(candles, first_ts=first_ts), name="x", symbol=config.symbol)
    return run_backtest(market.play(), asyncio.run(market.rules()), strategy, config, paper)
