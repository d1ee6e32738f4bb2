"""Small real things to trade with: rules, prices, candles, a state, and a market that shows what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.engine import step
from bot.core.market_rules import MarketRules
from bot.core.messages import (
    Command,
    CommandName,
    Effect,
    Event,
    FeedOpened,
    Input,
    Order,
    OrderFilled,
    SessionOpened,
    Signal,
)
from bot.core.state import Config, State, new_account
from bot.core.strategies import Strategy, StrategyParams
from bot.events import Candle, Price
from bot.shell.market import MarketEnded, MarketError

SYMBOL = "BTC/USDT"
MINUTE = 60_000
T0 = 1_700_000_000_000 // MINUTE * MINUTE

RULES = MarketRules(
    symbol=SYMBOL,
    base_currency="BTC",
    quote_currency="USDT",
    price_step=Decimal("0.01"),
    amount_step=Decimal("0.00001"),
    min_amount=Decimal("0.00001"),
    min_cost=Decimal(5),
    maker_fee_rate=Decimal("0.001"),
    taker_fee_rate=Decimal("0.001"),
)

CONFIG = Config(
    mode="simulated",
    symbol=SYMBOL,
    candle_ms=MINUTE,
    stake_pct=Decimal(25),
    stop_loss_pct=Decimal(2),
    take_profit_pct=Decimal(4),
)


def price(value: Any, ts: int = T0, **fields: Any) -> Price:
    return Price(symbol=SYMBOL, price=Decimal(str(value)), ts=ts, **fields)


def candle(number: int, close: Any, *, closed: bool = True) -> Candle:
    """Candle `number` since T0, flat at `close`."""
    value = Decimal(str(close))
    return Candle(
        symbol=SYMBOL,
        timeframe="1m",
        ts=T0 + number * MINUTE,
        open=value,
        high=value,
        low=value,
        close=value,
        volume=Decimal(1),
        closed=closed,
    )


def new_state(deposit: Any = 10_000, config: Config = CONFIG) -> State:
    return State(config=config, account=new_account("bot-1-abc", Decimal(deposit)))


def live_state(deposit: Any = 10_000, *, at: Any = 40_000, run: bool = True, config: Config = CONFIG) -> State:
    """A state whose market is open, with a last price."""
    state = new_state(deposit, config)
    for message in (SessionOpened(run=run), FeedOpened(rules=RULES), price(at)):
        state = step(state, message)[0]
    return state


def command(name: CommandName, **fields: Any) -> Command:
    return Command(id=f"command-{name}", name=name, **fields)


def filled(order: Order, at: Any, *, amount: Decimal | None = None, done: bool = True) -> OrderFilled:
    """The whole order, or `amount` of it, executed at a price, with a fee of a thousandth."""
    traded = order.amount if amount is None else amount
    value = Decimal(str(at))
    return OrderFilled(
        order_id=order.id,
        ts=T0 + 1,
        price=value,
        amount=traded,
        fee=value * traded / 1000,
        fee_currency="USDT",
        done=done,
    )


def through(state: State, *messages: Input) -> tuple[State, list[Event], list[Effect]]:
    """All messages through the engine, one after the other."""
    events: list[Event] = []
    effects: list[Effect] = []
    for message in messages:
        state, more_events, more_effects = step(state, message)
        events += more_events
        effects += more_effects
    return state, events, effects


def bought(state: State, at: Any = 40_000) -> State:
    """The state after a test buy was filled."""
    state, _, effects = through(state, command("test_trade", side="buy"))
    return through(state, filled(effects[0].order, at))[0]


def with_config(state: State, **changes: Any) -> State:
    return replace(state, config=replace(state.config, **changes))


class Scripted(Strategy):
    """Gives the signal that was written for a candle's number; raises where the script says `raise`."""

    def __init__(self, script: dict[int, str]) -> None:
        super().__init__(StrategyParams())
        self.script = script
        self.seen: list[int] = []

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        number = (candle.ts - T0) // MINUTE
        self.seen.append(number)
        word = self.script.get(number)
        if word == "raise":
            raise ZeroDivisionError("a strategy of one's own")
        if word not in ("enter", "exit"):
            return None
        return Signal(kind="enter" if word == "enter" else "exit", reason=f"{word} on {number}", candle_ts=candle.ts)


class FakeMarket:
    """Shows `items` once, then waits; an exception among them is raised in its place."""

    symbol = SYMBOL
    timeframe = "1m"

    def __init__(self, items: Sequence[Price | Candle | Exception] = (), history: Sequence[Candle] = ()) -> None:
        self.items = list(items)
        self.candles = list(history)
        self.asked_after: list[int | None] = []
        self.is_closed = False

    async def rules(self) -> MarketRules:
        return RULES

    async def history(self, limit: int, *, after_ts: int | None = None) -> list[Candle]:
        self.asked_after.append(after_ts)
        return [c for c in self.candles if after_ts is None or c.ts > after_ts][-limit:]

    async def stream(self) -> AsyncIterator[Price | Candle]:
        for item in self.items:
            if isinstance(item, Exception):
                raise item
            yield item
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.is_closed = True


class SlowToClose(FakeMarket):
    """Needs its time to let go of the line, as a real exchange's does."""

    async def close(self) -> None:
        await asyncio.sleep(0.05)
        await super().close()


class ClosedMarket(FakeMarket):
    """Never answers what it is asked."""

    async def rules(self) -> MarketRules:
        raise MarketError("The exchange does not answer: check the network.")


ENDED = MarketEnded("The file has shown its last candle: name another.")
