"""States with limits, and a small broker that fills what waits at the next price."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.core.engine import step
from bot.core.limits import RiskLimits
from bot.core.messages import Event, FeedOpened, Input, Notice, Order, SessionOpened, Signal
from bot.core.state import State, dump_account, load_account
from bot.events import Price
from tests.support.trading import CONFIG, MINUTE, RULES, T0, candle, filled, live_state, through


def limited(deposit: Any = 10_000, *, config: dict[str, Any] | None = None, **limits: Any) -> State:
    """A live state at 40,000 with these limits, with changes to the usual configuration."""
    risk = RiskLimits.model_validate(limits)
    return live_state(deposit, config=replace(CONFIG, risk=risk, **(config or {})))


def signal(kind: Any, number: int = 0) -> Signal:
    return Signal(kind=kind, reason="the rule", candle_ts=T0 + number * MINUTE)


def asked(state: State, number: int = 0, at: Any = 40_000) -> tuple[State, list[Event], list[Order]]:
    """After candle `number` closed at that price and the strategy wants to enter."""
    state, events, effects = through(state, candle(number, at), signal("enter", number))
    return state, events, [effect.order for effect in effects]


def entered(state: State, number: int = 0, at: Any = 40_000) -> State:
    """The state with a position that was bought at that price."""
    state, _, (order,) = asked(state, number, at)
    return through(state, filled(order, at))[0]


def refusal(events: list[Event]) -> str:
    """The sentence with which an entry was refused."""
    (notice,) = [event for event in events if isinstance(event, Notice) and event.title == "Entry skipped"]
    return notice.message


def alerts(events: list[Event]) -> list[tuple[str, str]]:
    """Level and title of what a person is alerted of."""
    return [(event.level, event.title) for event in events if isinstance(event, Notice)]


class Desk:
    """An engine with a broker, as small as they get: orders are filled whole at the next price."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.waiting: dict[str, Order] = {order.id: order for order in state.account.orders}
        self.placed: list[Order] = []
        self.events: list[Event] = []

    def take(self, message: Input) -> None:
        """Fills first, then the message."""
        if isinstance(message, Price):
            waiting, self.waiting = self.waiting, {}
            for order in waiting.values():
                self._step(replace(filled(order, message.price), ts=message.ts))
        self._step(message)

    def restart(self) -> None:
        """As after a kill: only the account is left; its orders go to the broker again, and the market answers."""
        account = load_account(dump_account(self.state.account))
        self.state = State(config=self.state.config, account=account)
        self.waiting = {order.id: order for order in account.orders}
        self._step(SessionOpened(run=account.run == "running"))
        self._step(FeedOpened(rules=RULES))

    def _step(self, message: Input) -> None:
        self.state, events, effects = step(self.state, message)
        self.events += events
        self.placed += [effect.order for effect in effects]
        self.waiting |= {effect.order.id: effect.order for effect in effects}
