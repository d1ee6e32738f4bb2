"""Another strategy while the bot runs, as the engine and the kernel see it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.kernel import Kernel
from bot.core.messages import CommandDone, FeedOpened, PlaceOrder, SessionOpened, StrategyChange
from bot.core.state import Chosen, State, dump_account, load_account, with_account
from tests.support.trading import RULES, Scripted, bought, candle, command, live_state, new_state, price, through

CHANGE = StrategyChange(
    strategy="dca",
    params={"every": 5, "stop_loss_pct": None},
    stake_pct=Decimal(5),
    stop_loss_pct=None,
    take_profit_pct=Decimal(3),
    max_parts=10,
    before_strategy="ema_cross",
    before_params={"fast": 9},
    set_strategy="ema_cross",
    set_params={},
)


def outcome(state: State, name: str = "set_strategy") -> tuple[State, CommandDone]:
    after, events, effects = through(state, command(name, change=CHANGE))  # type: ignore[arg-type]
    assert effects == []
    return after, next(event for event in events if isinstance(event, CommandDone))


def test_it_trades_by_the_new_parameters_from_here_on() -> None:
    after, done = outcome(live_state())
    assert done.ok
    assert (after.config.stake_pct, after.config.stop_loss_pct, after.config.max_parts) == (Decimal(5), None, 10)
    assert done.data["before"] == {"strategy": "ema_cross", "params": {"fast": 9}}
    assert done.data["after"] == {"strategy": "dca", "params": CHANGE.params}
    assert done.data["position"].startswith("Nothing is held")


def test_the_choice_and_what_it_was_made_over_come_back_from_the_journal() -> None:
    after, _ = outcome(live_state())
    chosen = load_account(dump_account(after.account)).chosen
    assert chosen == Chosen(strategy="dca", params=CHANGE.params, set_strategy="ema_cross", set_params={})


def test_an_open_position_keeps_its_stop_and_target() -> None:
    held = bought(live_state())
    after, done = outcome(held)
    assert done.ok
    assert (after.account.stop_price, after.account.take_profit_price) == (Decimal("39200.00"), Decimal("41600.00"))
    assert after.account.portfolio == held.account.portfolio
    assert done.data["position"].startswith("The open position stays")
    _, _, effects = through(after, price(39_100))
    assert [effect.order.purpose for effect in effects if isinstance(effect, PlaceOrder)] == ["protection"]


def test_asking_first_changes_nothing() -> None:
    state = live_state()
    after, done = outcome(state, "check_strategy")
    assert done.ok
    assert after == state


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (through(live_state(), command("test_trade", side="buy"))[0], "An order is on its way: try again when it is"),
        (with_account(live_state(), run="stopping", orders=()), "The bot is stopping: try again when that is done."),
        (new_state(), "The bot is starting: try again when that is done."),
    ],
    ids=["an order in flight", "stopping", "starting"],
)
def test_it_is_refused_in_one_sentence_at_the_wrong_moment(state: State, sentence: str) -> None:
    after, done = outcome(state)
    assert not done.ok
    assert (done.error or "").startswith(sentence)
    assert after.account.chosen is None
    assert after.config == state.config


def test_a_signal_of_the_old_one_that_waits_is_forgotten() -> None:
    kernel = Kernel(live_state(run=False), Scripted({1: "enter"}))
    kernel.handle(candle(1, 40_000))
    assert kernel.state.signal is not None
    kernel.change_strategy(command("set_strategy", change=CHANGE), Scripted({}), candle(1, 0).ts)
    _, _, effects = kernel.handle(command("start_bot"))
    assert effects == ()
    assert kernel.state.signal is None


def test_the_new_one_is_told_what_comes_and_nothing_twice() -> None:
    old, new = Scripted({}), Scripted({4: "enter"})
    kernel = Kernel(new_state(), old)
    kernel.handle(SessionOpened(run=True))
    kernel.open_feed(RULES, [candle(0, 40_000), candle(1, 40_000)])
    kernel.handle(price(40_000))
    kernel.change_strategy(command("set_strategy", change=CHANGE), new, candle(1, 0).ts)
    kernel.open_feed(RULES, [candle(0, 40_000), candle(1, 40_000), candle(2, 40_000)])
    kernel.handle(candle(3, 40_000))
    _, _, effects = kernel.handle(candle(4, 40_000))
    assert (old.seen, new.seen) == ([0, 1], [2, 3, 4])
    orders = [effect.order for effect in effects if isinstance(effect, PlaceOrder)]
    assert [(order.purpose, order.reason) for order in orders] == [("entry", "enter on 4")]


def test_where_the_engine_refuses_the_old_one_trades_on() -> None:
    old, new = Scripted({}), Scripted({})
    kernel = Kernel(replace(live_state(), feed="starting"), old)
    kernel.change_strategy(command("set_strategy", change=CHANGE), new, None)
    kernel.handle(FeedOpened(rules=RULES))
    kernel.handle(candle(1, 40_000))
    assert (old.seen, new.seen) == ([1], [])
