"""What a step leaves for ever: an event for each decision, order, fill, refusal, notice, command and change of state.

A price or a candle by itself leaves none. A session's first event says what the account was; from there on the fills
and orders alone give its cash, base, fees and open orders to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, Literal

from bot.core.messages import (
    CancelOrder,
    Command,
    CommandDone,
    Effect,
    Event,
    Input,
    Notice,
    Order,
    OrderClosed,
    PlaceOrder,
    SessionOpened,
)
from bot.core.order_ids import client_order_id
from bot.core.portfolio import EXACT, ZERO, Portfolio
from bot.core.state import Account, State, Step
from bot.events import Trade, to_wire

EventType = Literal[
    "session_opened",
    "command",
    "decision",
    "fill",
    "order_closed",
    "notice",
    "state_changed",
    "limit_hit",
    "order_placed",
    "order_opened",
    "cancel_requested",
    "balances_taken_over",
]
Fact = tuple[EventType, dict[str, Any], str | None]
"""Type, data, and the order that it is about."""

_OF_EVENTS: dict[type[Event], EventType] = {Trade: "fill", OrderClosed: "order_closed", Notice: "notice"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """One thing that happened, written down at `ts` (wall clock, ms); `data` is JSON-ready, decimals as strings.

    `order_id` names the order that it is about, where it is about one: an order's life is found by it.
    """

    ts: int
    type: EventType
    data: dict[str, Any]
    order_id: str | None = None


def journal_events(before: State, message: Input | None, result: Step, *, ts: int) -> list[JournalEvent]:
    """What happened in the step from `before` to `result`, in order; `message` is what caused it, where one did."""
    after, events, effects = result
    facts = chain(
        _asked(before.account, message, events),
        _decided(before, after, effects),
        _opened(before.account, after.account),
        _came_about(events),
        _changed(before, after, events),
        _sent(effects),
    )
    return [JournalEvent(ts=ts, type=name, data=data, order_id=order_id) for name, data, order_id in facts]


def _asked(account: Account, message: Input | None, events: Sequence[Event]) -> Iterator[Fact]:
    if isinstance(message, SessionOpened):
        yield "session_opened", {"trade": message.run, **_stated(account)}, None
    elif isinstance(message, Command):
        done = next(event for event in events if isinstance(event, CommandDone))
        data = {**_command(message), "ok": done.ok, "data": done.data, "error": done.error}
        yield "command", data, done.data.get("order_id")


def _command(command: Command) -> dict[str, Any]:
    """With the change of strategy where it is one."""
    asked = to_wire(command)
    return asked if command.change is not None else {name: value for name, value in asked.items() if name != "change"}


def _stated(account: Account) -> dict[str, Any]:
    portfolio = account.portfolio
    return {
        "run": account.run,
        "halted": account.halted,
        "deposit": format(portfolio.deposit, "f"),
        "cash": format(portfolio.cash, "f"),
        "base": format(portfolio.base, "f"),
        "fees_paid": format(portfolio.fees_paid, "f"),
        "orders": [to_wire(order) for order in account.orders],
    }


def _decided(before: State, after: State, effects: Sequence[Effect]) -> Iterator[Fact]:
    acted, signal = after.account.acted_candle_ts, after.signal
    if signal is not None and acted == signal.candle_ts and acted != before.account.acted_candle_ts:
        placed = (effect.order for effect in effects if isinstance(effect, PlaceOrder))
        yield "decision", to_wire(signal), next((order.id for order in placed if order.reason == signal.reason), None)


def _opened(before: Account, after: Account) -> Iterator[Fact]:
    for order in newly_opened(before.orders, after.orders):
        yield "order_opened", {"order_id": order.id, "exchange_order_id": order.exchange_order_id}, order.id


def newly_opened(before: Sequence[Order], after: Sequence[Order]) -> list[Order]:
    """The orders that a broker has taken since, by whichever message it was told."""
    if after is before:
        return []
    known = {order.id: order for order in before}
    return [order for order in after if order.id in known and _is_newly_open(known[order.id], order)]


def _is_newly_open(before: Order, after: Order) -> bool:
    named = before.exchange_order_id != after.exchange_order_id
    return named or (before.status == "sent" and after.status == "open")


def _came_about(events: Sequence[Event]) -> Iterator[Fact]:
    for event in events:
        name = _OF_EVENTS.get(type(event))
        if name is not None:
            yield name, to_wire(event), getattr(event, "order_id", None)


def _changed(state: State, next_state: State, events: Sequence[Event]) -> Iterator[Fact]:
    before, after = state.account, next_state.account
    if (after.run, after.halted) != (before.run, before.halted):
        yield "state_changed", {"run": after.run, "halted": after.halted}, None
    trades = [event for event in events if isinstance(event, Trade)]
    if _figures(after) != _figures(before) and not _are_told(before, after, trades, state.config.base_currency):
        yield "balances_taken_over", {**_stated(after), "base_elsewhere": format(after.base_elsewhere, "f")}, None


def _are_told(before: Account, after: Account, trades: Sequence[Trade], base_currency: str) -> bool:
    """Whether the trades alone say what became of the base: not where a fee was paid with somebody else's."""
    base = before.portfolio.base
    for trade in trades:
        fee = trade.fee if trade.fee is not None and trade.fee_currency == base_currency else ZERO
        moved = trade.amount if trade.side == "buy" else trade.amount.copy_negate()
        base = EXACT.add(base, EXACT.subtract(moved, fee))
    return bool(trades) and base == after.portfolio.base


def _figures(account: Account) -> tuple[Portfolio, Decimal]:
    """What without a trade only a look at the exchange changes, or a person who takes its figures over, and with one
    a fee that was paid with base beside the account's."""
    return account.portfolio, account.base_elsewhere


def _sent(effects: Sequence[Effect]) -> Iterator[Fact]:
    for effect in effects:
        if isinstance(effect, CancelOrder):
            yield "cancel_requested", {"order_id": effect.order.id}, effect.order.id
            continue
        order = effect.order
        if order.purpose == "protection":
            yield "limit_hit", {"reason": order.reason, "order_id": order.id}, order.id
        yield "order_placed", {**to_wire(order), "client_order_id": client_order_id(order.id)}, order.id
