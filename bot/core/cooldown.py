"""After `cooldown_losses` losing round trips in a row there are no entries for `cooldown_candles` candles."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core.messages import Event, Notice
from bot.core.state import State, with_account


def counted(state: State, trip_pnl: Decimal, ts: int) -> tuple[State, tuple[Event, ...]]:
    """After a round trip ended at `ts` with that P&L. A cooldown that begins starts the count anew."""
    limits, record = state.config.risk, state.account.risk
    if limits.cooldown_losses is None or limits.cooldown_candles is None:
        return state, ()
    losing_run = record.losing_run + 1 if trip_pnl < 0 else 0
    if losing_run < limits.cooldown_losses:
        return _with(state, losing_run=losing_run), ()
    after = _with(state, losing_run=0, cooldown_until_ts=ts + limits.cooldown_candles * state.config.candle_ms)
    return after, (Notice(level="warning", title="Cooldown", message=cooldown_refusal(after, ts) or ""),)


def cooldown_refusal(state: State, ts: int) -> str | None:
    """Why there is no entry at `ts` (for a signal: when its candle closed), or None.

    A candle belongs to the cooldown if it closes within it, so there are exactly `cooldown_candles` of them, wherever
    in a candle the last loss was made.
    """
    limits, until_ts = state.config.risk, state.account.risk.cooldown_until_ts
    if limits.cooldown_losses is None or until_ts is None or ts > until_ts:
        return None
    return (
        f"{limits.cooldown_losses} round trips in a row were lost, as many as cooldown_losses: no new entries for"
        f" {limits.cooldown_candles} candles after the last of them (cooldown_candles)."
    )


def _with(state: State, **changes: object) -> State:
    return with_account(state, risk=replace(state.account.risk, **changes))  # type: ignore[arg-type]
