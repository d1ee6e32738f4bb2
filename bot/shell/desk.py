"""Where a message becomes a fact: engine step, one journal transaction, and only then the orders go out. No asyncio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.core.commands import InvalidCommand, parse_command, parse_strategy
from bot.core.journal_events import journal_events, newly_opened
from bot.core.kernel import Kernel
from bot.core.market_rules import MarketRules
from bot.core.messages import (
    Command,
    CommandDone,
    CommandName,
    Event,
    Input,
    Notice,
    OrderClosed,
    PlaceOrder,
    SessionOpened,
)
from bot.core.state import State, Step
from bot.core.strategies import Strategy
from bot.core.view import status, status_key
from bot.events import Alert, Candle, Status, Trade
from bot.shell.journal import Answer, Journal, Record
from bot.shell.strategy_shelf import NotNow, StrategyShelf, Trading
from bot.shell.trading import Broker, advance, carry_out, open_feed

STRATEGY_COMMANDS: tuple[CommandName, ...] = ("check_strategy", "set_strategy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What a status says of the bot's settings."""

    exchange: str
    timeframe: str
    strategy: str
    params: Mapping[str, Any] = field(default_factory=dict)
    """The strategy's, whole and JSON-ready; no status has them, a change of strategy shows them."""


class Desk:
    """Kernel, broker and journal of one bot. Every method returns after its step is on disk; raises `JournalError`."""

    def __init__(
        self,
        kernel: Kernel,
        broker: Broker,
        journal: Journal,
        face: Face,
        *,
        wall_ms: Callable[[], int],
        new_id: Callable[[], str],
        shelf: StrategyShelf | None = None,
    ) -> None:
        """Without a `shelf` the strategy stays the one that the kernel has."""
        self._kernel = kernel
        self._broker = broker
        self._journal = journal
        self._face = face
        self._wall_ms = wall_ms
        self._new_id = new_id
        self._shelf = shelf
        self.on_outbox: Callable[[], None] = lambda: None
        """Called when the outbox has something new for the relay."""

    @property
    def state(self) -> State:
        """The newest state."""
        return self._kernel.state

    @property
    def strategy(self) -> Strategy:
        """The one that decides now."""
        return self._kernel.strategy

    def open_session(self, *, run: bool) -> tuple[Event, ...]:
        """Trade or not, and take up the orders that were on their way when the last session ended."""
        events = self.handle(SessionOpened(run=run))
        for order in self.state.account.orders:
            self._broker.take_up(order)
        return events

    def handle(self, message: Input, *, feed_age_ms: int | None = None) -> tuple[Event, ...]:
        """The message through broker and engine; its events are to be told.

        `feed_age_ms` is how long ago the newest price came; None where the market's own times say all.
        """
        before = self.state
        return self._settle(before, message, advance(self._kernel, self._broker, message, feed_age_ms=feed_age_ms))

    def open_feed(
        self, rules: MarketRules, history: Sequence[Candle], *, feed_age_ms: int | None = None
    ) -> tuple[Event, ...]:
        """The market answered; `feed_age_ms` as in `handle`."""
        before = self.state
        opened = open_feed(self._kernel, self._broker, rules, history, feed_age_ms=feed_age_ms)
        return self._settle(before, None, opened)

    def command(
        self,
        command_id: object,
        name: object,
        args: object,
        *,
        feed_age_ms: int | None = None,
        history: Sequence[Candle] = (),
    ) -> tuple[dict[str, Any], tuple[Event, ...]]:
        """Do a person's command once: the same id again gets the first answer and nothing happens.

        `feed_age_ms` is how long the market has been silent, for the limit on old data; `history` the closed candles,
        oldest first, that a new strategy is to know.
        """
        try:
            command = replace(parse_command(command_id, name, args), feed_age_ms=feed_age_ms)
        except InvalidCommand as error:
            return {"ok": False, "error": str(error)}, ()
        known = self._journal.answer_of(command.id)
        if known is not None:
            return known, ()
        try:
            events = self._done(command, args, history)
        except (InvalidCommand, NotNow) as error:
            return {"ok": False, "error": str(error)}, ()
        return next(answer_body(event) for event in events if isinstance(event, CommandDone)), events

    def _done(self, command: Command, args: object, history: Sequence[Candle]) -> tuple[Event, ...]:
        if command.name not in STRATEGY_COMMANDS or self._shelf is None:
            return self.handle(command)
        face, before = self._face, self.state
        asked = parse_strategy(command.name, args)
        trading = Trading(strategy=face.strategy, params=face.params)
        strategy, change = self._shelf.take(*asked, trading, history)
        command = replace(command, change=change)
        result = self._kernel.change_strategy(command, strategy, history[-1].ts if history else None)
        if self.state.account.chosen is not before.account.chosen:
            self._face = replace(face, strategy=change.strategy, params=change.params)
        return self._settle(before, command, result)

    def say_status(self, feed_age_ms: int | None) -> None:
        """Put the status as it is now into the outbox, for a relay that has just come."""
        self._write(Record(messages=[self._status(self.state, feed_age_ms)]))

    def _settle(self, before: State, message: Input | None, result: Step) -> tuple[Event, ...]:
        state, events, effects = result
        record = Record(
            account=state.account if state.account is not before.account else None,
            events=journal_events(before, message, result, ts=self._wall_ms()),
            placed=[effect.order for effect in effects if isinstance(effect, PlaceOrder)],
            opened=newly_opened(before.account.orders, state.account.orders),
            closed=[event for event in events if isinstance(event, OrderClosed)],
            answers=[
                Answer(event.id, self._wall_ms(), answer_body(event))
                for event in events
                if isinstance(event, CommandDone)
            ],
            messages=[event for event in events if isinstance(event, Trade)],
        )
        record.messages += [self._alert(event) for event in events if isinstance(event, Notice)]
        if status_key(state) != status_key(before):
            record.messages.append(self._status(state, None))
        self._write(record)
        for effect in effects:
            carry_out(self._broker, effect)
        return events

    def _write(self, record: Record) -> None:
        self._journal.write(record)
        if record.messages:
            self.on_outbox()

    def _alert(self, notice: Notice) -> Alert:
        return Alert(
            id=self._new_id(), ts=self._wall_ms(), level=notice.level, title=notice.title, message=notice.message
        )

    def _status(self, state: State, feed_age_ms: int | None) -> Status:
        face = self._face
        return status(
            state,
            status_id=self._new_id(),
            exchange=face.exchange,
            timeframe=face.timeframe,
            strategy=face.strategy,
            feed_age_ms=feed_age_ms,
        )


def answer_body(done: CommandDone) -> dict[str, Any]:
    """The outcome as the relay gets it."""
    return {"ok": True, "data": done.data} if done.ok else {"ok": False, "error": done.error}
