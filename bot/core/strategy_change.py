"""Another strategy, or other parameters, while the bot runs: a person's choice, which holds after a restart.

What is held stays protected as it is: its stop and target are the account's, and the next fill makes new ones. The
choice is part of the account, so that a kill at any moment leaves either the old strategy or the new one.
"""

from __future__ import annotations

from typing import Any

from bot.core import orders
from bot.core.frozen import replace
from bot.core.messages import Said, StrategyChange
from bot.core.orders import Refused
from bot.core.state import Chosen, State, with_account

NOTHING_HELD = "Nothing is held; the new strategy trades from the next closed candle on."
HELD = "The open position stays, with its stop and target as they are; the new strategy manages it from here on."


def told(state: State, change: StrategyChange | None) -> dict[str, Any]:
    """What would be another, and what becomes of the position. Raises `Refused` where it cannot be done now."""
    if change is None:
        raise Refused("This bot cannot change its strategy: set it in the settings and start it again.")
    _check_moment(state)
    return {
        "before": {"strategy": change.before_strategy, "params": change.before_params},
        "after": {"strategy": change.strategy, "params": change.params},
        "position": _position(state),
    }


def changed(state: State, change: StrategyChange | None) -> tuple[State, Said]:
    """The state that trades by the new one; a signal of the old one that waits is forgotten."""
    assert change is not None  # `told` has refused that
    config = replace(
        state.config,
        stake_pct=change.stake_pct,
        stop_loss_pct=change.stop_loss_pct,
        take_profit_pct=change.take_profit_pct,
        max_parts=change.max_parts,
    )
    chosen = Chosen(
        strategy=change.strategy,
        params=change.params,
        set_strategy=change.set_strategy,
        set_params=change.set_params,
    )
    after = with_account(replace(state, config=config, signal=None), chosen=chosen)
    return after, Said(level="info", message=f"The strategy is {change.strategy} now, by hand. {_position(after)}")


def _position(state: State) -> str:
    return NOTHING_HELD if state.account.portfolio.lot is None else HELD


def _check_moment(state: State) -> None:
    if state.wire_state in ("starting", "stopping"):
        raise Refused(f"The bot is {state.wire_state}: try again when that is done.")
    if state.account.flattening or orders.in_flight(state):
        raise Refused("An order is on its way: try again when it is filled or taken back.")
