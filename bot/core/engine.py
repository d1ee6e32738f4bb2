"""The bot's mind: `step(state, message) -> state, events, effects`. Pure: same input, same output, nothing else.

The shell writes the new state down, then tells the events and does the effects (`bot/shell/runner.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from bot.core import kill_switch, orders, price_band, reconciliation, resting, risk, stop_order
from bot.core.commands import on_command
from bot.core.equity_limits import has_ended_entries
from bot.core.fills import on_canceled, on_filled, on_opened, on_rejected
from bot.core.frozen import replace
from bot.core.messages import (
    BalancesSeen,
    BrokerSaid,
    Command,
    FeedAged,
    FeedEnded,
    FeedFailed,
    FeedOpened,
    Input,
    MarketTimed,
    Notice,
    OrderCanceled,
    OrderFilled,
    OrderOpened,
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
from bot.core.wanted_exits import wanted_when_back
from bot.events import Candle, Price

CLOCK_WENT_BACK_CANDLES = 10
"""A market whose newest candle is this much older than one already seen has started again; its candles are new."""


def step(state: State, message: Input) -> Step:
    """One message through the engine."""
    after, events, effects = _HANDLERS[type(message)](state, message)
    if after.account.halted and not state.account.halted:
        after, recalled = resting.taken_back(after, resting.resting_decisions)
        effects = (*effects, *recalled)
    elif has_ended_entries(state, after):
        after, recalled = resting.entries_taken_back(after)
        effects = (*effects, *recalled)
    due = _due(after)
    if due is not None:
        after, more_events, more_effects = due(after)
        events, effects = (*events, *more_events), (*effects, *more_effects)
    if after.account.run == "stopping" and not orders.in_flight(after):
        after = with_account(after, run="stopped")
    if after.since is None or _says_else(state, after):
        after = replace(after, since=after.market_ts)
    return after, events, effects


def _due(state: State) -> Callable[[State], Step] | None:
    """What else there may be to do after any message: the account itself says that it is not finished."""
    if state.account.flattening:
        return kill_switch.flattened
    if state.account.wanted_exit is not None:
        return resting.exit_when_free
    may_rest = state.config.orders.stop_on_exchange and not state.account.sales_barred
    return stop_order.kept if may_rest else stop_order.withdrawn if state.account.orders else None


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
    after, recalled = resting.timed_out(after)
    after, events, effects = _protect(after, state)
    return after, (*told, *events), (*recalled, *effects)


def _protect(state: State, before: State) -> Step:
    """The sale that a price leads to; `before` is the state that it came to."""
    met = triggered(state, before) if state.feed == "live" else None  # a market that has gone takes no order
    if met is None:
        return state, (), ()
    after, recalled = resting.entries_taken_back(state, met.reason)
    amount = orders.sell_all_amount(after)
    after, effects = resting.sold(after, amount, met.reason, "protection", worst_price=met.price)
    return after, (Said(level="info", message=met.reason),), (*recalled, *effects)


def _on_candle(state: State, candle: Candle) -> Step:
    if not candle.closed or candle.ts <= (state.account.last_candle_ts or -1):
        return state, (), ()
    portfolio, statistics = state.account.portfolio, state.account.statistics
    if statistics.started_ts is None:
        statistics = replace(statistics, started_ts=candle.ts + state.config.candle_ms)
    account = replace(
        state.account,
        last_candle_ts=candle.ts,
        statistics=add_candle(
            statistics,
            portfolio.equity(candle.close),
            in_market=portfolio.lot is not None,
            candle_ms=state.config.candle_ms,
        ),
    )
    ts = max(state.market_ts or 0, candle.ts + state.config.candle_ms)
    return replace(state, account=account, market_ts=ts, price=state.price or candle.close), (), ()


def _on_signal(state: State, signal: Signal) -> Step:
    return _act(replace(state, signal=signal))


def _act(state: State) -> Step:
    """Do what the last signal says, at most once for a candle."""
    signal, account = state.signal, state.account
    if signal is None or account.run != "running" or account.halted:
        return state, (), ()
    if account.acted_candle_ts is not None and signal.candle_ts <= account.acted_candle_ts:
        return state, (), ()
    wanted = _exit if signal.kind == "exit" else _enter
    return wanted(state, signal)


def _enter(state: State, signal: Signal) -> Step:
    account, is_held = state.account, orders.holds_position(state)
    if (is_held and not signal.adds) or signal.candle_ts != account.last_candle_ts:
        return state, (), ()
    if orders.in_flight(state):
        return _left_out_in_flight(state, signal)
    if not reconciliation.is_compared(state):
        waits = "until the exchange's balances have been compared with the journal"
        return state, (Said(level="info", message=f"Buy signal waits {waits}: {signal.reason}"),), ()
    acted = with_account(state, acted_candle_ts=signal.candle_ts, parts=account.parts if is_held else 0)
    parts = min(signal.parts or 1, state.config.max_parts - acted.account.parts)
    if parts < 1:
        held = f"{account.parts} of {state.config.max_parts} parts are held"
        return acted, (Said(level="info", message=f"Buy signal left out, {held}: {signal.reason}"),), ()
    try:
        risk.check_agreement(acted)  # before a size is worked out of balances that are not known
        amount, reason = risk.allowed_entry(acted, orders.entry_amount(acted, parts), signal.reason, signal)
        after, effects = resting.bought(acted, amount, reason, parts=parts)
    except Refused as refusal:
        return acted, (Notice(level="warning", title="Entry skipped", message=str(refusal)),), ()
    return after, (Said(level="info", message=f"Buy signal: {reason}"),), effects


def _left_out_in_flight(state: State, signal: Signal) -> Step:
    """An entry that meets an order on its way is not made; one that would have added is over with that, and said."""
    if not signal.adds:
        return state, (), ()
    said = Said(level="info", message=f"Buy signal left out, an order is on its way: {signal.reason}")
    return with_account(state, acted_candle_ts=signal.candle_ts), (said,), ()


def _exit(state: State, signal: Signal) -> Step:
    held_parts = orders.undecided_parts(state)
    share = _share(signal, held_parts)
    state, recalled = resting.entries_taken_back(state, signal.reason if share == 1 else None)
    if state.account.portfolio.lot is None or orders.undecided_base(state) <= 0:
        return state, (), recalled
    acted = with_account(state, acted_candle_ts=signal.candle_ts)
    if acted.feed in ("starting", "error") or acted.price is None:
        after = wanted_when_back(acted, share, signal.reason)
        said = Said(level="info", message=f"Sell signal waits until the market is back: {signal.reason}")
        return after, (said,), recalled
    try:
        amount, whole = orders.exit_amount(acted, share), orders.exit_amount(acted, Fraction(1))
        parts = held_parts if amount == whole else int(held_parts * share)
        after, effects = resting.sold(acted, amount, signal.reason, "exit", parts=parts)
    except Refused as refusal:
        return acted, (Notice(level="warning", title="Exit skipped", message=str(refusal)),), recalled
    return after, (Said(level="info", message=f"Sell signal: {signal.reason}"),), (*recalled, *effects)


def _on_balances(state: State, seen: BalancesSeen) -> Step:
    """The comparison; the first one lets an entry go that had to wait for it, if its candle is still the newest."""
    after, events, effects = reconciliation.on_balances(state, seen)
    if reconciliation.is_compared(state) or not reconciliation.is_compared(after):
        return after, events, effects
    acting, more_events, more_effects = _act(after)
    return acting, (*events, *more_events), (*effects, *more_effects)


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
    """A session that does not trade begins as `stop_bot` ends one: what is in flight is finished, no entry rests."""
    after = replace(state, rules=state.rules or state.account.rules)
    if session.run:
        return with_account(after, run="running"), (), ()
    after, effects = resting.entries_taken_back(after)
    is_stopping = after.account.run != "stopped" and orders.in_flight(after)
    return with_account(after, run="stopping" if is_stopping else "stopped"), (), effects


def _on_feed_opened(state: State, opened: FeedOpened) -> Step:
    said = (Said(level="info", message="The market is back."),) if state.feed == "error" else ()
    after = replace(state, feed="live", message=None, rules=opened.rules)
    if opened.rules != state.account.rules:
        after = with_account(after, rules=opened.rules)
    seen, newest = state.account.last_candle_ts, opened.newest_candle_ts
    if seen is not None and newest is not None and newest < seen - CLOCK_WENT_BACK_CANDLES * state.config.candle_ms:
        after = risk.after_clock_went_back(with_account(after, last_candle_ts=None, acted_candle_ts=None))
    return after, said, ()


def _on_feed_aged(state: State, aged: FeedAged) -> Step:
    return replace(state, feed_age_ms=aged.age_ms), (), ()


def _on_market_timed(state: State, timed: MarketTimed) -> Step:
    told = "by the market's own times again" if timed.tells_age else "by when it comes: the market's times do not tell"
    said = Said(level="info", message=f"The age of the data is judged {told}.")
    return replace(state, times_tell_age=timed.tells_age), (said,), ()


def _on_feed_failed(state: State, failed: FeedFailed) -> Step:
    said = () if state.message == failed.message else (Said(level="error", message=failed.message),)
    return replace(state, feed="error", message=failed.message), said, ()


def _on_feed_ended(state: State, ended: FeedEnded) -> Step:
    return replace(state, feed="ended", message=ended.message), (Said(level="info", message=ended.message),), ()


def _on_strategy_failed(state: State, failed: StrategyFailed) -> Step:
    if state.account.run != "running":
        return state, (), ()
    after, effects = resting.entries_taken_back(state)
    after = with_account(after, run="stopping" if orders.in_flight(after) else "stopped")
    text = f"{failed.message}. Mend the strategy and start the bot again; protection stays active."
    notice = Notice(level="error", title="The strategy failed and was stopped", message=text)
    return after, (notice, Said(level="error", message=failed.traceback)), effects


def _on_broker_said(state: State, said: BrokerSaid) -> Step:
    if said.message == state.broker_message:
        return state, (), ()
    level: Literal["info", "warning"] = "info" if said.message is None else "warning"
    line = Said(level=level, message=said.message or "The exchange answers about the orders again.")
    return replace(state, broker_message=said.message), (line,), ()


_HANDLERS: dict[type[Any], Callable[[State, Any], Step]] = {
    Price: _on_price,
    Candle: _on_candle,
    Signal: _on_signal,
    Command: _on_person,
    OrderOpened: on_opened,
    OrderFilled: on_filled,
    OrderRejected: on_rejected,
    OrderCanceled: on_canceled,
    BalancesSeen: _on_balances,
    BrokerSaid: _on_broker_said,
    SessionOpened: _on_session,
    FeedOpened: _on_feed_opened,
    FeedAged: _on_feed_aged,
    MarketTimed: _on_market_timed,
    FeedFailed: _on_feed_failed,
    FeedEnded: _on_feed_ended,
    StrategyFailed: _on_strategy_failed,
}
