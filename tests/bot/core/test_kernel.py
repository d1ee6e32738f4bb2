"""State and strategy together: warm-up, the first trade, what was missed."""

from __future__ import annotations

from bot.core.kernel import Kernel
from bot.core.messages import Notice, SessionOpened
from tests.support.trading import RULES, Scripted, bought, candle, live_state, new_state

HISTORY = [candle(number, 40_000) for number in range(5)]


def kernel_of(script: dict[int, str]) -> tuple[Kernel, Scripted]:
    strategy = Scripted(script)
    kernel = Kernel(new_state(), strategy)
    kernel.handle(SessionOpened(run=True))
    return kernel, strategy


def test_a_cross_on_the_last_candle_of_history_is_traded_at_once() -> None:
    kernel, _ = kernel_of({4: "enter"})
    _, _, effects = kernel.open_feed(RULES, HISTORY)
    assert [effect.order.reason for effect in effects] == ["enter on 4"]


def test_an_older_cross_is_not_entered_on() -> None:
    kernel, strategy = kernel_of({3: "enter"})
    assert kernel.open_feed(RULES, HISTORY)[2] == ()
    assert strategy.seen == [0, 1, 2, 3, 4]


def test_an_exit_that_was_missed_while_away_is_made_up_for() -> None:
    kernel = Kernel(bought(live_state()), Scripted({3: "exit"}))
    _, _, effects = kernel.open_feed(RULES, HISTORY)
    assert [effect.order.reason for effect in effects] == ["exit on 3"]


def test_what_was_decided_before_a_restart_is_not_decided_again() -> None:
    first, _ = kernel_of({4: "enter"})
    first.open_feed(RULES, HISTORY)
    again = Kernel(new_state(), Scripted({4: "enter"}))
    again.state = first.state
    assert again.open_feed(RULES, HISTORY)[2] == ()


def test_each_candle_is_told_once_however_often_the_market_shows_it() -> None:
    kernel, strategy = kernel_of({})
    kernel.open_feed(RULES, HISTORY)
    for number in (4, 5, 5):
        kernel.handle(candle(number, 40_000))
    kernel.handle(candle(6, 40_000, closed=False))
    kernel.open_feed(RULES, [*HISTORY, candle(5, 40_000), candle(6, 40_000)])
    assert strategy.seen == [0, 1, 2, 3, 4, 5, 6]


def test_a_replay_that_begins_again_is_told_again() -> None:
    kernel, strategy = kernel_of({})
    kernel.open_feed(RULES, [candle(number, 40_000) for number in range(50)])
    kernel.open_feed(RULES, HISTORY)
    assert strategy.seen[-5:] == [0, 1, 2, 3, 4]


def test_a_strategy_that_raises_is_stopped_and_the_bot_is_not() -> None:
    kernel, _ = kernel_of({5: "raise"})
    kernel.open_feed(RULES, HISTORY)
    state, events, _ = kernel.handle(candle(5, 40_000))
    assert state.wire_state == "stopped"
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.message.startswith("ZeroDivisionError: a strategy of one's own.")
