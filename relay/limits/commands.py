"""How many commands somebody may send: a person presses a few, a script that runs wild must not wear out a bot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from relay.access.visitor import Means, Visitor
from relay.commands import failed, stops
from relay.limits.bucket import Buckets, Rate
from relay.outcomes import Outcome

PERSON = Rate(per_second=20, burst=100)
"""A fleet of a hundred bots is stopped with one press."""
MACHINE = Rate(per_second=100, burst=1_000)
"""Scripts, and all pages of a deck without a password: they share an address."""
TOO_FAST = "Too many commands at once: wait a second and send it again."


class Runs(Protocol):
    """`relay.access.guard.Guard`."""

    def run(self, payload: object, visitor: Visitor) -> Outcome: ...


class PacedCommands:
    """Stands before the guard, so that nothing is asked or written down for what comes too fast."""

    def __init__(self, guard: Runs, monotonic: Callable[[], float], count: Callable[[str], Any]) -> None:
        self._guard = guard
        self._monotonic = monotonic
        self._count = count
        self._people = Buckets(PERSON)
        self._machines = Buckets(MACHINE)

    def run(self, payload: object, visitor: Visitor) -> Outcome:
        """The guard's outcome, or a refusal; who may stop a bot is never told to wait with that."""
        if visitor.may_act and stops(payload):
            return self._guard.run(payload, visitor)
        now = self._monotonic()
        is_person = visitor.means is Means.SESSION
        key = visitor.session_id if is_person else (visitor.means, visitor.address)
        if not (self._people if is_person else self._machines).of(key, now).take(now):
            self._count("commands")
            return failed(TOO_FAST)
        return self._guard.run(payload, visitor)
