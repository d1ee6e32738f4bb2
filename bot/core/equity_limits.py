"""Limits on what the account is worth: the day's loss, and the fall under its peak. Measured at every price acted upon.

Equity is cash and position at the last price, so a loss counts whether it is realized or not, and fees count.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core.limits import is_fallen, raised_peak
from bot.core.messages import Event, Notice
from bot.core.portfolio import EXACT
from bot.core.state import State, with_account
from bot.core.statistics import DAY_MS, with_transfer
from bot.core.words import amount_text, digits_of, percent_text, price_text


def measured(state: State, fill_price: Decimal | None = None) -> tuple[State, tuple[Event, ...]]:
    """After a price or a fill: the day's start and the peak are kept, and what a limit does is done and told once.

    A fill is measured at its own price: the market has gone there, and the last price may be far from it.
    """
    limits = state.config.risk
    if limits.daily_loss_limit_pct is None and limits.max_drawdown_stop_pct is None:
        return state, ()
    if state.price is None or state.market_ts is None:
        return state, ()
    equity = state.account.portfolio.equity(fill_price or state.price)
    after, told = _measured_day(state, equity, state.market_ts // DAY_MS)
    after, told_too = _measured_peak(after, equity)
    return after, (*told, *told_too)


def _measured_day(state: State, equity: Decimal, day: int) -> tuple[State, tuple[Event, ...]]:
    limit_pct, record = state.config.risk.daily_loss_limit_pct, state.account.risk
    if limit_pct is None:
        return state, ()
    if record.day_start_equity is None or record.day is None or day > record.day:
        return _with_record(state, day=day, day_start_equity=equity, day_limit_equity=None), ()
    if day_refusal(state) is not None or not is_fallen(record.day_start_equity, equity, limit_pct):
        return state, ()
    after = _with_record(state, day_limit_equity=equity)
    return after, (Notice(level="warning", title="Daily loss limit", message=day_refusal(after) or ""),)


def has_ended_entries(before: State, after: State) -> bool:
    """Whether the day's loss limit was reached from the one to the other: an entry that rests would be a new one."""
    return after.account.risk.day_limit_equity is not None and before.account.risk.day_limit_equity is None


def day_refusal(state: State) -> str | None:
    """Why there are no entries for the rest of the UTC day, or None.

    What counts is the limit as it is set now: one that was raised over what the day has lost lets go of it.
    """
    limit_pct, record = state.config.risk.daily_loss_limit_pct, state.account.risk
    start, reached = record.day_start_equity, record.day_limit_equity
    if limit_pct is None or record.day is None or start is None or reached is None:
        return None
    if (state.market_ts or 0) // DAY_MS > record.day or not is_fallen(start, reached, limit_pct):
        return None
    return (
        f"The account fell by {_fall(start, reached)} since the UTC day began, from {money_text(state, start)} to"
        f" {money_text(state, reached)}, and daily_loss_limit_pct is {amount_text(limit_pct)}: no new entries until"
        " 00:00 UTC."
    )


def _measured_peak(state: State, equity: Decimal) -> tuple[State, tuple[Event, ...]]:
    limit_pct = state.config.risk.max_drawdown_stop_pct
    if limit_pct is None or state.account.halted:
        return state, ()
    peak = raised_peak(state.account.risk.peak_equity, equity, limit_pct)
    after = state if peak == state.account.risk.peak_equity else _with_record(state, peak_equity=peak)
    if not is_fallen(peak, equity, limit_pct):
        return after, ()
    reason = (
        f"Equity of {money_text(state, equity)} is {_fall(peak, equity)} under its peak of {money_text(state, peak)},"
        f" and max_drawdown_stop_pct is {amount_text(limit_pct)}: no entries until resume; protection stays active."
    )
    return with_account(after, halted=True, halt_reason=reason), (
        Notice(level="error", title="Halted by the drawdown stop", message=reason),
    )


def after_transfer(before: State, after: State) -> State:
    """The state after money came or went without a trade: what was remembered of the account's worth moves with it."""
    price, record = after.price, after.account.risk
    moved = EXACT.subtract(after.account.portfolio.equity(price), before.account.portfolio.equity(price))
    names = ("day_start_equity", "day_limit_equity", "peak_equity")
    known = {name: getattr(record, name) for name in names}
    shifted = {name: EXACT.add(value, moved) for name, value in known.items() if value is not None}
    return with_account(_with_record(after, **shifted), statistics=with_transfer(after.account.statistics, moved))


def _with_record(state: State, **changes: object) -> State:
    return with_account(state, risk=replace(state.account.risk, **changes))  # type: ignore[arg-type]


def _fall(start: Decimal, value: Decimal) -> str:
    return percent_text(EXACT.divide((start - value) * 100, start))


def money_text(state: State, value: Decimal) -> str:
    """`9,876.50 USDT`: with the decimals of the market's prices."""
    digits = digits_of(state.rules.price_step) if state.rules else 2
    return f"{price_text(value, digits)} {state.config.quote_currency}"
