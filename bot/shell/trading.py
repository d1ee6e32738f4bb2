"""One message through broker and kernel: the order of things that the live bot and the backtest share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.core.kernel import Kernel
from bot.core.market_rules import MarketRules
from bot.core.messages import (
    Effect,
    Input,
    Order,
    OrderCanceled,
    OrderFilled,
    OrderOpened,
    OrderRejected,
    PlaceOrder,
)
from bot.core.portfolio import Portfolio
from bot.core.state import Step
from bot.events import Candle, Price

Answer = OrderOpened | OrderFilled | OrderRejected | OrderCanceled


class Broker(Protocol):
    """Where orders go, when they are written down. What becomes of them comes back as messages, later."""

    def place(self, order: Order) -> None:
        """Take the order; the same id again changes nothing."""

    def cancel(self, order: Order) -> None:
        """Take back what is left of it; its end is told as of any other order."""

    def take_up(self, order: Order) -> None:
        """An order of an earlier session, which may have been sent or not: find out, and tell what became of it."""

    def on_candle(self, candle: Candle) -> None:
        """A closed candle, for a broker that works by what the market trades."""

    def on_price(self, price: Price, rules: MarketRules, portfolio: Portfolio) -> Iterator[Answer]:
        """What becomes of the orders at this price, from a broker that works by the prices it is shown."""


def carry_out(broker: Broker, effect: Effect) -> None:
    """Do what the engine decided. The caller has written it down."""
    if isinstance(effect, PlaceOrder):
        broker.place(effect.order)
    else:
        broker.cancel(effect.order)


def advance(kernel: Kernel, broker: Broker, message: Input, *, feed_age_ms: int | None = None) -> Step:
    """Fills first, at the price that came, then what the engine makes of the price. Effects are the caller's to do.

    `feed_age_ms` is how long ago the newest price had come when the message is acted on; None where there is no clock.
    """
    rules = kernel.state.rules
    if not isinstance(message, Price) or rules is None:
        if isinstance(message, Candle) and message.closed:
            broker.on_candle(message)
        return kernel.handle(message, feed_age_ms=feed_age_ms)
    answers = broker.on_price(message, rules, kernel.state.account.portfolio)
    filled = [kernel.handle(answer) for answer in answers]
    result = kernel.handle(message)
    return _joined([*filled, result]) if filled else result


def open_feed(
    kernel: Kernel,
    broker: Broker,
    rules: MarketRules,
    history: Sequence[Candle],
    *,
    feed_age_ms: int | None = None,
) -> Step:
    """The market answered; the broker knows its last candle, as it would had it seen it close."""
    if history:
        broker.on_candle(history[-1])
    return kernel.open_feed(rules, history, feed_age_ms=feed_age_ms)


def _joined(steps: Sequence[Step]) -> Step:
    """The steps as one: the last state, and all that was to be told and done, in order."""
    events = tuple(event for _, told, _ in steps for event in told)
    effects = tuple(effect for _, _, to_do in steps for effect in to_do)
    return steps[-1][0], events, effects
