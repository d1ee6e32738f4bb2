"""A trading day of a live bot that is killed at a given point, and goes on as a new process: from outside.

The exchange, the relay and the person are here, in the test's own event loop; the bot is a child of `killing_bot`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from bot.shell.journal_store import get_meta
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_book import Level
from tests.standin.binance_candles import kline_message
from tests.standin.binance_exchange import SpotExchange
from tests.support.bot_relay import BotRelay
from tests.support.lines import whole_lines
from tests.support.nursery import Died, Life, Nursery
from tests.support.trading_days import FIRST_TS, MINUTE_MS, WARM_CANDLES, Moment, TradingDay

BOT_ID = "bot-1"
DEPOSITS = {"USDT": Decimal(10_000), "BTC": Decimal("0.5"), "BNB": Decimal(0)}
SETTLED_WITHIN_S = 30.0
SHOW_EVERY_S = 0.1


class KilledDay:
    """The exchange, the relay, and one bot on them; `live_through` is all of it."""

    def __init__(self, day: TradingDay, folder: Path, nursery: Nursery, database_url: str | None = None) -> None:
        self.day = day
        self.folder = folder
        self.database_url = database_url or f"sqlite:///{folder / 'journal.db'}"
        self.lives: list[Life] = []
        self._nursery = nursery
        self._now = FIRST_TS
        self.exchange = SpotExchange(deposits=DEPOSITS, clock=lambda: self._now)
        self.binance = BinanceStandIn(self.exchange)
        self.relay = BotRelay(folder / "relay")
        self.answers: dict[str, str] = {}
        """What each command came to: `done`, or why not."""
        self._ports: tuple[int, int] = (0, 0)
        self._connections = 0
        self._shown = 0
        self._deaths: list[str] = []

    async def live_through(self, deaths: Sequence[str] = ()) -> None:
        """The whole day; its first lives end at these points, one each."""
        self._deaths = list(deaths)
        self.folder.mkdir()
        async with self._world():
            await self._happen(self.day.moments[0])
            await self._begin_life()
            for number, moment in enumerate(self.day.moments):
                await self._happen(moment)
                await self._outlived(self._pass, moment, number)
            await self._outlived(self._close, self.day.moments[-1])

    def told(self, event: str) -> list[dict[str, Any]]:
        """The data of each such event that the relay has acknowledged."""
        lines = map(json.loads, whole_lines(self.folder / "relay"))
        return [data for name, data in lines if name == event]

    @asynccontextmanager
    async def _world(self) -> AsyncIterator[None]:
        """Everything but the bot."""
        line = await asyncio.start_server(self._on_line, "127.0.0.1", 0)
        relay = await self.relay.serve(0)
        self._ports = line.sockets[0].getsockname()[1], relay.addresses[0][1]
        try:
            async with self.binance:
                for number in range(-WARM_CANDLES, 0):
                    self.binance.list_kline(FIRST_TS + number * MINUTE_MS, (self.day.moments[0].last,) * 4)
                try:
                    yield
                finally:
                    for life in self.lives:
                        await life.kill()
        finally:
            line.close()
            await relay.cleanup()

    async def _begin_life(self) -> None:
        die_at = self._deaths.pop(0) if self._deaths else None
        self._connections = self.relay.connections
        self.lives.append(Life(self._nursery))
        line, relay = self._ports
        env = {
            "TAPEDECK_BOT_ID": BOT_ID,
            "TAPEDECK_DATA_DIR": str(self.folder / "data"),
            "TAPEDECK_DATABASE_URL": self.database_url,
            "TAPEDECK_RELAY_URL": f"http://127.0.0.1:{relay}",
            "TAPEDECK_BOT_TOKEN": "t",
            "TAPEDECK_EXCHANGE": "binance",
            "TAPEDECK_MODE": "live",
            "TAPEDECK_LIVE_CONFIRM": "binance:BTC/USDT",
            "TAPEDECK_STRATEGY": "tests.support.signals_by_number:SignalsByNumber",
            "TAPEDECK_STRATEGY_PARAMS": json.dumps({"first_ts": FIRST_TS, "script": self.day.script}),
            "TAPEDECK_EXCHANGE_CONFIG": json.dumps(self.binance.trading_config()),
            "TAPEDECK_ORDERS": json.dumps(self.day.orders),
            "TAPEDECK_RISK": '{"max_feed_age_ms": null}',  # else how long a restart takes would decide on entries
        }
        asked = {"env": env, "die_at": die_at, "line": line, "log": str(self.folder / "log")}
        self.lives[-1].pid = await self._nursery.ask(asked)

    async def _on_line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.lives[-1].listen(reader, writer)

    async def _outlived(self, act: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Does it, again with a new process where the bot died over it."""
        while True:
            try:
                await act(*arguments)
                return
            except Died:
                await self._begin_life()

    async def _happen(self, moment: Moment) -> None:
        """The market moves, once, whatever becomes of the bot."""
        if self._now >= moment.ts:
            return
        self._now = moment.ts
        symbol, price, plenty = self.binance.symbol, Decimal(moment.last), Decimal(5)
        self.exchange.set_book(symbol, [Level(Decimal(moment.bid), plenty)], [Level(Decimal(moment.ask), plenty)])
        self.exchange.trade(symbol, price, Decimal(moment.traded), moment.ts)
        self.binance.candles.add_trade(symbol, "1m", moment.ts, price, Decimal(moment.traded))
        await self.binance.publish()

    async def _show(self, moment: Moment) -> None:
        """What the moment looks like on the streams, each time with another trade like it: the same one is no news.

        Again and again, for to a bot that has just come all of it is new.
        """
        self._shown += 1
        await self.binance.send_quote()
        await self.binance.ticker(moment.last, moment.ts)
        row = self.binance.candles.of(self.binance.symbol, "1m")[moment.closed_ts + MINUTE_MS]
        message = kline_message(self.binance.symbol, "1m", row, moment.ts, is_closed=False)
        await self.binance.send("kline_1m", message)
        trade = {"e": "trade", "E": moment.ts, "s": self.binance.symbol, "t": self._shown, "m": False, "M": True}
        await self.binance.send("trade", {**trade, "p": moment.last, "q": "0.01", "T": moment.ts})

    async def _settle(self, moment: Moment) -> None:
        """Show the moment until the bot has seen it and has nothing more to do. Raises `Died`."""
        life, gives_up_at = self.lives[-1], time.monotonic() + SETTLED_WITHIN_S
        shown_at = 0.0
        while life.ended is None and not self._is_settled(life, moment):
            now = time.monotonic()
            assert now < gives_up_at, f"the bot does not settle at {moment}: {life.stands}\n{self.log()}"
            if now - shown_at >= SHOW_EVERY_S:
                await self._show(moment)
                shown_at = now
            life.news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SHOW_EVERY_S):
                    await life.news.wait()
        if life.ended is not None:
            raise self._death(life)

    def _is_settled(self, life: Life, moment: Moment) -> bool:
        stands = life.stands
        return (
            bool(stands)
            and self.relay.connections > self._connections
            and stands["is_idle"]
            and stands["candle_ts"] == moment.closed_ts
            and [Decimal(quote) for quote in stands["quotes"]] == [Decimal(quote) for quote in moment.quotes]
            and stands["price_ts"] == moment.ts
            and {name: (status, Decimal(filled)) for name, (status, filled) in stands["orders"].items()}
            == self._resting()
            and (Decimal(stands["cash"]), Decimal(stands["base"])) == self.held
        )

    def _resting(self) -> dict[str, tuple[str, Decimal]]:
        """What the bot must say of its orders: all rest, filled as the exchange has it."""
        return {order.client_order_id: ("open", order.executed) for order in self.exchange.open_orders()}

    @property
    def held(self) -> tuple[Decimal, Decimal]:
        """Quote and base on the exchange, in all."""
        return self.exchange.wallet["USDT"].total, self.exchange.wallet["BTC"].total

    async def _pass(self, moment: Moment, number: int) -> None:
        """The moment, and what a person asks then, under one id until there is an answer. Raises `Died`."""
        await self._settle(moment)
        if moment.command is not None:
            command_id = f"command-{number}"
            answer = await self._answer({"id": command_id, "name": moment.command, "args": dict(moment.args)})
            self.answers[command_id] = answer.get("error", "done")
            await self._settle(moment)

    async def _answer(self, asked: dict[str, Any]) -> Any:
        life = self.lives[-1]
        asking, dying = asyncio.ensure_future(self.relay.ask(asked)), asyncio.ensure_future(life.ends())
        await asyncio.wait({asking, dying}, return_when=asyncio.FIRST_COMPLETED)
        if not dying.done():
            dying.cancel()
            return await asking
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        raise self._death(life)

    def _death(self, life: Life) -> Died:
        """What to raise for a life that is over. Nothing but a kill may end one."""
        assert life.ended == -signal.SIGKILL, f"the bot ended with {life.ended}\n{self.log()}"
        return Died()

    async def _close(self, moment: Moment) -> None:
        """End the bot as a person would, when it has nothing to do. Raises `Died` where it had not said goodbye yet."""
        await self._settle(moment)
        life = self.lives[-1]
        os.kill(life.pid, signal.SIGTERM)
        await life.ends()
        if life.ended != 0:
            death = self._death(life)
            if not self._has_said_goodbye():
                raise death

    def _has_said_goodbye(self) -> bool:
        engine = create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                return get_meta(connection, BOT_ID, "session") == "closed"
        finally:
            engine.dispose()

    def log(self) -> str:
        """The end of what the bot's processes wrote."""
        return (self.folder / "log").read_text(errors="replace")[-6000:]
