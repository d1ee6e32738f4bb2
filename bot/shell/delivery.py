"""Which durable events are on their way to the relay, and what became of them. The link does the sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

WINDOW = 500
"""Durable events on their way at once: enough to fill the line, few enough to keep in memory."""


class Event(Protocol):
    """A durable event of the outbox; `n` gives the order."""

    @property
    def n(self) -> int: ...
    @property
    def event(self) -> str: ...
    @property
    def data(self) -> dict[str, Any]: ...


class Outbox(Protocol):
    """What the journal keeps for the relay."""

    def undelivered(self, after_n: int, limit: int) -> Sequence[Event]:
        """The next events, in order."""

    def delivered(self, numbers: Sequence[int]) -> None:
        """These are safe with the relay."""

    def refused(self, number: int, error: str) -> None:
        """This one the relay will not have."""


class Delivery:
    """Everything in the outbox, in order, again from the start after each `restart`, until it is acknowledged."""

    def __init__(self, outbox: Outbox, *, window: int = WINDOW) -> None:
        self._outbox = outbox
        self._window = window
        self._sent_n = 0
        self._flying: set[int] = set()
        self._safe: list[int] = []
        self._may_have_more = True

    def added(self) -> None:
        """The outbox has something new."""
        self._may_have_more = True

    def restart(self) -> None:
        """A new connection: what was not acknowledged on the last one goes again."""
        self.settle()
        self._sent_n = 0
        self._flying.clear()
        self._may_have_more = True

    def due(self) -> Iterator[Event]:
        """What to send now; each is on its way when it was given."""
        room = self._window - len(self._flying)
        # Half a window at a time: asking the disk after each acknowledgement would cost more than the sending.
        if not self._may_have_more or room < (self._window + 1) // 2:
            return
        events = self._outbox.undelivered(self._sent_n, room)
        self._may_have_more = len(events) == room
        for event in events:
            self._sent_n = event.n
            self._flying.add(event.n)
            yield event

    def acknowledge(self, number: int, answer: object) -> str | None:
        """The relay's answer to an event, on whichever connection; returns its refusal, where it is one."""
        self._flying.discard(number)
        if isinstance(answer, dict) and answer.get("ok") is True:
            self._safe.append(number)
            return None
        error = str(answer.get("error", answer) if isinstance(answer, dict) else answer)
        self._outbox.refused(number, error)
        return error

    def settle(self) -> None:
        """Take what is safe out of the outbox: many at once, because each time is a write to the disk."""
        safe, self._safe = self._safe, []
        self._outbox.delivered(safe)

    def is_done(self) -> bool:
        """Whether nothing waits any more."""
        return not self._flying and not self._may_have_more


def acknowledger(delivery: Delivery, number: int, told: Callable[[int, str | None], None]) -> Callable[..., None]:
    """What the Socket.IO client calls with the relay's answer to event `number`."""

    def done(answer: object = None) -> None:
        told(number, delivery.acknowledge(number, answer))

    return done
