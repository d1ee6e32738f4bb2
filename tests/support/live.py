"""A live bot's parts against the Binance stand-in, with the patience that suits a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.messages import Order
from bot.core.order_ids import client_order_id
from bot.shell.live.account import ExchangeAccount
from bot.shell.live.order_watch import LivePatience
from bot.shell.markets.exchange_connect import connect
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_account import wall_clock_ms
from tests.standin.binance_exchange import SpotExchange
from tests.standin.binance_filters import SymbolRules

SYMBOL = "BTC/USDT"
FUNDED = {"USDT": Decimal(10_000), "BTC": Decimal(1), "BNB": Decimal(0)}
ETH_BTC = SymbolRules(
    base="ETH",
    quote="BTC",
    tick_size=Decimal("0.00001"),
    min_price=Decimal("0.00001"),
    step_size=Decimal("0.0001"),
    min_quantity=Decimal("0.0001"),
    min_notional=Decimal("0.0001"),
)
"""A market whose price times amount has nine decimals, of which an exchange books eight."""
QUICK = LivePatience(
    first_poll_s=0.005,
    longest_poll_s=0.02,
    arrives_within_s=0.25,
    forgotten_after_s=0.1,
    reconcile_every_s=0.05,
    reconcile_soon_s=0.01,
    stream_within_s=0.1,
)
PATIENT = replace(QUICK, arrives_within_s=3.0)
"""For an order that arrives late, but does."""
WINDOW_MS = 2_000
"""ccxt's receive window in tests, wide enough for a busy machine."""


def an_order(number: int = 1, **fields: Any) -> Order:
    """A market buy of 0.01, unless told otherwise."""
    usual = {"ts": wall_clock_ms(), "side": "buy", "amount": Decimal("0.01"), "reason": "the rule", "purpose": "entry"}
    return Order(id=f"bot-1-abc-{number}", **{**usual, **fields})


def client_id(number: int = 1) -> str:
    """What `an_order` of that number is called on the exchange."""
    return client_order_id(an_order(number).id)


def exchange_at(binance: BinanceStandIn, **config: Any) -> Any:
    """The real ccxt.pro.binance, as a live bot makes it."""
    own = binance.trading_config()
    options = own.pop("options") | {"recvWindow": WINDOW_MS} | config.pop("options", {})
    return connect("binance", {**own, "options": options, "timeout_on_exit": 0, **config})


@asynccontextmanager
async def account_at(
    binance: BinanceStandIn, symbol: str = SYMBOL, lacks: tuple[str, ...] = (), **config: Any
) -> AsyncIterator[ExchangeAccount]:
    """An account on the stand-in, of a class that `lacks` some of ccxt's abilities; closed at the end."""
    exchange = exchange_at(binance, **config)
    exchange.has.update(dict.fromkeys(lacks, False))
    account = ExchangeAccount(exchange, symbol)
    try:
        yield account
    finally:
        await account.close()


def on_a_stand_in(
    scenario: Callable[[BinanceStandIn], Awaitable[None]],
    *,
    deposits: Mapping[str, Decimal] = FUNDED,
    within_s: float = 60.0,
    symbol: str = "BTCUSDT",
    last: str = "43000.00",
    **core: Any,
) -> None:
    """Run a scenario; at its end the exchange's account adds up, whatever happened."""

    async def run() -> None:
        exchange = SpotExchange(deposits=deposits, **core)
        async with BinanceStandIn(exchange, symbol=symbol, last=last) as binance:
            async with asyncio.timeout(within_s):
                await scenario(binance)
            binance.check_conservation()

    asyncio.run(run())


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; the scenario's time-out is the limit."""
    while not condition():  # noqa: ASYNC110 - what is waited for happens in ccxt or in a list, without an event
        await asyncio.sleep(0.002)
