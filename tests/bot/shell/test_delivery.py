"""Every durable event, in order, until it is acknowledged: over any line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.shell.delivery import Delivery

OK = {"ok": True}


@dataclass
class Row:
    n: int
    event: str = "trade_executed"
    data: dict[str, Any] = field(default_factory=dict)


class MemoryOutbox:
    """What the journal does, in memory."""

    def __init__(self, count: int) -> None:
        self.rows = {n: Row(n) for n in range(1, count + 1)}
        self.dead: dict[int, str] = {}

    def undelivered(self, after_n: int, limit: int) -> list[Row]:
        return [row for n, row in sorted(self.rows.items()) if n > after_n and n not in self.dead][:limit]

    def delivered(self, numbers: Any) -> None:
        for number in numbers:
            self.rows.pop(number, None)

    def refused(self, number: int, error: str) -> None:
        self.dead[number] = error


def test_no_more_than_the_window_is_on_its_way() -> None:
    delivery = Delivery(MemoryOutbox(10), window=4)
    assert [event.n for event in delivery.due()] == [1, 2, 3, 4]
    assert list(delivery.due()) == []
    delivery.acknowledge(2, OK)
    assert list(delivery.due()) == []
    delivery.acknowledge(1, OK)
    assert [event.n for event in delivery.due()] == [5, 6]


def test_the_outbox_is_asked_only_when_it_may_have_something() -> None:
    outbox = MemoryOutbox(1)
    delivery = Delivery(outbox)
    assert [event.n for event in delivery.due()] == [1]
    outbox.rows[2] = Row(2)
    assert list(delivery.due()) == []
    delivery.added()
    assert [event.n for event in delivery.due()] == [2]


def test_a_new_connection_sends_again_what_was_not_acknowledged() -> None:
    outbox = MemoryOutbox(4)
    delivery = Delivery(outbox)
    list(delivery.due())
    delivery.acknowledge(1, OK)
    delivery.restart()
    assert [event.n for event in delivery.due()] == [2, 3, 4]


def test_a_refused_event_is_kept_and_blocks_nothing() -> None:
    outbox = MemoryOutbox(2)
    delivery = Delivery(outbox, window=1)
    list(delivery.due())
    assert delivery.acknowledge(1, {"ok": False, "error": "no price"}) == "no price"
    assert [event.n for event in delivery.due()] == [2]
    assert outbox.dead == {1: "no price"}
    assert 1 in outbox.rows


def test_an_answer_that_is_none_is_a_refusal() -> None:
    outbox = MemoryOutbox(1)
    delivery = Delivery(outbox)
    list(delivery.due())
    assert delivery.acknowledge(1, None) == "None"
    assert delivery.is_done()


BAD_LINE = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30)


@given(st.integers(1, 60), st.integers(1, 20), BAD_LINE)
def test_over_any_line_each_arrives_in_order_once_repeats_are_dropped(
    count: int, window: int, line: list[tuple[int, int]]
) -> None:
    """Of each connection some events reach the relay and some of its answers come back; the last connection holds."""
    outbox = MemoryOutbox(count)
    delivery = Delivery(outbox, window=window)
    arrived: list[int] = []
    for reached, answered in [*line, *[(window, window)] * count]:
        delivery.restart()
        sent = [event.n for event in delivery.due()]
        arrived += [n for n in sent[:reached] if n not in arrived]
        for number in sent[: min(reached, answered)]:
            delivery.acknowledge(number, OK)
    delivery.settle()
    assert arrived == list(range(1, count + 1))
    assert outbox.rows == {}
