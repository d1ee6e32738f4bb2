"""The one way to a command: whoever asks, what they may do is looked at here, before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from relay.access.visitor import Visitor
from relay.commands import ACTS, Outcome, failed

VIEWERS_ONLY_LOOK = "You are logged in as a viewer: log in as the operator to do this."

Run = Callable[[object], Outcome]


class Objection(Protocol):
    """Why an operator may not do that now, in one sentence, or None; told the command's name and its bot."""

    def __call__(self, visitor: Visitor, command: str, bot_id: str | None) -> str | None: ...


class Record(Protocol):
    """Writes down who asked for what and what became of it."""

    def __call__(self, visitor: Visitor, payload: Mapping[str, Any], outcome: Outcome) -> None: ...


class Guard:
    """`run(payload, visitor)` is `Commands.run` for somebody."""

    def __init__(self, run: Run, *, objects: Objection, record: Record) -> None:
        self._run = run
        self._objects = objects
        self._record = record

    def run(self, payload: object, visitor: Visitor) -> Outcome:
        """The outcome, as `Commands.run` gives it; what only looks is neither questioned nor written down."""
        if not isinstance(payload, Mapping) or not _acts(payload.get("command")):
            return self._run(payload)
        outcome = self._refusal(payload, visitor) or self._run(payload)
        self._record(visitor, payload, outcome)
        return outcome

    def _refusal(self, payload: Mapping[str, Any], visitor: Visitor) -> Outcome | None:
        if not visitor.may_act:
            return failed(VIEWERS_ONLY_LOOK)
        bot_id = payload.get("bot_id")
        why = self._objects(visitor, str(payload.get("command")), bot_id if isinstance(bot_id, str) else None)
        return failed(why) if why else None


def _acts(command: object) -> bool:
    return isinstance(command, str) and command in ACTS
