"""Too many commands are told so, and never reach the guard."""

from __future__ import annotations

from typing import Any

from relay.access.visitor import Means, Role, Visitor
from relay.limits.commands import MACHINE, PERSON, TOO_FAST, PacedCommands

OPERATOR = Visitor(role=Role.OPERATOR, means=Means.SESSION, address="192.0.2.1", session_id="a" * 64)
OTHER = Visitor(role=Role.VIEWER, means=Means.SESSION, address="192.0.2.1", session_id="b" * 64)
SCRIPT = Visitor(role=Role.OPERATOR, means=Means.TOKEN, address="192.0.2.1")


class Guard:
    """Takes every command and keeps it."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def run(self, payload: object, visitor: Visitor) -> dict[str, Any]:
        self.asked.append(payload)
        return {"ok": True, "data": {}}


class Paced:
    """The paced commands, their clock and what they counted."""

    def __init__(self) -> None:
        self.now = 0.0
        self.guard = Guard()
        self.counted: list[str] = []
        self.commands = PacedCommands(self.guard, lambda: self.now, self.counted.append)

    def refused(self, count: int, visitor: Visitor) -> int:
        outcomes = [self.commands.run({"command": "get_status"}, visitor) for _ in range(count)]
        return sum(outcome == {"ok": False, "error": TOO_FAST} for outcome in outcomes)


def test_what_comes_too_fast_is_refused_in_a_sentence_and_not_done() -> None:
    paced = Paced()
    assert paced.refused(int(PERSON.burst) + 7, OPERATOR) == 7
    assert len(paced.guard.asked) == PERSON.burst
    assert paced.counted == ["commands"] * 7
    paced.now = 1
    assert paced.refused(int(PERSON.per_second), OPERATOR) == 0


def test_one_person_s_flood_is_nobody_else_s() -> None:
    paced = Paced()
    assert paced.refused(1_000, OTHER) > 0
    assert paced.refused(40, OPERATOR) == 0


def test_scripts_may_ask_more() -> None:
    paced = Paced()
    assert paced.refused(int(MACHINE.burst), SCRIPT) == 0
    assert paced.refused(1, SCRIPT) == 1


def test_who_may_stop_a_bot_is_never_told_to_wait() -> None:
    paced = Paced()
    for visitor, is_let_through in ((OPERATOR, True), (SCRIPT, True), (OTHER, False)):
        paced.refused(2_000, visitor)
        for command in ("stop_bot", "halt"):
            outcome = paced.commands.run({"command": command}, visitor)
            assert outcome["ok"] is is_let_through, (visitor.name, command)
