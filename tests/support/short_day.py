"""A live bot's day on a flaky exchange, in virtual time: what happens is a script, and the bot may be killed in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from bot.core.kernel import Kernel
from bot.core.messages import Input, Order
from bot.core.order_policy import OrderPolicy
from bot.core.state import Account, Config, State, dump_account, load_account, new_account
from bot.events import Price, Trade
from bot.shell.desk import Desk, Face
from bot.shell.journal import Record
from bot.shell.live.broker import LiveBroker
from bot.shell.live.order_watch import LivePatience
from bot.shell.live.trading_account import Execution
from tests.standin.binance_exchange import SpotExchange
from tests.support.flaky_exchange import SYMBOL as SYMBOL_ID
from tests.support.flaky_exchange import TIMEOUT_S, WINDOW_S, Fate, FlakyExchange, StreamFate
from tests.support.trading import MINUTE, RULES, SYMBOL, T0, Scripted, candle

DEPOSIT = Decimal(10_000)
FIRST_PRICE = Decimal(40_000)
PATIENCE = LivePatience(arrives_within_s=WINDOW_S + TIMEOUT_S)
FACE = Face(exchange="flaky", timeframe="1m", strategy="scripted")
LONGEST_S = 3_600.0

What = Literal[
    "enter", "exit", "rise", "fall", "dip", "peak", "wait", "close", "stop", "start", "halt", "resume", "kill"
]


@dataclass(slots=True)
class Disk:
    """What survives a kill: the journal's last transaction, and the trades that it told."""

    account: str
    trades: list[Trade]
    placed: list[Order]
    answers: dict[str, Any]

    def write(self, record: Record) -> None:
        if record.account is not None:
            self.account = dump_account(record.account)
        self.trades += [message for message in record.messages if isinstance(message, Trade)]
        self.placed += record.placed

    def answer_of(self, command_id: str) -> None:
        return None


class ShortDay:
    """Runs a script of `What`; `finish` heals the exchange, closes what is held and waits until all is settled."""

    def __init__(self, fates: Iterable[Fate], stream_fates: Iterable[StreamFate], orders: OrderPolicy) -> None:
        self.spot = SpotExchange(deposits={"USDT": DEPOSIT, "BTC": Decimal(0)}, clock=self._now_ms)
        self.spot.set_last(SYMBOL_ID, FIRST_PRICE)
        self.exchange = FlakyExchange(self.spot, fates, stream_fates, self._on_stream)
        self.disk = Disk(dump_account(new_account("bot-1-abc", DEPOSIT)), [], [], {})
        self._config = Config(
            mode="live",
            symbol=SYMBOL,
            candle_ms=MINUTE,
            stake_pct=Decimal(50),
            stop_loss_pct=Decimal(2),
            take_profit_pct=Decimal(4),
            orders=orders,
        )
        self._signals: dict[int, str] = {}
        self._candles = 0
        self._commands = 0
        self._price = FIRST_PRICE
        self._broker: LiveBroker | None = None
        self._inbox: asyncio.Queue[Input] = asyncio.Queue()
        self._tasks: list[asyncio.Task[Any]] = []

    @property
    def account(self) -> Account:
        """As the disk has it."""
        return load_account(self.disk.account)

    @property
    def state(self) -> State:
        """As the bot sees itself now."""
        return self._desk.state

    async def run(self, script: Sequence[What]) -> None:
        """The whole day."""
        self._boot(run=True)
        await self._settled(60)
        for what in script:
            await self._do(what)
        await self._finish()

    def _boot(self, *, run: bool) -> None:
        state = State(config=self._config, account=self.account)
        self._inbox = asyncio.Queue()
        self._broker = LiveBroker(self.exchange, patience=PATIENCE)
        self._broker.bind(self._inbox.put, lambda: self.state)
        kernel = Kernel(state, Scripted(self._signals))
        ids = iter(range(1_000_000))
        journal: Any = self.disk
        self._desk = Desk(kernel, self._broker, journal, FACE, wall_ms=self._now_ms, new_id=lambda: str(next(ids)))
        self._desk.open_session(run=run)
        self._desk.open_feed(RULES, [])
        self._show(self._price)
        self._tasks = [asyncio.create_task(self._consume()), asyncio.create_task(self._broker.run())]

    async def _consume(self) -> None:
        while True:
            self._desk.handle(await self._inbox.get())

    async def _do(self, what: What) -> None:
        match what:
            case "enter" | "exit":
                self._signals[self._candles] = what
                self._desk.handle(candle(self._candles, self._price))
                self._candles += 1
            case "rise" | "fall":
                self._price *= Decimal("1.03") if what == "rise" else Decimal("0.97")
                self._price = self._price.quantize(Decimal("0.01"))
                self._trade(Decimal("0.5"))
            case "dip" | "peak":
                self._touch(Decimal("0.02") * (1 if what == "peak" else -1))
            case "wait":
                await asyncio.sleep(7)
                self._show(self._price)
            case "kill":
                await self._kill()
                self._boot(run=self.account.run == "running")
            case _:
                self._ask({"close": "close_position", "stop": "stop_bot", "start": "start_bot"}.get(what, what))
        await asyncio.sleep(0.3)

    def _touch(self, away: Decimal) -> None:
        """Somebody trades a little at a price that reaches what rests at the best bid or ask, and part of it only."""
        self.exchange.trade(self._price + away, Decimal("0.05"))
        self.exchange.exchange.set_last(SYMBOL_ID, self._price)

    def _trade(self, amount: Decimal) -> None:
        self.exchange.trade(self._price, amount)
        self._show(self._price)

    def _show(self, price: Decimal) -> None:
        best = Decimal("0.01")
        shown = Price(symbol=SYMBOL, price=price, ts=self._now_ms(), bid=price - best, ask=price + best)
        self._desk.handle(shown)

    def _ask(self, name: str, **args: Any) -> None:
        self._commands += 1
        self._desk.command(f"c-{self._commands}", name, args)

    async def _kill(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._broker is not None
        await self._broker.stop()

    async def _finish(self) -> None:
        self.exchange.heal()
        await self.exchange.settle()
        await self._settled(LONGEST_S)
        self._ask("halt", flatten=True)
        await self._settled(LONGEST_S)
        await asyncio.sleep(PATIENCE.reconcile_every_s * 2)
        await self._kill()

    async def _settled(self, within_s: float) -> None:
        """Until nothing is on its way; the market goes on meanwhile."""
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + within_s
        while loop.time() < gives_up_at:
            await asyncio.sleep(5)
            self._show(self._price)
            account = self.state.account
            is_busy = any(order.type == "market" or order.status != "open" for order in account.orders)
            if not is_busy and account.wanted_exit is None and not account.flattening:
                return

    async def _on_stream(self, executions: list[Execution]) -> None:
        if self._broker is not None:
            await self._broker.on_executions(executions)

    def _now_ms(self) -> int:
        try:
            return T0 + int(asyncio.get_running_loop().time() * 1000)
        except RuntimeError:
            return T0
