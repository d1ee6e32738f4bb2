"""A watched stream goes on over every failure, with growing waits, and does not take silence for health."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shell.markets.backoff import backoff_s
from bot.shell.markets.rest_pause import RestPaused
from bot.shell.markets.watcher import LONGEST_SILENCE_S, Rhythm, Source, watch
from tests.standin.clock import FakeClock


class Script:
    """A stream that does what it is told, call by call: raise, hang, or give the value."""

    def __init__(self, *steps: object) -> None:
        self.steps = list(steps)
        self.taken: list[object] = []
        self.ended = asyncio.Event()

    async def call(self) -> object:
        if not self.steps:
            self.ended.set()
            await asyncio.Event().wait()
        step = self.steps.pop(0)
        if step == "hang":
            await asyncio.Event().wait()
        if isinstance(step, Exception):
            raise step
        return step

    async def take(self, news: Any) -> None:
        if news == "bad":
            raise TypeError("string indices must be integers")
        self.taken.append(news)


def run(steps: tuple[object, ...], *, silence_s: float = 30.0) -> tuple[Script, list[float], list[Exception]]:
    """Watch the script to its end; what was taken, slept and told as gaps."""
    clock, gaps = FakeClock(0), list[Exception]()

    async def scenario() -> Script:
        script = Script(*steps)
        source = Source(name="x", call=script.call, take=script.take, silence_s=silence_s, pause_s=0.05)
        task = asyncio.create_task(watch(source, on_gap=gaps.append, sleep=clock.sleep, random=Always(1.0)))
        await script.ended.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return script

    return asyncio.run(scenario()), clock.slept, gaps


class Always(Random):
    """Chance that always says the same."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self._value = value

    def random(self) -> float:
        return self._value


def test_failures_in_a_row_wait_longer_and_a_success_starts_over() -> None:
    script, slept, gaps = run((OSError("a"), OSError("b"), ValueError("c"), 1, OSError("d"), 2))

    assert slept == [0.5, 1, 2, 0.05, 0.5, 0.05]
    assert script.taken == [1, 2]
    assert [str(gap) for gap in gaps] == ["a", "b", "c", "d"]


def test_news_that_cannot_be_taken_is_a_failure_like_others() -> None:
    script, slept, _ = run(("bad", 1))

    assert (script.taken, slept) == ([1], [0.5, 0.05])


def test_silence_is_told_and_watching_goes_on() -> None:
    script, _, gaps = run(("hang", "hang", 1), silence_s=0.01)

    assert script.taken == [1]
    assert all(isinstance(gap, TimeoutError) for gap in gaps)
    assert len(gaps) >= 2


def test_what_an_exchange_wants_to_be_left_alone_for_is_waited_out() -> None:
    script, slept, _ = run((OSError("a"), RestPaused(30.0), RestPaused(0.1), 1))

    assert slept == [0.5, 30, 2, 0.05]
    assert script.taken == [1]


def patience_after(gaps_s: list[float], *, silences: int = 0) -> float:
    """How long a source of 10 s is waited for, after news that were so far apart."""
    rhythm, now = Rhythm(10.0), 100.0
    rhythm.heard(now)
    for gap_s in gaps_s:
        now += gap_s
        rhythm.heard(now)
    for _ in range(silences):
        rhythm.fell_silent()
    return rhythm.patience_s


@pytest.mark.parametrize(("silences", "patience_s"), [(0, 10), (1, 20), (2, 40), (9, 40)])
def test_silences_in_a_row_are_waited_out_for_longer_but_never_for_minutes(silences: int, patience_s: float) -> None:
    assert patience_after([0.1], silences=silences) == patience_s


def test_a_quiet_market_is_given_three_times_what_its_news_were_apart_until_it_livens_up() -> None:
    assert patience_after([60]) == 180
    assert patience_after([60, 2, 2]) == pytest.approx(180 * 0.9**2)
    assert patience_after([60] + [0.1] * 40) == 10
    assert patience_after([3_600]) == LONGEST_SILENCE_S


def test_how_long_a_line_was_away_says_nothing_of_the_market() -> None:
    rhythm = Rhythm(10.0)
    rhythm.heard(100.0)
    rhythm.failed()
    rhythm.heard(400.0)

    assert rhythm.patience_s == 10


def test_what_went_wrong_is_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    run((OSError("two\nlines"),))

    assert caplog.messages == ["x: OSError two lines; trying again in 0.5 s"]


def test_what_went_wrong_is_logged_without_the_secrets_in_it(caplog: pytest.LogCaptureFixture, secret: str) -> None:
    run((OSError(f"refused {secret}"),))

    assert caplog.messages == ["x: OSError refused ***; trying again in 0.5 s"]


@given(st.integers(1, 100), st.floats(0, 1))
def test_waits_double_to_half_a_minute_with_jitter(failures: int, chance: float) -> None:
    longest: Callable[[], float] = lambda: 1.0  # noqa: E731
    wait = backoff_s(failures, lambda: chance)

    assert backoff_s(failures, longest) / 2 <= wait <= backoff_s(failures, longest) <= 30
    assert backoff_s(1, longest) == 0.5
