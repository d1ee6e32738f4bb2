"""The whole bot as a process in live mode, between the stand-in of an exchange and a small relay, both in the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from bot.core.portfolio import EXACT
from bot.core.state import Account
from bot.shell.journal import Journal
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_account import wall_clock_ms
from tests.support.bot_relay import BotRelay
from tests.support.forges import bot_forge
from tests.support.lines import whole_lines
from tests.support.live import SYMBOL, WINDOW_MS, until
from tests.support.ports import free_port
from tests.support.processes import Program

SECOND_MS = 1_000
ENDS_WITHIN_S = 60
ACCOUNT_KEY = f"live:binance:{SYMBOL}"


class LiveBot:
    """`async with a_live_bot(binance, folder) as bot`. The same folder again is the same bot, started anew."""

    def __init__(self, binance: BinanceStandIn, folder: Path, env: dict[str, str]) -> None:
        self.binance = binance
        self.folder = folder
        self.port = free_port()
        self.relay = BotRelay(folder / f"events-{self.port}.jsonl")
        self.program: Program | None = None
        config = binance.trading_config()
        config["options"] |= {"recvWindow": WINDOW_MS}
        self.env = {
            "TAPEDECK_DATA_DIR": str(folder / "data"),
            "TAPEDECK_RELAY_URL": f"http://127.0.0.1:{self.port}",
            "TAPEDECK_BOT_TOKEN": "t",
            "TAPEDECK_EXCHANGE": "binance",
            "TAPEDECK_EXCHANGE_CONFIG": json.dumps(config),
            "TAPEDECK_MODE": "live",
            "TAPEDECK_LIVE_CONFIRM": f"binance:{SYMBOL}",
            "TAPEDECK_AUTOSTART": "true",
            "TAPEDECK_TIMEFRAME": "1s",
            "TAPEDECK_STRATEGY": "tests.support.own_strategy:Eager",
            **env,
        }
        self._commands = count(1)

    async def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        arguments = (["-m", "bot", "run"], self.env, self.log)
        self.program = await asyncio.to_thread(Program, *arguments, cwd=self.folder, forge=bot_forge())

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    def output(self) -> str:
        return self.log.read_text()

    async def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.program is not None
        return await asyncio.to_thread(self.program.terminate, ENDS_WITHIN_S)

    async def ended(self) -> int:
        """The exit code, once it has ended by itself."""
        assert self.program is not None
        return await asyncio.to_thread(self.program.process.wait, ENDS_WITHIN_S)

    async def end(self) -> None:
        """Leave nothing behind."""
        if self.program is not None and self.program.is_running:
            await asyncio.to_thread(self.program.kill)

    # What it says

    def heard(self, event: str) -> list[dict[str, Any]]:
        """All of one kind that the relay got, oldest first."""
        file = self.folder / f"events-{self.port}.jsonl"
        return [data for name, data in map(json.loads, whole_lines(file)) if name == event]

    @property
    def status(self) -> dict[str, Any]:
        """The last one, empty before the first."""
        return (self.heard("status_change") or [{}])[-1]

    @property
    def price_ts(self) -> int:
        """Of the newest price, 0 before the first."""
        return int([{"ts": 0}, *self.heard("price_update")][-1]["ts"])

    @property
    def trades(self) -> list[dict[str, Any]]:
        return self.heard("trade_executed")

    @property
    def alerts(self) -> list[str]:
        return [f"{alert['title']}: {alert['message']}" for alert in self.heard("alert")]

    async def ask(self, name: str, **args: Any) -> Any:
        """A person's command and its answer."""
        return await self.relay.ask({"id": f"c-{self.port}-{next(self._commands)}", "name": name, "args": args})

    async def is_in(self, state: str) -> None:
        """Waits for the state that a status says."""
        await until(lambda: self.status.get("state") == state)

    def account(self) -> Account:
        """What its journal holds; for a bot that has ended."""
        journal = Journal(f"sqlite:///{self.folder / 'data' / 'journal.db'}", "bot-1", lock_path=None)
        try:
            account = journal.open_account(ACCOUNT_KEY)
        finally:
            journal.close()
        assert account is not None
        return account

    def check_books(self) -> None:
        """Asserts that the journal holds what the exchange does, to the last digit, and that nothing went out twice."""
        account, wallet = self.account(), self.binance.exchange.wallet
        assert account.portfolio.cash == wallet["USDT"].total
        assert EXACT.add(account.portfolio.base, account.base_elsewhere) == wallet["BTC"].total
        assert all(times == 1 for times in self.binance.posts_by_client_id.values())
        ids = [trade["id"] for trade in self.trades]
        assert len(ids) == len(set(ids))


class Market:
    """Others trade at `price` all the time; a candle is a second."""

    def __init__(self, binance: BinanceStandIn) -> None:
        self.price = "43000"
        self._binance = binance

    def begin(self) -> None:
        """A minute of history."""
        now = wall_clock_ms() // SECOND_MS * SECOND_MS
        for second in range(60, 0, -1):
            self._binance.list_kline(now - second * SECOND_MS, (self.price,) * 4, interval="1s")

    async def run(self) -> None:
        while True:
            await self._binance.tick(self.price, wall_clock_ms(), "0.00001", intervals=("1s",))
            await asyncio.sleep(0.05)


@asynccontextmanager
async def a_market(binance: BinanceStandIn) -> AsyncIterator[Market]:
    """A market that moves by itself."""
    market = Market(binance)
    market.begin()
    task = asyncio.create_task(market.run())
    try:
        yield market
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def a_live_bot(binance: BinanceStandIn, folder: Path, **env: str) -> AsyncIterator[LiveBot]:
    """A bot that is up, has compared its balances and sees prices; its log is shown where the test failed."""
    bot = LiveBot(binance, folder, env)
    runner = await bot.relay.serve(bot.port)
    try:
        await bot.start()
        await until(lambda: bot.status.get("state") not in (None, "starting"))
        await until(lambda: binance.user_stream.listeners)
        await until(lambda: Decimal(bot.status["balances"]["quote"]) > 0)
        await until(lambda: bot.price_ts > wall_clock_ms() - SECOND_MS)
        yield bot
    except BaseException:
        print(bot.output()[-6000:])
        raise
    finally:
        await bot.end()
        await runner.cleanup()
