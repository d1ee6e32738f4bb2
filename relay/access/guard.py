"""The one way to a command: whoever asks, what they may do is looked at here, before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from relay.access.audit import NotWritten
from relay.access.visitor import Visitor
from relay.commands import ACTS, READS, failed
from relay.outcomes import Outcome

VIEWERS_ONLY_LOOK = "You are logged in as a viewer: log in as the operator to do this."
BROKE = "The relay failed: see its log."

Run = Callable[[object], Outcome]


class Rules(Protocol):
    """What else an operator's command has to pass."""

    def risks_money(self, payload: Mapping[str, Any]) -> bool: ...
    def object(self, visitor: Visitor, *, risks_money: bool) -> Outcome | None: ...


class Record(Protocol):
    """Writes down who asked for what and what became of it."""

    def must_command(self, visitor: Visitor, payload: Mapping[str, Any]) -> None: ...
    def command(self, visitor: Visitor, payload: Mapping[str, Any], outcome: Outcome) -> None: ...


class Guard:
    """`run(payload, visitor)` is `Commands.run` for somebody."""

    def __init__(self, run: Run, rules: Rules, record: Record) -> None:
        self._run = run
        self._rules = rules
        self._record = record

    def run(self, payload: object, visitor: Visitor) -> Outcome:
        """The outcome, as `Commands.run` gives it; what only looks is neither questioned nor written down."""
        command = payload.get("command") if isinstance(payload, Mapping) else None
        if not isinstance(payload, Mapping) or _is_one_of(READS, command):
            return self._run(payload)
        outcome = self._refusal(payload, visitor) or self._done(payload, visitor)
        if _is_one_of(ACTS, command):
            self._record.command(visitor, payload, outcome)
        return outcome

    def _done(self, payload: Mapping[str, Any], visitor: Visitor) -> Outcome:
        try:
            return self._run(payload)
        except Exception:
            self._record.command(visitor, payload, failed(BROKE))
            raise

    def _refusal(self, payload: Mapping[str, Any], visitor: Visitor) -> Outcome | None:
        if not visitor.may_act:
            return failed(VIEWERS_ONLY_LOOK)
        risks_money = self._rules.risks_money(payload)
        why = self._rules.object(visitor, risks_money=risks_money)
        if why is None and risks_money:
            try:
                self._record.must_command(visitor, payload)
            except NotWritten as fault:
                return failed(str(fault))
        return why


def _is_one_of(names: frozenset[str], command: object) -> bool:
    """What is not known to look is held to act, whatever it is."""
    return isinstance(command, str) and command in names
