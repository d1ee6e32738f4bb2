"""Writes into the audit what people do: commands, logins, sessions, runs; what strangers repeat it counts."""

from __future__ import annotations

import json
import logging
import threading
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

Kind = tuple[str, str, str, str, str]
"""Who, as what, from where, what, and what became of it: what is alike in all of these is counted."""
THE_REST: Kind = (NOBODY, NO_ROLE, "many", "refused", "Too many kinds of attempts to tell one by one.")

log = logging.getLogger("tapedeck.relay")


class Clerk:
    """Every method but `must_command` goes on where the audit cannot be written: that is logged."""

    def __init__(self, audit: Audit, monotonic: Callable[[], float]) -> None:
        self._audit = audit
        self._monotonic = monotonic
        self._repeats = Repeats(rest=THE_REST)
        self._counting = threading.Lock()

    def command(self, visitor: Visitor, payload: Mapping[str, Any], outcome: Mapping[str, Any]) -> None:
        """A command that acts, and what became of it."""
        action, detail = _told(payload)
        if outcome["ok"]:
            self.deed(visitor, action, detail, OK)
        elif visitor.may_act and not outcome.get("needs"):
            self.deed(visitor, action, detail, str(outcome["error"]))
        else:  # nothing came of it, so nothing limits how often it is asked
            self.refused(visitor, action, str(outcome["error"]), detail)

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
        self._write((visitor.name, visitor.role, visitor.address, action, outcome), detail)

    def refused(self, visitor: Visitor, action: str, why: str, detail: str = "") -> None:
        """Something that somebody known may not do; at most one row a second, and a count."""
        self._count((visitor.name, visitor.role, visitor.address, action, why), detail)

    def stranger(self, address: str, action: str, outcome: str) -> None:
        """Something that somebody unknown tried; at most one row a second from an address, and a count."""
        self._count((NOBODY, NO_ROLE, address, action, outcome), "")

    def settle(self) -> None:
        """Write down what was counted; call it about once a second."""
        with self._counting:
            due = self._repeats.due(self._monotonic())
        for kind, count in due:
            self._write(kind, f"{count} more")

    def _count(self, kind: Kind, detail: str) -> None:
        with self._counting:
            is_first = self._repeats.is_first(kind, self._monotonic())
        if is_first:
            self._write(kind, detail)

    def _write(self, kind: Kind, detail: str) -> None:
        who, role, address, action, outcome = kind
        try:
            self._audit.write(who, role, address, action, detail, outcome)
        except NotWritten:
            log.exception("The audit could not be written: %s by %s from %s.", action, who, address)


def _told(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The command, and the rest of it in short."""
    rest = {name: payload[name] for name in ("bot_id", "args", "id") if payload.get(name) not in (None, {})}
    try:
        detail = json.dumps(rest, ensure_ascii=False, default=str) if rest else ""
    except (RecursionError, TypeError, ValueError):
        detail = "with what cannot be told"
    return str(payload.get("command")), detail
