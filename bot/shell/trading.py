"""One message through broker and kernel: the order of things that the live bot and the backtest share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.core.kernel import Kernel
from bot.core.market_rules import MarketRules
from bot.core.messages import Input, Order, OrderFilled, OrderRejected
from bot.core.portfolio import Portfolio
from bot.core.state import Step
from bot.events import Price


class Broker(Protocol):
    """Where orders go. What becomes of them comes back with a price."""

    def place(self, order: Order) -> None:
        """Take the order; the same id again changes nothing."""

    def on_price(self, price: Price, rules: MarketRules, portfolio: Portfolio) -> Iterator[OrderFilled | OrderRejected]:
        """What becomes of the orders it has."""


def advance(kernel: Kernel, broker: Broker, message: Input, *, feed_age_ms: int | None = None) -> Step:
    """Fills first, at the price that came, then what the engine makes of the price. Effects are the caller's to do.

    `feed_age_ms` is how long ago the newest price had come when the message is acted on; None where there is no clock.
    """
    rules = kernel.state.rules
    if not isinstance(message, Price) or rules is None:
        return kernel.handle(message, feed_age_ms=feed_age_ms)
    answers = broker.on_price(message, rules, kernel.state.account.portfolio)
    filled = [kernel.handle(answer) for answer in answers]
    result = kernel.handle(message)
    return _joined([*filled, result]) if filled else result


def _joined(steps: Sequence[Step]) -> Step:
    """The steps as one: the last state, and all that was to be told and done, in order."""
    events = tuple(event for _, told, _ in steps for event in told)
    effects = tuple(effect for _, _, to_do in steps for effect in to_do)
    return steps[-1][0], events, effects
