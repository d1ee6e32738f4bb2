"""Positions that are bought in parts: a state that may hold four, and the signals that buy and sell them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.messages import Signal
from bot.core.state import State
from tests.support.trading import CONFIG, T0, candle, filled, live_state, price, through

PARTED = replace(CONFIG, stake_pct=Decimal(10), stop_loss_pct=None, take_profit_pct=None, max_parts=4)


def add(number: int, parts: int | None = None) -> Signal:
    return Signal(kind="enter", adds=True, parts=parts, reason=f"rule {number}", candle_ts=T0 + number * 60_000)


def leave(number: int, **fields: Any) -> Signal:
    return Signal(kind="exit", reason=f"rule {number}", candle_ts=T0 + number * 60_000, **fields)


def done(state: State, number: int, signal: Signal, at: Any = 40_000) -> State:
    """The state after candle `number` closed, the signal was acted on and its order was filled."""
    state, _, effects = through(state, price(at), candle(number, at), signal)
    (placed,) = effects
    return through(state, filled(placed.order, at))[0]


def held(parts: int, at: Any = 40_000) -> State:
    """So many parts, bought one after the other."""
    state = live_state(config=PARTED)
    for number in range(parts):
        state = done(state, number, add(number), at)
    return state
