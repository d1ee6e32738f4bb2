"""A live bot without its process: desk, journal, broker and user stream, on the stand-in. Prices are the test's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from bot.core.kernel import Kernel
from bot.core.messages import BrokerSaid, Event, Input, Order, OrderCanceled, OrderFilled, OrderRejected, Signal
from bot.core.order_policy import OrderPolicy
from bot.core.portfolio import EXACT
from bot.core.state import Account, Config, State, new_account
from bot.shell.desk import Desk, Face
from bot.shell.journal import Journal
from bot.shell.live.account import ExchangeAccount
from bot.shell.live.broker import LiveBroker
from bot.shell.live.explain import explained
from bot.shell.live.order_watch import LivePatience
from bot.shell.live.user_stream import UserStream
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_account import wall_clock_ms
from tests.support.live import QUICK, SYMBOL, exchange_at, until
from tests.support.trading import CONFIG, RULES, Scripted, candle, price

LIVE = replace(CONFIG, mode="live", stop_loss_pct=None, take_profit_pct=None)
FACE = Face(exchange="binance", timeframe="1m", strategy="scripted")


def ordering(**policy: Any) -> Config:
    """A live configuration that orders so; see `OrderPolicy`."""
    return replace(LIVE, orders=OrderPolicy(**policy))


class LiveTrader:
    """`async with trading(binance, folder) as trader:` for one that has compared its balances and is running."""

    def __init__(
        self,
        binance: BinanceStandIn,
        folder: Path,
        *,
        config: Config = LIVE,
        patience: LivePatience = QUICK,
        has_stream: bool = True,
        **options: Any,
    ) -> None:
        """The same folder again: a bot that was ended, or killed, and started anew."""
        self.binance = binance
        self.exchange = exchange_at(binance, **options)
        self.account_there = ExchangeAccount(self.exchange, SYMBOL)
        self.journal = Journal(f"sqlite:///{folder / 'journal.db'}", "bot-1", lock_path=folder / "lock")
        known = self.journal.open_account("a")
        account = known or replace(new_account("bot-1-abc", Decimal(0)), is_opened=False)
        self.broker = LiveBroker(
            self.account_there, explain=partial(explained, self.exchange, SYMBOL), patience=patience
        )
        if has_stream:
            self.broker.stream = UserStream(
                self.exchange,
                SYMBOL,
                on_executions=self.broker.on_executions,
                on_orders=self.broker.on_orders,
                within_s=patience.stream_within_s,
            )
        ids = count(1)
        kernel = Kernel(State(config=config, account=account), Scripted({}))
        self.desk = Desk(
            kernel, self.broker, self.journal, FACE, wall_ms=wall_clock_ms, new_id=lambda: f"id-{next(ids)}"
        )
        self.told: list[Input] = []
        """All that the broker said, in order."""
        self.events: list[Event] = []
        self._candles = count(1)
        self.broker.bind(self._tell, lambda: self.desk.state)

    async def _tell(self, message: Input) -> None:
        self.told.append(message)
        self.events += self.desk.handle(message)

    # What it is

    @property
    def state(self) -> State:
        return self.desk.state

    @property
    def account(self) -> Account:
        return self.desk.state.account

    @property
    def order(self) -> Order:
        """The only one that is on its way."""
        (order,) = self.account.orders
        return order

    @property
    def is_idle(self) -> bool:
        return not self.account.orders and self.account.wanted_exit is None

    @property
    def fills(self) -> list[OrderFilled]:
        return [message for message in self.told if isinstance(message, OrderFilled)]

    @property
    def endings(self) -> list[str]:
        """How each order that was not filled ended, in the broker's words."""
        return [message.reason for message in self.told if isinstance(message, OrderRejected | OrderCanceled)]

    @property
    def troubles(self) -> list[str]:
        """What stood in the way of knowing how the orders are, in order."""
        said = [message.message for message in self.told if isinstance(message, BrokerSaid)]
        return [message for message in said if message is not None]

    @property
    def alerts(self) -> list[str]:
        """What a person was alerted of, as `title: message`."""
        rows = [row.data for row in self.journal.undelivered(0, 1000) if row.event == "alert"]
        return [f"{row['title']}: {row['message']}" for row in rows]

    @property
    def status(self) -> dict[str, Any]:
        """The last that was sent."""
        return [row.data for row in self.journal.undelivered(0, 1000) if row.event == "status_change"][-1]

    def check_books(self) -> None:
        """Asserts that the account holds what the exchange does, to the last digit, and that nothing went out twice."""
        wallet, portfolio = self.binance.exchange.wallet, self.account.portfolio
        assert portfolio.cash == wallet["USDT"].total
        assert EXACT.add(portfolio.base, self.account.base_elsewhere) == wallet["BTC"].total
        assert all(times == 1 for times in self.binance.posts_by_client_id.values())
        ids = [fill.fill_id for fill in self.fills]
        assert len(ids) == len(set(ids)), "a fill was told twice"

    # What it is told to do

    def see(self, at: Any = 43_000, *, later_ms: int = 0, **fields: Any) -> None:
        """A price of now, or of a time to come."""
        self.events += self.desk.handle(price(at, wall_clock_ms() + later_ms, **fields))

    def enter(self, at: Any = 43_000) -> None:
        """The strategy wants to buy."""
        self._signal("enter", at)

    def leave(self, at: Any = 43_000) -> None:
        """The strategy wants to sell."""
        self._signal("exit", at)

    def _signal(self, kind: Any, at: Any) -> None:
        closed = candle(next(self._candles), at)
        self.events += self.desk.handle(closed)
        self.see(at)
        self.events += self.desk.handle(Signal(kind=kind, reason="the rule", candle_ts=closed.ts))

    def ask(self, name: str, **args: Any) -> dict[str, Any]:
        """A person's command and its answer."""
        answer, events = self.desk.command(f"c-{next(self._candles)}", name, args)
        self.events += events
        return answer


@asynccontextmanager
async def alive(
    binance: BinanceStandIn, folder: Path, *, run: bool = True, **options: Any
) -> AsyncIterator[LiveTrader]:
    """A trader whose session and feed are open, and whose balances are being compared."""
    trader = LiveTrader(binance, folder, **options)
    trader.events += trader.desk.open_session(run=run)
    trader.events += trader.desk.open_feed(RULES, [candle(0, 43_000)])
    trader.see()
    task = asyncio.create_task(trader.broker.run())
    try:
        yield trader
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await trader.broker.stop()
        trader.journal.close()


@asynccontextmanager
async def trading(binance: BinanceStandIn, folder: Path, **options: Any) -> AsyncIterator[LiveTrader]:
    """The same once the balances have been compared and the account's stream is heard; its books are checked after."""
    async with alive(binance, folder, **options) as trader:
        await until(lambda: trader.account.is_opened and trader.state.balances_seen is not None)
        if trader.broker.stream is not None and not binance.faults.stream.gives_no_answer:
            await until(lambda: binance.user_stream.listeners)
        yield trader
        await until(lambda: trader.is_idle)
        trader.check_books()
