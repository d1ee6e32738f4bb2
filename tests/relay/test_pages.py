"""Pages beside each other: what they share, and what they do not."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from relay.access.visitor import Means, Role, Visitor
from relay.deck import Deck
from relay.pages import SHARED_FOR, Pages
from relay.session import OUTCOME_BYTES, OUTCOMES_LIMIT
from relay.tape import Tape
from relay.transport import SharedPacket, Transport

OPERATOR = Visitor(role=Role.OPERATOR, means=Means.LOOPBACK, address="127.0.0.1")


class Lines:
    """The lines of all pages; `bad` ones raise."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, SharedPacket]] = []
        self.dropped: list[str] = []
        self.bad: set[str] = set()

    def send(self, eio_sid: str, packet: SharedPacket) -> None:
        if eio_sid in self.bad:
            raise OSError("this line is broken")
        self.sent.append((eio_sid, packet))

    def drop(self, eio_sid: str) -> None:
        self.dropped.append(eio_sid)

    def backlog(self, eio_sid: str) -> int:
        return 0

    def event(self) -> threading.Event:
        return threading.Event()

    def spawn(self, task: Callable[..., Any], *args: Any) -> None:
        task(*args)


class Clock:
    now = 0.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deck(tmp_path: Path, clock: Clock) -> Iterator[Deck]:
    tape = Tape(f"sqlite:///{tmp_path / 'tape.db'}")
    yield Deck(tape, monotonic=lambda: clock.now, wall_ms=lambda: round(clock.now * 1000))
    tape.close()


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def pages(deck: Deck, lines: Lines) -> Pages:
    return Pages(deck, cast(Transport, lines), lambda command, visitor: {"ok": True})


def test_pages_that_come_together_get_one_frame(pages: Pages, lines: Lines) -> None:
    pages.connect("a", None, OPERATOR)
    pages.connect("b", None, OPERATOR)
    (_, first), (_, second) = lines.sent
    assert first is second
    assert '"hello":{"kind":"snapshot"' in first.data


def test_a_frame_is_not_given_out_later_for_it_carries_the_relays_clock(
    pages: Pages, lines: Lines, clock: Clock
) -> None:
    pages.connect("a", None, OPERATOR)
    clock.now += SHARED_FOR + 0.01
    pages.connect("b", None, OPERATOR)
    (_, first), (_, second) = lines.sent
    assert first is not second
    assert f'"ts":{round(clock.now * 1000)}' in second.data


@pytest.mark.parametrize(("size", "most"), [(10, OUTCOMES_LIMIT), (400_000, OUTCOME_BYTES // 400_000)])
def test_a_page_that_asks_and_never_acknowledges_is_let_go(deck: Deck, lines: Lines, size: int, most: int) -> None:
    ran: list[object] = []

    def run(command: object, _visitor: Visitor) -> dict[str, Any]:
        ran.append(command)
        return {"ok": True, "data": {"text": "x" * size}}

    pages = Pages(deck, cast(Transport, lines), run)
    pages.connect("greedy", None, OPERATOR)
    for number in range(most + 100):
        pages.sync("greedy", {"commands": [{"id": f"k-{number}", "command": "get_trades"}]})
    assert lines.dropped == ["greedy"]
    assert len(ran) <= most + 1
    assert len(pages) == 0


def test_a_page_that_acknowledges_may_ask_on(deck: Deck, lines: Lines, clock: Clock) -> None:
    pages = Pages(deck, cast(Transport, lines), lambda command, visitor: {"ok": True, "data": {"text": "x" * 400_000}})
    pages.connect("page", None, OPERATOR)
    for number in range(50):
        clock.now += 1
        pages.sync("page", {"commands": [{"id": f"k-{number}", "command": "get_trades"}], "ack": number})
        (frame,) = re.findall(r'"n":(\d+)', lines.sent[-1][1].data)[:1]
        pages.sync("page", {"ack": int(frame)})
    assert lines.dropped == []


def test_a_page_that_fails_fails_alone(pages: Pages, lines: Lines) -> None:
    lines.bad = {"bad"}
    pages.connect("bad", None, OPERATOR)
    pages.connect("good", None, OPERATOR)
    assert [eio_sid for eio_sid, _ in lines.sent] == ["good"]
    assert lines.dropped == ["bad"]
    assert len(pages) == 1
