"""What a client may send before it is known, and how fast afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relay.limits.lines import BOT, BYTES_FOR_ONE, MALFORMED, PERSON, STRANGERS_MESSAGES, STRANGERS_S, Pacer


class Clock:
    """A server whose time passes when somebody sleeps, and its clients."""

    def __init__(self) -> None:
        self.now = 0.0
        self.open = ["one", "two"]
        self.trusted: list[str] = []
        self.counted: list[str] = []

    def is_open(self, eio_sid: str) -> bool:
        return eio_sid in self.open

    def open_lines(self) -> list[str]:
        return list(self.open)

    def trust(self, eio_sid: str, frames_a_turn: int) -> None:
        self.trusted.append(eio_sid)

    def drop(self, eio_sid: str) -> None:
        if eio_sid in self.open:
            self.open.remove(eio_sid)

    def spawn(self, task: Callable[[str], None], eio_sid: str) -> None:
        task(eio_sid)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pacer(clock: Clock) -> Pacer:
    return Pacer(clock, lambda: clock.now, clock.counted.append)


def test_a_stranger_may_say_little(pacer: Pacer, clock: Clock) -> None:
    assert [pacer.take("one", 10) for _ in range(STRANGERS_MESSAGES)] == [True] * STRANGERS_MESSAGES
    assert not pacer.take("one", 10)
    assert clock.open == ["two"]
    assert not pacer.take("one", 10)
    assert clock.counted == ["strangers_messages"]


def test_a_stranger_has_ten_seconds_and_who_is_known_has_no_end(pacer: Pacer, clock: Clock) -> None:
    pacer.sweep()
    pacer.know_person("two")
    clock.now = STRANGERS_S
    pacer.sweep()
    assert clock.open == ["one", "two"]
    clock.now += 1
    pacer.sweep()
    assert clock.open == ["two"]
    assert clock.trusted == ["two"]
    assert len(pacer) == 1, "what is gone is forgotten"


def test_a_burst_of_ten_thousand_events_of_a_bot_passes_at_once(pacer: Pacer, clock: Clock) -> None:
    pacer.know_bot("one", "bot-1")
    assert all(pacer.take("one", 300) for _ in range(10_000))
    assert clock.now == 0


def test_a_bot_without_an_end_is_read_at_its_pace_and_loses_nothing(pacer: Pacer, clock: Clock) -> None:
    pacer.know_bot("one", "bot-1")
    assert all(pacer.take("one", 300) for _ in range(int(BOT.burst) + 5_000))
    assert clock.now == pytest.approx(5_000 / BOT.per_second)


def test_a_bot_that_comes_anew_has_no_new_burst(pacer: Pacer, clock: Clock) -> None:
    pacer.know_bot("one", "bot-1")
    for _ in range(int(BOT.burst)):
        pacer.take("one", 300)
    pacer.know_bot("two", "bot-1")
    pacer.take("two", 300)
    assert clock.now > 0


def test_a_person_is_read_more_slowly_and_long_messages_count_for_more(pacer: Pacer, clock: Clock) -> None:
    pacer.know_person("one")
    for _ in range(20):
        assert pacer.take("one", 1_000_000)
    units = 20 * (1 + 1_000_000 // BYTES_FOR_ONE)
    assert clock.now == pytest.approx((units - PERSON.burst) / PERSON.per_second)


def test_nonsense_is_borne_with_for_a_while(pacer: Pacer, clock: Clock) -> None:
    pacer.know_person("one")
    for _ in range(int(MALFORMED.burst)):
        pacer.malformed("one")
    assert clock.open == ["one", "two"]
    pacer.malformed("one")
    pacer.malformed("one")
    assert clock.open == ["two"]
    assert clock.counted.count("malformed_flood") == 1
