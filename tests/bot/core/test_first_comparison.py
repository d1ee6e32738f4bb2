"""A live bot that has just come up: an entry waits for the look at the exchange's balances, an exit does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core.messages import BalancesSeen, Signal
from bot.core.state import State
from tests.support.trading import CONFIG, T0, bought, candle, command, live_state, through

ENTER = Signal(kind="enter", reason="the rule", candle_ts=T0)
EXIT = Signal(kind="exit", reason="the other rule", candle_ts=T0)


def just_up(**options: bool) -> State:
    return live_state(config=replace(CONFIG, mode="live"), **options)


def seen(state: State, *, more: int = 0) -> BalancesSeen:
    """What the exchange says: the same as the account, or that much more."""
    portfolio = state.account.portfolio
    return BalancesSeen(quote=portfolio.cash + more, base=portfolio.base, portfolio=portfolio)


def test_an_entry_waits_for_the_comparison_and_is_made_once() -> None:
    state, _, effects = through(just_up(), candle(0, 40_000), ENTER)
    assert effects == []
    state, _, effects = through(state, seen(state), seen(state), ENTER)
    assert [effect.order.reason for effect in effects] == ["the rule"]


def test_it_is_too_late_once_another_candle_has_closed() -> None:
    state, _, _ = through(just_up(), candle(0, 40_000), ENTER, candle(1, 40_000))
    assert through(state, seen(state))[2] == []


def test_it_is_not_made_by_a_bot_that_was_stopped_while_it_waited() -> None:
    state, _, _ = through(just_up(), candle(0, 40_000), ENTER, command("stop_bot"))
    assert through(state, seen(state))[2] == []


def test_a_later_comparison_lets_nothing_go() -> None:
    state = just_up()
    state, _, _ = through(state, seen(state), command("stop_bot"), candle(0, 40_000), ENTER)
    running = replace(state, account=replace(state.account, run="running"))
    assert through(running, seen(running))[2] == []


def test_an_exit_does_not_wait() -> None:
    paper = bought(live_state())
    state = replace(paper, config=replace(CONFIG, mode="live"))
    assert len(through(state, candle(0, 40_000), EXIT)[2]) == 1


def test_a_difference_that_is_seen_later_refuses_the_entry_as_before() -> None:
    state = just_up()
    state, _, _ = through(state, seen(state), seen(state, more=1), seen(state, more=1))
    _, events, effects = through(state, candle(0, 40_000), ENTER)
    assert effects == []
    assert "no new entries until it is settled" in str(events)
    assert state.account.portfolio.cash == Decimal(10_000)
