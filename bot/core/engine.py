"""The bot's mind: `step(state, message) -> state, events, effects`. Pure: same input, same output, nothing else.

The shell writes the new state down, then tells the events and does the effects (`bot/shell/runner.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.core import kill_switch, orders, price_band, risk
from bot.core.commands import on_command
from bot.core.frozen import replace
from bot.core.messages import (
    Command,
    Effect,
    Event,
    FeedEnded,
    FeedFailed,
    FeedOpened,
    Input,
    Notice,
    Order,
    OrderClosed,
    OrderFilled,
    OrderRejected,
    Said,
    SessionOpened,
    Signal,
    StrategyFailed,
)
from bot.core.orders import Refused
from bot.core.portfolio import EXACT, Fill, Overdrawn, Portfolio, apply_fill, plain
from bot.core.protection import protection_prices, triggered
from bot.core.state import State, with_account
from bot.core.statistics import add_candle, add_equity, add_round_trip
from bot.events import Candle, Price, Trade

Step = tuple[State, tuple[Event, ...], tuple[Effect, ...]]

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


def _on_filled(state: State, filled: OrderFilled) -> Step:
    order = _open_order(state, filled.order_id)
    if order is None:
        said = Said(
            level="warning", message=f"A fill of {filled.order_id} came again or was never asked for; left out."
        )
        return state, (said,), ()
    fill = _fill(state, order, filled)
    try:
        portfolio, pnl = apply_fill(state.account.portfolio, fill, filled.ts)
    except Overdrawn as error:
        notice = Notice(level="error", title="A fill does not fit the account", message=f"{order.id}: {error}.")
        return (
            _without(state, order),
            (notice, OrderClosed(order_id=order.id, status="rejected", detail=str(error))),
            (),
        )
    after = _with_portfolio(_progressed(state, order, filled), portfolio, filled.price)
    after, told = risk.after_fill(state, after, filled.ts)
    closed = (OrderClosed(order_id=order.id, status="filled"),) if filled.done else ()
    return after, (_trade(state, order, filled, fill, pnl), *closed, *told), ()


def _fill(state: State, order: Order, filled: OrderFilled) -> Fill:
    return Fill(
        side=order.side,
        price=filled.price,
        amount=filled.amount,
        fee=filled.fee,
        fee_in_base=filled.fee_currency == state.config.base_currency,
    )


def _with_portfolio(state: State, portfolio: Portfolio, price: Decimal) -> State:
    """The state after a fill changed the account: what follows from it is worked out anew."""
    statistics = add_equity(state.account.statistics, portfolio.equity(price))
    if portfolio.lot is None:
        statistics = add_round_trip(statistics, portfolio.trip_pnl)
    stop_price, take_profit_price = protection_prices(state, portfolio.lot)
    return with_account(
        state,
        portfolio=portfolio,
        statistics=statistics,
        parts=state.account.parts if portfolio.lot else 0,
        stop_price=stop_price,
        take_profit_price=take_profit_price,
        exit_refused=False,
    )


def _trade(state: State, order: Order, filled: OrderFilled, fill: Fill, pnl: Decimal | None) -> Trade:
    return Trade(
        id=f"{order.id}-{order.fills + 1}",
        ts=filled.ts,
        symbol=state.config.symbol,
        side=order.side,
        price=filled.price,
        amount=filled.amount,
        cost=plain(fill.cost),
        fee=filled.fee,
        fee_currency=filled.fee_currency,
        pnl=None if pnl is None else plain(pnl),
        reason=order.reason,
        order_id=order.id,
        mode=state.config.mode,
    )


def _on_rejected(state: State, rejected: OrderRejected) -> Step:
    order = _open_order(state, rejected.order_id)
    if order is None:
        return state, (), ()
    notice = Notice(level="warning", title=f"Order to {order.side} refused", message=rejected.reason)
    after = _without(state, order)
    if order.side == "sell":
        after = with_account(after, exit_refused=True)
    elif order.filled > 0 and after.account.portfolio.lot:
        after = _with_parts_of(after, order)
    return after, (notice, OrderClosed(order_id=order.id, status="rejected", detail=rejected.reason)), ()


def _open_order(state: State, order_id: str) -> Order | None:
    return next((order for order in state.account.orders if order.id == order_id), None)


def _without(state: State, order: Order) -> State:
    return with_account(state, orders=tuple(other for other in state.account.orders if other.id != order.id))


def _progressed(state: State, order: Order, filled: OrderFilled) -> State:
    if filled.done:
        return _with_parts_of(_without(state, order), order)
    progressed = replace(order, filled=EXACT.add(order.filled, filled.amount), fills=order.fills + 1)
    return with_account(
        state, orders=tuple(progressed if other.id == order.id else other for other in state.account.orders)
    )


def _with_parts_of(state: State, order: Order) -> State:
    """The state once the order's parts are bought or sold; counted at its end, so its chunks make no difference."""
    change = order.parts if order.side == "buy" else -order.parts
    return with_account(state, parts=max(state.account.parts + change, 0))


def _on_session(state: State, session: SessionOpened) -> Step:
    return with_account(state, run="running" if session.run else "stopped"), (), ()


def _on_feed_opened(state: State, opened: FeedOpened) -> Step:
    said = (Said(level="info", message="The market is back."),) if state.feed == "error" else ()
    after = replace(state, feed="live", message=None, rules=opened.rules)
    seen, newest = state.account.last_candle_ts, opened.newest_candle_ts
    if seen is not None and newest is not None and newest < seen - CLOCK_WENT_BACK_CANDLES * state.config.candle_ms:
        after = risk.after_clock_went_back(with_account(after, last_candle_ts=None, acted_candle_ts=None))
    return after, said, ()


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
    OrderFilled: _on_filled,
    OrderRejected: _on_rejected,
    SessionOpened: _on_session,
    FeedOpened: _on_feed_opened,
    FeedFailed: _on_feed_failed,
    FeedEnded: _on_feed_ended,
    StrategyFailed: _on_strategy_failed,
}
