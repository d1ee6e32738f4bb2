"""The bot's mind: `step(state, message) -> state, events, effects`. Pure: same input, same output, nothing else.

The shell writes the new state down, then tells the events and does the effects (`bot/shell/runner.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from bot.core import kill_switch, orders, price_band, risk
from bot.core.commands import on_command
from bot.core.fills import on_filled, on_rejected
from bot.core.frozen import replace
from bot.core.messages import (
    Command,
    FeedAged,
    FeedEnded,
    FeedFailed,
    FeedOpened,
    Input,
    Notice,
    OrderFilled,
    OrderRejected,
    Said,
    SessionOpened,
    Signal,
    StrategyFailed,
)
from bot.core.orders import Refused
from bot.core.protection import triggered
from bot.core.state import State, Step, with_account
from bot.core.statistics import add_candle
from bot.events import Candle, Price

CLOCK_WENT_BACK_CANDLES = 10
"""A market whose newest candle is this much older than one already seen has started again; its candles are new."""


def step(state: State, message: Input) -> Step:
    """One message through the engine."""
    after, events, effects = _HANDLERS[type(message)](state, message)
    if after.account.flattening:
        after, more_events, more_effects = kill_switch.flattened(after)
        events, effects = (*events, *more_events), (*effects, *more_effects)
    if after.account.run == "stopping" and not after.account.orders:
        after = with_account(after, run="stopped")
    if after.since is None or _says_else(state, after):
        after = replace(after, since=after.market_ts)
    return after, events, effects


def _says_else(before: State, after: State) -> bool:
    """Whether the word for what the bot is doing changed; most messages leave both of what it is made of."""
    same = after.account is before.account and after.feed == before.feed
    return not same and after.wire_state != before.wire_state


def _on_price(state: State, price: Price) -> Step:
    held_back = price_band.held_back(state, price)
    if held_back is not None:
        return *held_back, ()
    after = replace(
        state,
        price=price.price,
        bid=price.bid,
        ask=price.ask,
        market_ts=price.ts,
        price_ts=price.ts,
        feed_age_ms=None,
        wild_price=None,
    )
    if after.account.statistics.started_ts is None:
        after = with_account(after, statistics=replace(after.account.statistics, started_ts=price.ts))
    after, told = risk.after_price(after)
    after, events, effects = _protect(after)
    return after, (*told, *events), effects


def _protect(state: State) -> Step:
    reason = triggered(state) if state.feed == "live" else None  # a market that has gone takes no order
    if reason is None:
        return state, (), ()
    after, effect = orders.order_of(
        state, "sell", orders.sell_all_amount(state), reason, "protection", worst_price=state.bid_price
    )
    return after, (Said(level="info", message=reason),), (effect,)


def _on_candle(state: State, candle: Candle) -> Step:
    if not candle.closed or candle.ts <= (state.account.last_candle_ts or -1):
        return state, (), ()
    portfolio, statistics = state.account.portfolio, state.account.statistics
    if statistics.started_ts is None:
        statistics = replace(statistics, started_ts=candle.ts + state.config.candle_ms)
    account = replace(
        state.account,
        last_candle_ts=candle.ts,
        exit_refused=False,
        statistics=add_candle(statistics, portfolio.equity(candle.close), in_market=portfolio.lot is not None),
    )
    ts = max(state.market_ts or 0, candle.ts + state.config.candle_ms)
    return replace(state, account=account, market_ts=ts, price=state.price or candle.close), (), ()


def _on_signal(state: State, signal: Signal) -> Step:
    return _act(replace(state, signal=signal))


def _act(state: State) -> Step:
    """Do what the last signal says, at most once for a candle."""
    signal, account = state.signal, state.account
    if signal is None or account.run != "running" or account.halted or account.acted_candle_ts == signal.candle_ts:
        return state, (), ()
    wanted = _exit if signal.kind == "exit" else _enter
    return wanted(state, signal)


def _enter(state: State, signal: Signal) -> Step:
    account = state.account
    is_held = account.portfolio.lot is not None
    if (is_held and not signal.adds) or account.orders or signal.candle_ts != account.last_candle_ts:
        return state, (), ()
    acted = with_account(state, acted_candle_ts=signal.candle_ts)
    parts = min(signal.parts or 1, state.config.max_parts - account.parts)
    if parts < 1:
        held = f"{account.parts} of {state.config.max_parts} parts are held"
        return acted, (Said(level="info", message=f"Buy signal left out, {held}: {signal.reason}"),), ()
    try:
        amount, reason = risk.allowed_entry(acted, orders.entry_amount(acted, parts), signal.reason, signal)
    except Refused as refusal:
        return acted, (Notice(level="warning", title="Entry skipped", message=str(refusal)),), ()
    after, effect = orders.order_of(acted, "buy", amount, reason, "entry", parts=parts)
    return after, (Said(level="info", message=f"Buy signal: {reason}"),), (effect,)


def _exit(state: State, signal: Signal) -> Step:
    if orders.free_base(state) <= 0:
        return state, (), ()
    acted, held_parts = with_account(state, acted_candle_ts=signal.candle_ts), state.account.parts
    share = _share(signal, held_parts)
    try:
        amount = orders.exit_amount(acted, share)
        parts = held_parts if amount == orders.sell_all_amount(acted) else int(held_parts * share)
    except Refused as refusal:
        return acted, (Notice(level="warning", title="Exit skipped", message=str(refusal)),), ()
    after, effect = orders.order_of(acted, "sell", amount, signal.reason, "exit", parts=parts)
    return after, (Said(level="info", message=f"Sell signal: {signal.reason}"),), (effect,)


def _share(signal: Signal, held_parts: int) -> Fraction:
    """What an exit sells of the position; a fraction, for a third of 0.9 is 0.3."""
    if signal.parts is None:
        return Fraction(signal.share)
    return Fraction(1) if signal.parts >= held_parts else Fraction(signal.parts, held_parts)


def _on_person(state: State, command: Command) -> Step:
    after, events, effects = on_command(replace(state, feed_age_ms=command.feed_age_ms), command)
    fresh = after.signal is not None and after.signal.candle_ts == after.account.last_candle_ts
    if command.name not in ("start_bot", "resume") or not fresh:
        return after, events, effects
    acting, more_events, more_effects = _act(after)
    return acting, (*events, *more_events), (*effects, *more_effects)


def _on_session(state: State, session: SessionOpened) -> Step:
    return with_account(state, run="running" if session.run else "stopped"), (), ()


def _on_feed_opened(state: State, opened: FeedOpened) -> Step:
    said = (Said(level="info", message="The market is back."),) if state.feed == "error" else ()
    after = replace(state, feed="live", message=None, rules=opened.rules)
    seen, newest = state.account.last_candle_ts, opened.newest_candle_ts
    if seen is not None and newest is not None and newest < seen - CLOCK_WENT_BACK_CANDLES * state.config.candle_ms:
        after = risk.after_clock_went_back(with_account(after, last_candle_ts=None, acted_candle_ts=None))
    return after, said, ()


def _on_feed_aged(state: State, aged: FeedAged) -> Step:
    return replace(state, feed_age_ms=aged.age_ms), (), ()


def _on_feed_failed(state: State, failed: FeedFailed) -> Step:
    said = () if state.message == failed.message else (Said(level="error", message=failed.message),)
    return replace(state, feed="error", message=failed.message), said, ()


def _on_feed_ended(state: State, ended: FeedEnded) -> Step:
    return replace(state, feed="ended", message=ended.message), (Said(level="info", message=ended.message),), ()


def _on_strategy_failed(state: State, failed: StrategyFailed) -> Step:
    if state.account.run != "running":
        return state, (), ()
    after = with_account(state, run="stopping" if state.account.orders else "stopped")
    text = f"{failed.message}. Mend the strategy and start the bot again; protection stays active."
    notice = Notice(level="error", title="The strategy failed and was stopped", message=text)
    return after, (notice, Said(level="error", message=failed.traceback)), ()


_HANDLERS: dict[type[Any], Callable[[State, Any], Step]] = {
    Price: _on_price,
    Candle: _on_candle,
    Signal: _on_signal,
    Command: _on_person,
    OrderFilled: on_filled,
    OrderRejected: on_rejected,
    SessionOpened: _on_session,
    FeedOpened: _on_feed_opened,
    FeedAged: _on_feed_aged,
    FeedFailed: _on_feed_failed,
    FeedEnded: _on_feed_ended,
    StrategyFailed: _on_strategy_failed,
}
