"""The Binance stand-in as a process: `python -m tests.standin --help`.

Its first line on standard output is `{"url": ..., "config": ...}`, where `config` is the TAPEDECK_EXCHANGE_CONFIG that
leads here, key included. It serves until SIGTERM or SIGINT. `binance_control` says how to steer it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
from decimal import Decimal
from pathlib import Path

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_candles import INTERVAL_MS
from tests.standin.binance_day import Bar, WallPace, bars_of, list_past, read_bars, replay, walk, wander
from tests.standin.binance_exchange import DEPOSITS, SpotExchange
from tests.standin.binance_filters import SymbolRules


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--base", default="BTC")
    parser.add_argument("--quote", default="USDT")
    parser.add_argument("--tick", type=Decimal, default=Decimal("0.01"), help="the price's smallest step")
    parser.add_argument("--step", type=Decimal, default=Decimal("0.00001"), help="the amount's smallest step")
    parser.add_argument("--min-notional", type=Decimal, default=Decimal(5))
    parser.add_argument("--last", default="43000.00", help="the first price; of the past, where the market moves")
    parser.add_argument("--deposit", action="append", default=[], metavar="ASSET=AMOUNT")
    parser.add_argument("--market", choices=("still", "wander", "replay"), default="still")
    parser.add_argument("--data", type=Path, help="the CSV file that replay takes: open, high, low, close, volume")
    parser.add_argument("--interval", choices=sorted(INTERVAL_MS), default="1m", help="of the candles")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-ms", type=int, default=200, help="wander: a trade every so many milliseconds")
    parser.add_argument(
        "--past", type=int, default=300, help="closed candles at the start; replay takes them from its file"
    )
    return parser.parse_args(arguments)


def made(asked: argparse.Namespace) -> BinanceStandIn:
    """The stand-in that is asked for, not yet serving."""
    given = {asset: Decimal(amount) for asset, _, amount in (deposit.partition("=") for deposit in asked.deposit)}
    rules = SymbolRules(
        base=asked.base,
        quote=asked.quote,
        tick_size=asked.tick,
        min_price=asked.tick,
        step_size=asked.step,
        min_quantity=asked.step,
        min_notional=asked.min_notional,
    )
    exchange = SpotExchange(deposits=given or DEPOSITS, rules=[rules])
    return BinanceStandIn(exchange, symbol=rules.symbol, last=asked.last, port=asked.port)


async def move(binance: BinanceStandIn, asked: argparse.Namespace) -> None:
    """The market lives as asked for, until it is canceled."""
    pace, prices = WallPace(), walk(asked.seed, Decimal(asked.last), asked.tick)
    if asked.market == "still":
        last = Decimal(asked.last)
        bars = [Bar(last, last, last, last, Decimal(1))] * asked.past
    else:
        bars = read_bars(asked.data, asked.tick) if asked.market == "replay" else bars_of(prices, asked.past)
    list_past(binance, bars[: asked.past], pace.now(), interval=asked.interval)
    if asked.market == "wander":
        await wander(binance, prices, pace, intervals=(asked.interval,), every_ms=asked.every_ms)
    if asked.market == "replay":
        await replay(binance, bars[asked.past :], pace, interval=asked.interval)
    await asyncio.Event().wait()


async def serve(asked: argparse.Namespace) -> None:
    """Until a signal."""
    async with made(asked) as binance:
        market = asyncio.create_task(move(binance, asked))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, market.cancel)
        print(json.dumps({"url": binance.url, "config": binance.trading_config()}), flush=True)
        with contextlib.suppress(asyncio.CancelledError):
            await market


if __name__ == "__main__":
    asyncio.run(serve(parsed()))
