"""A real ccxt.pro.binance at a stand-in, as the stand-in's own tests use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import ccxt.pro

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_exchange import SpotExchange

SYMBOL = "BTC/USDT"
FUNDED = {"USDT": Decimal(10_000), "BTC": Decimal(1), "BNB": Decimal(0)}


@asynccontextmanager
async def client_of(binance: BinanceStandIn, **options: Any) -> AsyncIterator[Any]:
    """A ccxt exchange with its markets, closed at the end; `last_json_response` is what the stand-in answered last.

    `timeout_on_exit` is how long ccxt sleeps at its end, a quarter of a second unless told otherwise.
    """
    config = binance.trading_config() | options
    client = ccxt.pro.binance({name: value for name, value in config.items() if name != "urls"})
    client.enableLastJsonResponse, client.timeout_on_exit = True, 0
    client.urls = client.deep_extend(client.urls, config["urls"])
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


def on_an_exchange(scenario: Callable[[BinanceStandIn, Any], Awaitable[None]], **core: Any) -> None:
    """Runs a scenario; at its end the account adds up, whatever happened."""

    async def run() -> None:
        exchange = SpotExchange(**{"deposits": FUNDED, **core})
        async with BinanceStandIn(exchange) as binance, client_of(binance) as client:
            await scenario(binance, client)
            binance.check_conservation()

    asyncio.run(run())


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; the suite's own time-out is the limit."""
    while not condition():  # noqa: ASYNC110 - what is waited for happens in ccxt, without an event
        await asyncio.sleep(0.002)
