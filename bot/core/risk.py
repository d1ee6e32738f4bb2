"""Keeps to the limits of `TAPEDECK_RISK`: the one door through which the engine asks them.

Every refusal, alert and message is one sentence with its values: which limit, what it is, by how much. Exits are never
refused. A limit that is not set costs nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from bot.core import reconciliation
from bot.core.cooldown import cooldown_refusal, counted
from bot.core.equity_limits import day_refusal, measured
from bot.core.messages import Event, Signal
from bot.core.orders import Refused
from bot.core.price_band import band_refusal
from bot.core.protection import trailed
from bot.core.sizing import capped, check_can_be_sold
from bot.core.state import State, with_account


def after_price(state: State) -> tuple[State, tuple[Event, ...]]:
    """After a price that is acted upon: the trailing stop follows, the limits on equity are measured."""
    return measured(trailed(state))


def after_fill(before: State, after: State, price: Decimal, ts: int) -> tuple[State, tuple[Event, ...]]:
    """After a fill at `price` and `ts` that led from `before` to `after`: a round trip that ended is counted."""
    told: tuple[Event, ...] = ()
    if before.account.portfolio.lot is not None and after.account.portfolio.lot is None:
        record = replace(after.account.risk, highest_bid=None, trailing_stop=None)
        if record != after.account.risk:
            after = with_account(after, risk=record)
        after, told = counted(after, after.account.portfolio.trip_pnl, ts)
    after, told_too = measured(after, price)
    return after, (*told, *told_too)


def after_resume(state: State) -> State:
    """The next price is the first peak of a bot that was halted, so that the drawdown stop does not halt it again at
    once. A resume that only settles a difference is no new beginning."""
    if not state.account.halted:
        return state
    return with_account(state, halt_reason=None, risk=replace(state.account.risk, peak_equity=None))


def after_clock_went_back(state: State) -> State:
    """A market that began again: what was remembered by its time has no meaning any more."""
    fresh = replace(state.account.risk, day=None, day_start_equity=None, day_limit_equity=None, cooldown_until_ts=None)
    return with_account(state, risk=fresh)


def allowed_entry(state: State, amount: Decimal, reason: str, signal: Signal | None) -> tuple[Decimal, str]:
    """How much of `amount` may be bought, and the reason with what cut it. Raises `Refused`.

    `signal` is what decided the entry; None for one that a person asked for.
    """
    check_agreement(state)
    amount, reason = _within_limits(state, amount, reason, signal)
    if signal is not None:
        check_can_be_sold(state, amount)
    return amount, reason


def allowed_rest(state: State, amount: Decimal, reason: str) -> tuple[Decimal, str]:
    """The same for what is left of an entry that rested, which a restart must not end: it needs no first comparison.

    It was decided after one, and a difference that was found since then is in the account. Raises `Refused`.
    """
    if state.account.difference is not None:
        raise Refused(state.account.difference)
    return _within_limits(state, amount, reason, None)


def check_agreement(state: State) -> None:
    """Raises `Refused` for an account on an exchange whose balances are not known, or differ from the journal's."""
    refusal = reconciliation.entry_refusal(state)
    if refusal is not None:
        raise Refused(refusal)


def _within_limits(state: State, amount: Decimal, reason: str, signal: Signal | None) -> tuple[Decimal, str]:
    """Raises `Refused` with the first limit that forbids any entry now."""
    refusal = next((refusal for refusal in _refusals(state, signal) if refusal is not None), None)
    if refusal is not None:
        raise Refused(refusal)
    return capped(state, amount, reason)


def _refusals(state: State, signal: Signal | None) -> Iterator[str | None]:
    yield day_refusal(state)
    yield cooldown_refusal(state, _decided_ts(state, signal))
    yield _orders_refusal(state)
    yield band_refusal(state)
    yield _age_refusal(state, signal)


def standing_message(state: State) -> str | None:
    """What a status says of the limits: why the bot halted itself, or why there are no entries for a while.

    It is made of what was written down when the limit was reached, so it does not change with the prices.
    """
    if state.account.halted:
        return state.account.halt_reason or state.account.difference
    if state.account.difference is not None:
        return state.account.difference
    return day_refusal(state) or cooldown_refusal(state, state.market_ts or 0)


def _decided_ts(state: State, signal: Signal | None) -> int:
    """When the candle of a signal closed; for what a person asks for, the market's time."""
    return (state.market_ts or 0) if signal is None else signal.candle_ts + state.config.candle_ms


def _orders_refusal(state: State) -> str | None:
    most, count = state.config.risk.max_open_orders, sum(order.type != "stop" for order in state.account.orders)
    if most is None or count < most:
        return None
    return f"{count} orders are on their way and max_open_orders is {most}: no new entry before one of them is done."


def _age_refusal(state: State, signal: Signal | None) -> str | None:
    """The core has no clock, so ages are those between the market's own times, where these tell one, and what the
    shell told."""
    most_ms = state.config.risk.max_feed_age_ms
    if most_ms is None:
        return None
    if state.price_ts is None:
        return f"No price has come since the start and max_feed_age_ms is {most_ms}: no entry before the first one."
    decided_ts = state.price_ts if signal is None else _decided_ts(state, signal)
    ages = [("The market has been silent for", state.feed_age_ms or 0)]
    if state.times_tell_age:
        ages += [
            ("The newest price is older than the signal's candle by", decided_ts - state.price_ts),
            ("The signal's candle had closed before the newest price by", state.price_ts - decided_ts),
        ]
    what, age_ms = max(ages, key=lambda age: age[1])
    return f"{what} {age_ms} ms and max_feed_age_ms is {most_ms}: no entry on old data." if age_ms > most_ms else None
