"""Whose turn it is among tests that run side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.alone import Turns
from tests.support.waiting import eventually


class Taker:
    """Takes a turn in a thread of its own, as another process would, and gives it back when told."""

    def __init__(self, make: Callable[[], Turns], *, alone: bool) -> None:
        self.turns = make()
        self.entered, self._leave = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(alone,), daemon=True)
        self._thread.start()

    def _run(self, alone: bool) -> None:
        with self.turns.taken(alone=alone):
            self.entered.set()
            self._leave.wait(20)

    def leave(self) -> None:
        self._leave.set()
        self._thread.join(20)


@pytest.fixture
def take(tmp_path: Path) -> Iterator[Callable[[bool], Taker]]:
    queue, room = tmp_path / "queue", tmp_path / "room"
    queue.touch()
    room.touch()
    takers: list[Taker] = []

    def start(alone: bool) -> Taker:
        takers.append(Taker(lambda: Turns(queue, room), alone=alone))
        return takers[-1]

    yield start
    for taker in takers:
        taker.leave()
        taker.turns.close()


def test_others_run_side_by_side(take: Callable[[bool], Taker]) -> None:
    assert all(take(False).entered.wait(10) for _ in range(3))


def test_who_wants_to_be_alone_waits_for_the_others_and_is_overtaken_by_none(take: Callable[[bool], Taker]) -> None:
    early = take(False)
    assert early.entered.wait(10)
    lonely = take(True)
    assert not lonely.entered.wait(0.2)
    late = take(False)
    assert not late.entered.wait(0.2)
    early.leave()
    assert lonely.entered.wait(10)
    assert not late.entered.wait(0.2)
    lonely.leave()
    eventually(late.entered.is_set, 10)
