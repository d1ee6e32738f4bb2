"""A page gets everything once and in order, whatever the line does to the frames."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.deck import Deck
from relay.envelope import encode
from relay.session import FRAME_INTERVAL, REPEAT_AFTER, Frame, Session
from relay.tape import Entry, Tape


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall_ms(self) -> int:
        return round(self.now * 1000)


@dataclass
class Page:
    """What the page's side does with frames, as docs/architecture.md says: apply once, acknowledge always."""

    tape: str | None = None
    seq: int = 0
    applied: int = 0
    trades: list[str] = field(default_factory=list)
    prices: list[str] = field(default_factory=list)

    def take(self, text: str) -> int:
        frame = orjson.loads(text[text.index("[") :])[1]
        if frame["n"] > self.applied:
            self.applied = frame["n"]
            self._apply(frame)
        return int(frame["n"])

    def _apply(self, frame: dict[str, Any]) -> None:
        hello = frame.get("hello")
        if hello:
            self.tape = hello["tape"]
            if hello["kind"] == "snapshot":
                self.seq, self.trades = hello["seq"], []
        for message in frame["messages"]:
            if message["type"] == "price":
                self.prices.append(message["data"]["price"])
            elif message["type"] == "trade":
                self.trades.append(message["data"]["id"])
            if "seq" in message and not (hello and hello["kind"] == "snapshot"):
                assert message["seq"] == self.seq + 1, "a gap"
                self.seq = message["seq"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deck(tmp_path: Path, clock: Clock) -> Deck:
    return new_deck(tmp_path, clock)


def new_deck(folder: Path, clock: Clock) -> Deck:
    return Deck(Tape(f"sqlite:///{folder / 'tape.db'}"), monotonic=clock.monotonic, wall_ms=clock.wall_ms)


def record(deck: Deck, *ids: str) -> None:
    deck.record([Entry(bot_id="b", type="trade", id=i, ts=1, data=encode({"id": i})) for i in ids])


def exchange(session: Session, page: Page, deck: Deck) -> Frame:
    frame = session.next_frame(deck, 0)
    session.sent(frame, deck.monotonic())
    assert session.acknowledge(page.take(frame.text))
    return frame


def connect(deck: Deck, page: Page) -> Session:
    page.applied = 0
    return Session.opened({"tape": page.tape, "seq": page.seq}, tape_id=deck.tape_id, last_seq=deck.seq)


def test_a_new_page_gets_the_whole_picture(deck: Deck) -> None:
    record(deck, "1", "2")
    deck.show("price", "b", {"price": "5"})
    page = Page()
    exchange(connect(deck, page), page, deck)
    assert (page.trades, page.prices, page.seq) == (["1", "2"], ["5"], 2)


def test_a_page_that_comes_back_gets_what_it_missed(deck: Deck) -> None:
    page = Page()
    record(deck, "1")
    exchange(connect(deck, page), page, deck)
    record(deck, *(str(number) for number in range(2, 1_500)))
    session = connect(deck, page)
    frames = 0
    while session.wants(deck.monotonic(), deck.position):
        exchange(session, page, deck)
        frames += 1
        assert frames < 10
    assert page.trades == [str(number) for number in range(1, 1_500)]


def test_a_page_of_another_tape_starts_anew(deck: Deck) -> None:
    record(deck, "1")
    page = Page(tape="another", seq=700)
    exchange(connect(deck, page), page, deck)
    assert (page.tape, page.seq, page.trades) == (deck.tape_id, 1, ["1"])


def test_one_frame_is_in_flight_and_goes_again_after_a_second(deck: Deck, clock: Clock) -> None:
    session = connect(deck, Page())
    session.sent(session.next_frame(deck, 0), clock.now)
    record(deck, "1")
    assert not session.wants(clock.now, deck.position)
    clock.now += REPEAT_AFTER - 0.01
    assert not session.overdue(clock.now)
    clock.now += 0.02
    assert session.overdue(clock.now)


def test_frames_keep_their_distance(deck: Deck, clock: Clock) -> None:
    page = Page()
    session = connect(deck, page)
    exchange(session, page, deck)
    record(deck, "1")
    assert session.wants(clock.now, deck.position)
    assert session.due_at(deck.durable_position) == clock.now + FRAME_INTERVAL


@pytest.mark.parametrize(
    ("prices_a_second", "jitter", "least", "most"), [(20, 0.0, 20, 20), (20, 0.4, 19, 20), (50, 0.4, 14, 16.5)]
)
def test_prices_alone_come_less_often_where_there_are_many_but_twenty_a_second_never_wait(
    deck: Deck, clock: Clock, prices_a_second: int, jitter: float, least: float, most: float
) -> None:
    page, chance, seconds = Page(), random.Random(1), 10
    session = connect(deck, page)
    exchange(session, page, deck)
    arrivals = [(n + 1 + chance.uniform(-jitter, jitter)) / prices_a_second for n in range(prices_a_second * seconds)]
    sent = 0
    while arrivals:
        clock.now += 0.001
        while arrivals and arrivals[0] <= clock.now:
            deck.show("price", "b", {"price": str(arrivals.pop(0))})
        if session.wants(clock.now, deck.position) and clock.now >= session.due_at(deck.durable_position):
            exchange(session, page, deck)
            sent += 1
    assert least * seconds <= sent <= most * seconds


def test_outcomes_come_until_they_are_acknowledged(deck: Deck) -> None:
    page = Page()
    session = connect(deck, page)
    exchange(session, page, deck)
    session.outcomes["k"] = '{"id":"k","ok":true}'
    assert not session.shareable()
    assert '"outcomes":[{"id":"k","ok":true}]' in exchange(session, page, deck).text
    assert "outcomes" not in session.next_frame(deck, 0).text


def test_pages_at_the_same_place_share_one_text(deck: Deck) -> None:
    sessions = []
    for _ in range(2):
        page = Page()
        sessions.append(connect(deck, page))
        exchange(sessions[-1], page, deck)
    deck.show("price", "b", {"price": "1"})
    assert deck.since(sessions[0].acked) is deck.since(sessions[1].acked)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), faults=st.floats(0, 0.6), cuts=st.floats(0, 0.2))
def test_everything_arrives_once_in_order_over_a_line_that_drops_repeats_delays_and_cuts(
    seed: int, faults: float, cuts: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    clock, page = Clock(), Page()
    deck = new_deck(tmp_path_factory.mktemp("deck"), clock)
    line = BadLine(deck, page, clock, chance)
    for number in range(60):
        record(deck, f"t{number}")
        deck.show("price", "b", {"price": str(number)})
        line.step(faults, cuts)
    for _ in range(200):
        line.step(0, 0)
    assert page.trades == [f"t{number}" for number in range(60)]
    assert page.prices[-1] == "59"
    deck.tape.close()


class BadLine:
    """Both ends with a line between them that may hold, drop or repeat what it carries, or be cut."""

    def __init__(self, deck: Deck, page: Page, clock: Clock, chance: random.Random) -> None:
        self.deck, self.page, self.clock, self.chance = deck, page, clock, chance
        self.down: list[str] = []
        self.up: list[int] = []
        self.session = connect(deck, page)

    def step(self, faults: float, cuts: float) -> None:
        self.clock.now += self.chance.choice([0.01, 0.05, 0.4])
        if self.chance.random() < cuts:
            self.down, self.up = [], []
            self.session = connect(self.deck, self.page)
        self._send()
        for text in self._through(self.down, faults):
            self.up.append(self.page.take(text))
        for n in self._through(self.up, faults):
            self.session.acknowledge(n)

    def _send(self) -> None:
        session, now = self.session, self.clock.now
        if session.overdue(now) and session.in_flight:
            session.sent(session.in_flight, now)
        elif session.wants(now, self.deck.position) and now >= session.due_at(self.deck.durable_position):
            session.sent(session.next_frame(self.deck, 0), now)
        else:
            return
        assert session.in_flight
        self.down.append(session.in_flight.text)

    def _through(self, waiting: list[Any], faults: float) -> list[Any]:
        """What comes out now, in order: a TCP line delays but does not overtake."""
        if self.chance.random() < faults / 2:
            return []
        carried, waiting[:] = list(waiting), []
        kept = [item for item in carried if self.chance.random() >= faults / 2]
        return [item for item in kept for _ in range(2 if self.chance.random() < faults else 1)]
