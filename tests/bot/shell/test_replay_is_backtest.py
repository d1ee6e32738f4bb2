"""A file replayed through the live path and the same file in a backtest: the same trades, byte for byte.

The live path is the real one: replay market, feed, runner, desk, journal. Only its clock is wound by hand.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.core.kernel import Kernel
from bot.core.order_policy import OrderPolicy
from bot.core.state import Config, State, new_account
from bot.core.strategies import load_strategy
from bot.events import to_wire
from bot.shell.backtest import run_backtest
from bot.shell.desk import Desk, Face
from bot.shell.journal import Journal
from bot.shell.markets.bars import Bar
from bot.shell.markets.candle_csv import read_candles
from bot.shell.markets.replay import WARM_UP, ReplayMarket
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.runner import Runner
from tests.bot.shell.test_runner import Heard, until
from tests.faults.test_replay import candles_file
from tests.standin.clock import FakeClock
from tests.support.trading import CONFIG

PREFIX = "backtest"
"""The account's prefix, which is part of each id."""
PAPER = PaperSettings(spread_pct=Decimal("0.05"), slippage_pct=Decimal("0.02"))
PARAMS: dict[str, Any] = {"fast": 3, "slow": 8, "stop_loss_pct": 0.5, "take_profit_pct": 0.8}
FASTEST = 10_000.0
AT_THE_MARKET = OrderPolicy()


def config_for(market: ReplayMarket, length_ms: int, orders: OrderPolicy) -> Config:
    params = load_strategy("ema_cross", PARAMS).params
    return replace(
        CONFIG,
        symbol=market.symbol,
        candle_ms=length_ms,
        stake_pct=params.stake_pct,
        stop_loss_pct=params.stop_loss_pct,
        take_profit_pct=params.take_profit_pct,
        orders=orders,
    )


def backtested(
    bars: list[Bar], timeframe: str | None, orders: OrderPolicy = AT_THE_MARKET, paper: PaperSettings = PAPER
) -> list[bytes]:
    """The trades of a backtest that begins where a replay does, as the bytes of their JSON."""
    market = ReplayMarket(bars, name="x", symbol="ETH/BTC", timeframe=timeframe)
    times = market.candle_times
    result = run_backtest(
        market.play(),
        asyncio.run(market.rules()),
        load_strategy("ema_cross", PARAMS),
        config_for(market, times[1] - times[0], orders),
        paper,
        from_ts=times[min(WARM_UP, len(times) // 4)],
    )
    return [orjson.dumps(to_wire(trade)) for trade in result.trades]


def replayed(
    bars: list[Bar],
    timeframe: str | None,
    folder: Path,
    orders: OrderPolicy = AT_THE_MARKET,
    paper: PaperSettings = PAPER,
) -> list[bytes]:
    """The trades that the live bot's journal holds for the relay after the whole replay."""
    clock = FakeClock(1_790_000_000_000)
    market = ReplayMarket(
        bars, name="x", symbol="ETH/BTC", timeframe=timeframe, speed=FASTEST, clock=clock, sleep=clock.sleep
    )
    times = market.candle_times
    journal = Journal(f"sqlite:///{folder / 'journal.db'}", "bot-1", lock_path=folder / "lock")
    journal.open_account("a")
    config = config_for(market, times[1] - times[0], orders)
    account = new_account(PREFIX, paper.deposit_in(config.quote_currency))
    strategy = load_strategy("ema_cross", PARAMS)
    desk = Desk(
        Kernel(State(config=config, account=account), strategy),
        PaperBroker(paper),
        journal,
        Face(exchange="replay", timeframe=market.timeframe, strategy="ema_cross"),
        wall_ms=clock,
        new_id=iter(map(str, range(100_000))).__next__,
    )
    runner = Runner(
        desk,
        lambda: market,
        lambda _runner: Heard(),  # type: ignore[arg-type, return-value]
        warmup=strategy.warmup,
        wall_ms=clock,
        monotonic=lambda: 5.0,
        random=lambda: 0.5,
    )

    async def life() -> None:
        living = asyncio.create_task(runner.run(trade=True))
        await until(lambda: desk.state.feed == "ended")
        runner.stop()
        await living

    try:
        asyncio.run(asyncio.wait_for(life(), 60))
        told = journal.undelivered(0, 100_000)
        return [orjson.dumps(row.data) for row in told if row.event == "trade_executed"]
    finally:
        journal.close()


@pytest.mark.parametrize(("timeframe", "count"), [(None, 500), ("15m", 1_200)])
def test_a_replay_and_a_backtest_give_the_same_trades_byte_for_byte(
    tmp_path: Path, timeframe: str | None, count: int
) -> None:
    file = candles_file(tmp_path)
    bars = read_candles(file)[:count]
    expected = backtested(bars, timeframe)
    assert len(expected) > 10
    assert replayed(bars, timeframe, tmp_path) == expected


@pytest.mark.parametrize(
    "orders",
    [
        OrderPolicy(entry="limit", exit="limit", timeout_s=7_200, reprices=2),
        OrderPolicy(exit="limit", stop_on_exchange=True),
    ],
    ids=["limits", "stops"],
)
def test_so_do_limits_and_stops_with_latency_and_parts(tmp_path: Path, orders: OrderPolicy) -> None:
    bars = read_candles(candles_file(tmp_path))[:500]
    paper = PAPER.model_copy(update={"latency_ms": 60_000, "volume_share_pct": Decimal(2), "fee_in_base": True})
    expected = backtested(bars, None, orders, paper)
    assert len(expected) > 10
    assert replayed(bars, None, tmp_path, orders, paper) == expected
