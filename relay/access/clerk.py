"""Writes into the audit what people do: commands, logins, sessions, runs; what strangers repeat it counts."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from relay.access.audit import Audit, NotWritten
from relay.access.repeats import Repeats
from relay.access.visitor import Visitor

NOBODY = "nobody known"
NO_ROLE = "none"
OK = "ok"
BEGUN = "begun"
"""The outcome of a row that had to be written before anything was done; the next one says what became of it."""

Deed = tuple[str, str, str, str, str, str]
"""`Audit.write`'s arguments."""
THE_REST: Deed = (NOBODY, NO_ROLE, "many", "refused", "", "Too many kinds of attempts to tell one by one.")

log = logging.getLogger("tapedeck.relay")


class Clerk:
    """Every method but `must_command` goes on where the audit cannot be written: that is logged."""

    def __init__(self, audit: Audit, monotonic: Callable[[], float]) -> None:
        self._audit = audit
        self._monotonic = monotonic
        self._repeats = Repeats(rest=THE_REST)

    def command(self, visitor: Visitor, payload: Mapping[str, Any], outcome: Mapping[str, Any]) -> None:
        """A command that acts, and what became of it."""
        action, detail = _told(payload)
        if outcome["ok"]:
            self.deed(visitor, action, detail, OK)
        elif visitor.may_act and not outcome.get("needs"):
            self.deed(visitor, action, detail, str(outcome["error"]))
        else:  # nothing came of it, so nothing limits how often it is asked
            self.refused(visitor, action, str(outcome["error"]))

    def must_command(self, visitor: Visitor, payload: Mapping[str, Any]) -> None:
        """A command that may only be run when it stands in the audit. Raises `NotWritten`."""
        action, detail = _told(payload)
        try:
            self._audit.write(visitor.name, visitor.role, visitor.address, action, detail, BEGUN)
        except NotWritten:
            log.exception("The audit could not be written, so %s was refused.", action)
            raise

    def deed(self, visitor: Visitor, action: str, detail: str, outcome: str) -> None:
        """Something that somebody known did."""
        self._write((visitor.name, visitor.role, visitor.address, action, detail, outcome))

    def refused(self, visitor: Visitor, action: str, why: str) -> None:
        """Something that somebody known may not do; at most one row a second, and a count."""
        self._count((visitor.name, visitor.role, visitor.address, action, "", why))

    def stranger(self, address: str, action: str, outcome: str) -> None:
        """Something that somebody unknown tried; at most one row a second from an address, and a count."""
        self._count((NOBODY, NO_ROLE, address, action, "", outcome))

    def settle(self) -> None:
        """Write down what was counted; call it about once a second."""
        for deed, count in self._repeats.due(self._monotonic()):
            who, role, address, action, _, outcome = deed
            self._write((who, role, address, action, f"{count} more", outcome))

    def _count(self, deed: Deed) -> None:
        if self._repeats.is_first(deed, self._monotonic()):
            self._write(deed)

    def _write(self, deed: Deed) -> None:
        try:
            self._audit.write(*deed)
        except NotWritten:
            log.exception("The audit could not be written: %s by %s (%s).", deed[3], deed[0], deed[5])


def _told(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The command, and the rest of it in short."""
    rest = {str(name): payload[name] for name in ("bot_id", "args", "id") if payload.get(name) not in (None, {})}
    return str(payload.get("command")), json.dumps(rest, ensure_ascii=False, default=str) if rest else ""
