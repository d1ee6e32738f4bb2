"""State and strategy together: warm-up, the first trade, what was missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest

from bot.core.kernel import Kernel
from bot.core.messages import Notice, Said, SessionOpened, Signal
from bot.core.strategies import BUILT_IN, Strategy, StrategyParams, load_strategy
from bot.events import Candle
from tests.support.parts import held
from tests.support.risk import limited, refusal
from tests.support.trading import MINUTE, RULES, T0, Scripted, bought, candle, live_state, new_state, price, through

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


@pytest.mark.parametrize(("age_ms", "orders"), [(3_000, 1), (3_001, 0)])
def test_a_signal_is_judged_by_how_long_ago_the_newest_price_came(age_ms: int, orders: int) -> None:
    kernel = Kernel(limited(max_feed_age_ms=3_000), Scripted({0: "enter"}))
    kernel.handle(price(40_000, T0 + MINUTE - 1))
    _, events, effects = kernel.handle(candle(0, 40_000), feed_age_ms=age_ms)
    assert len(effects) == orders
    refusals = [event.message for event in events if isinstance(event, Notice)]
    said = "The market has been silent for 3001 ms and max_feed_age_ms is 3000: no entry on old data."
    assert refusals == ([] if orders else [said])


def test_a_signal_of_a_market_that_came_back_is_judged_by_the_price_from_before() -> None:
    kernel = Kernel(limited(max_feed_age_ms=3_000), Scripted({4: "enter"}))
    kernel.handle(price(40_000, T0 + 5 * MINUTE - 1))
    _, events, effects = kernel.open_feed(RULES, HISTORY, feed_age_ms=9_000)
    assert effects == ()
    assert refusal(list(events)).startswith("The market has been silent for 9000 ms")


def test_an_exit_that_was_missed_while_away_is_made_up_for() -> None:
    kernel = Kernel(bought(live_state()), Scripted({3: "exit"}))
    _, _, effects = kernel.open_feed(RULES, HISTORY)
    assert [effect.order.reason for effect in effects] == ["exit on 3"]


class InParts(Strategy):
    """`+2` buys two parts on that candle, `-1` sells one."""

    def __init__(self, script: dict[int, int]) -> None:
        super().__init__(StrategyParams())
        self.script = script

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        number = (candle.ts - T0) // MINUTE
        parts = self.script.get(number, 0)
        if not parts:
            return None
        kind: Any = "enter" if parts > 0 else "exit"
        return Signal(kind=kind, adds=parts > 0, parts=abs(parts), reason=f"on {number}", candle_ts=candle.ts)


@pytest.mark.parametrize(
    ("script", "sold", "bought_parts"),
    [
        ({1: -1, 2: -1, 3: -1}, 3, 0),
        ({1: -1, 4: -1}, 2, 0),
        ({1: -2, 2: 1, 3: -1}, 2, 0),
        ({1: -2, 2: 1}, 1, 0),
        ({1: -9, 2: 1}, 2, 0),
        ({1: 1, 2: -1}, 0, 0),
        ({1: 2, 4: -1}, 0, 0),
        ({1: 1, 4: -3}, 2, 0),
        ({1: -1, 2: 1}, 0, 0),
        ({1: -1, 2: 2, 3: -1}, 0, 0),
        ({1: 1, 2: 1}, 0, 0),
        ({1: 1, 4: 1}, 0, 1),
        ({1: -2, 4: 1}, 1, 0),
        ({1: -1, 4: 1}, 0, 0),
        ({1: -1, 4: 2}, 0, 1),
        ({4: 2}, 0, 2),
    ],
)
def test_after_an_absence_as_many_parts_are_sold_as_lead_to_what_the_strategy_would_hold_now(
    script: dict[int, int], sold: int, bought_parts: int
) -> None:
    state = held(3)
    state = replace(
        state,
        config=replace(state.config, max_parts=9),
        account=replace(state.account, last_candle_ts=candle(0, 1).ts, acted_candle_ts=None),
    )
    _, _, effects = Kernel(state, InParts(script)).open_feed(RULES, HISTORY)
    assert sum(effect.order.parts for effect in effects if effect.order.side == "sell") == sold
    assert sum(effect.order.parts for effect in effects if effect.order.side == "buy") == bought_parts
    assert len(effects) <= 1


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


class Broken(Strategy):
    """A built-in strategy until candle `at`, where it does what a person's mistake would."""

    def __init__(self, name: str, at: int, mistake: Callable[[], Any]) -> None:
        self.inner = load_strategy(name, {})
        super().__init__(self.inner.params)
        self.at, self.mistake = at, mistake

    @property
    def warmup(self) -> int:
        return self.inner.warmup

    def on_candle(self, candle: Candle) -> Signal | None:
        if candle.ts == T0 + self.at * 60_000:
            return cast("Signal | None", self.mistake())
        return self.inner.on_candle(candle)


def divide() -> float:
    return 1 / 0


def bad_signal() -> Signal:
    return Signal(kind="exit", reason="x", candle_ts=1, share=Decimal(2))


MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (divide, "ZeroDivisionError: division by zero"),
    (bad_signal, "ValueError: share must be above 0 and at most 1, got 2"),
    (lambda: "buy", "TypeError: on_candle must return a Signal or None, got 'buy'"),
]


@pytest.mark.parametrize("name", sorted(BUILT_IN))
@pytest.mark.parametrize(("mistake", "words"), MISTAKES, ids=["raises", "a signal that cannot be", "no signal"])
def test_any_strategy_that_fails_is_stopped_with_alert_and_traceback_and_its_position_protected(
    name: str, mistake: Callable[[], Any], words: str
) -> None:
    kernel = Kernel(bought(live_state()), Broken(name, 5, mistake))
    kernel.open_feed(RULES, HISTORY)
    state, events, _ = kernel.handle(candle(5, 40_000))
    assert state.wire_state == "stopped"
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert (notice.level, notice.message.startswith(words)) == ("error", True)
    (said,) = [event for event in events if isinstance(event, Said) and event.level == "error"]
    assert said.message.startswith("Traceback (most recent call last)")
    assert words in said.message
    _, _, effects = kernel.handle(price(39_000))
    assert [effect.order.purpose for effect in effects] == ["protection"]


@pytest.mark.parametrize("fails_at", [0, 2, 4])
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_strategy_that_fails_on_old_candles_is_stopped_too(name: str, fails_at: int) -> None:
    state = through(live_state(), candle(3, 40_000))[0]  # candles up to 3 were seen before the restart
    kernel = Kernel(state, Broken(name, fails_at, divide))
    state, events, effects = kernel.open_feed(RULES, HISTORY)
    assert state.wire_state == "stopped"
    assert [event.title for event in events if isinstance(event, Notice)] == ["The strategy failed and was stopped"]
    assert effects == ()


def test_a_signal_after_a_failure_is_not_acted_on() -> None:
    kernel, _ = kernel_of({2: "raise", 4: "enter"})
    state, _, effects = kernel.open_feed(RULES, HISTORY)
    assert (state.wire_state, effects) == ("stopped", ())
