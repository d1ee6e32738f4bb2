"""The stand-in by remote control, for a test whose exchange is a process of its own.

`POST /control` with `{"do": NAME, ...}` answers `{"ok": true}` or, with 400, `{"ok": false, "error": WHY}`::

    trade {price, quantity?, ts?, is_seller?}          quote {bid, ask, bid_size?, ask_size?}
    tick {price, ts?, quantity?, intervals?: "1s 1m"}   book {bids: [[price, size]], asks}, follow_last {}
    kline {ts, prices: [o, h, l, c], volume?, interval?}
    fault {kind?, answer?, accepted?, arrives_after_s?, answers_after_s?, times?}    see `binance_faults.Fault`
    switch {NAME: VALUE, ...}                          the fields of `Faults` and `StreamFaults`
    clear_faults {}    release {}                      `release` lets go of events held back as late
    silent {is_silent}    rest_status {status}    cut {}    restart {down_s?}
    deposit {asset, amount}    fees {maker?, taker?, bnb_price?}    expire {order_id}    trading {is_trading}
    check {}                                           conservation; the error says what does not add up

`GET /control` answers with all that is known; amounts are strings with eight decimals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.standin.binance_errors import Refused
from tests.standin.binance_faults import Fault
from tests.standin.binance_filters import text
from tests.standin.binance_shapes import order_listed, trade_listed

if TYPE_CHECKING:
    from tests.standin.binance import BinanceStandIn

REQUESTS_TOLD = 1_000
"""Of the last ones; `request_count` is of all."""


class ControlDoor:
    """`answer` is aiohttp's handler for `/control`."""

    def __init__(self, binance: BinanceStandIn) -> None:
        self._binance = binance
        self._restarting: asyncio.Task[None] | None = None
        self._actions: dict[str, Callable[..., Awaitable[None]]] = {
            "trade": binance.trade,
            "tick": self._tick,
            "quote": binance.quote,
            "book": binance.book,
            "follow_last": self._follow_last,
            "kline": self._kline,
            "fault": self._fault,
            "switch": self._switch,
            "clear_faults": self._clear_faults,
            "release": binance.user_stream.release,
            "silent": self._silent,
            "rest_status": self._rest_status,
            "cut": binance.cut,
            "restart": self._restart,
            "deposit": self._deposit,
            "fees": self._fees,
            "expire": self._expire,
            "trading": self._trading,
            "check": self._check,
        }

    async def answer(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response(state_of(self._binance))
        asked = await request.json()
        try:
            await self._actions[asked.pop("do")](**asked)
        except (KeyError, TypeError, ValueError, ArithmeticError, AssertionError, Refused) as error:
            return web.json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400)
        await self._binance.publish()
        return web.json_response({"ok": True})

    async def _tick(self, price: str, ts: int | None = None, quantity: str = "0.01", intervals: str = "1m") -> None:
        when = self._binance.exchange.now() if ts is None else ts
        await self._binance.tick(price, when, quantity, tuple(intervals.split()))

    async def _follow_last(self) -> None:
        self._binance.exchange.let_book_follow_last(self._binance.symbol)

    async def _kline(self, ts: int, prices: list[str], volume: str = "1", interval: str = "1m") -> None:
        opening, high, low, close = prices
        await self._binance.kline(ts, (opening, high, low, close), volume, interval)

    async def _fault(self, **fault: Any) -> None:
        self._binance.faults.add(Fault(**fault))

    async def _switch(self, **values: Any) -> None:
        self._binance.faults.switch(**values)

    async def _clear_faults(self) -> None:
        self._binance.faults.clear()

    async def _silent(self, is_silent: bool) -> None:
        self._binance.is_silent = is_silent

    async def _rest_status(self, status: int) -> None:
        self._binance.rest_status = status

    async def _restart(self, down_s: float = 0.0) -> None:
        """Once this answer is out."""
        self._restarting = asyncio.create_task(self._binance.restart(down_s))

    async def _deposit(self, asset: str, amount: str) -> None:
        self._binance.exchange.deposit(asset, Decimal(amount))

    async def _fees(self, maker: str | None = None, taker: str | None = None, bnb_price: str | None = None) -> None:
        """What is not said stays; without `bnb_price` fees are no longer paid in BNB."""
        account = self._binance.exchange.account
        account.maker_rate = account.maker_rate if maker is None else Decimal(maker)
        account.taker_rate = account.taker_rate if taker is None else Decimal(taker)
        account.bnb_price = None if bnb_price is None else Decimal(bnb_price)

    async def _expire(self, order_id: int) -> None:
        self._binance.exchange.expire(self._binance.exchange.orders[order_id])

    async def _trading(self, is_trading: bool) -> None:
        self._binance.exchange.market(self._binance.symbol).is_trading = is_trading

    async def _check(self) -> None:
        self._binance.check_conservation()


def state_of(binance: BinanceStandIn) -> dict[str, Any]:
    """All that a test may want to know of a stand-in, as JSON."""
    exchange, wallet = binance.exchange, binance.exchange.wallet
    return {
        "now": exchange.now(),
        "last": binance.last,
        "orders": [order_listed(order) for order in exchange.orders.values()],
        "fills": [trade_listed(fill) for fill in exchange.fills],
        "balances": {
            asset: {"free": text(wallet[asset].free), "locked": text(wallet[asset].locked)} for asset in wallet.assets
        },
        "posted": [
            {"client_order_id": posted.client_order_id, "outcome": posted.outcome, "params": dict(posted.params)}
            for posted in binance.posted
        ],
        "posts_by_client_id": dict(binance.posts_by_client_id),
        "request_count": len(binance.requests),
        "requests": binance.requests[-REQUESTS_TOLD:],
        "faults_pending": binance.faults.pending,
        "connections": binance.connections,
        "subscribed": sorted(binance.subscribed),
        "user_stream_listeners": binance.user_stream.listeners,
        "user_stream_sent": len(binance.user_stream.sent),
    }
