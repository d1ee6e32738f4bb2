"""One message through broker and kernel: the order of things that the live bot and the backtest share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from bot.core.engine import Step
from bot.core.kernel import Kernel
from bot.core.market_rules import MarketRules
from bot.core.messages import Effect, Event, Input, Order, OrderFilled, OrderRejected
from bot.core.portfolio import Portfolio
from bot.events import Price


class Broker(Protocol):
    """Where orders go. What becomes of them comes back with a price."""

    def place(self, order: Order) -> None:
        """Take the order; the same id again changes nothing."""

    def on_price(self, price: Price, rules: MarketRules, portfolio: Portfolio) -> Iterator[OrderFilled | OrderRejected]:
        """What becomes of the orders it has."""


def advance(kernel: Kernel, broker: Broker, message: Input) -> Step:
    """Fills first, at the price that came, then what the engine makes of the price. Effects are the caller's to do."""
    events: tuple[Event, ...] = ()
    effects: tuple[Effect, ...] = ()
    rules = kernel.state.rules
    if isinstance(message, Price) and rules is not None:
        for answer in broker.on_price(message, rules, kernel.state.account.portfolio):
            _, more_events, more_effects = kernel.handle(answer)
            events, effects = (*events, *more_events), (*effects, *more_effects)
    state, more_events, more_effects = kernel.handle(message)
    return state, (*events, *more_events), (*effects, *more_effects)
