"""Is it still the one who logged in? What moves real money asks for the password again after a while."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from relay.access.sessions import Session, Sessions
from relay.access.visitor import Means, Visitor
from relay.commands import failed
from relay.outcomes import Outcome

PROVED_FOR_MS = 15 * 60_000
RISKS_MONEY = frozenset({"start_bot", "close_position", "resume", "set_strategy"})
"""Of a live bot. What stops it is never asked twice."""
NEEDS_PROOF = "This bot trades real money: enter your password again, then repeat it."
LOGGED_OUT = "Your session is over: log in again."
NOT_KNOWN = "Whether you are still logged in cannot be read now: look at the relay's log and mend its database."

log = logging.getLogger("tapedeck.relay")


class Proofs:
    """`is_live(bot_id)` says whether that bot trades real money; None is the first bot."""

    def __init__(self, sessions: Sessions, is_live: Callable[[str | None], bool], wall_ms: Callable[[], int]) -> None:
        self._sessions = sessions
        self._is_live = is_live
        self._wall_ms = wall_ms

    def risks_money(self, payload: Mapping[str, Any]) -> bool:
        """Would this command let a live bot trade?"""
        command, bot_id = payload.get("command"), payload.get("bot_id")
        is_risky = isinstance(command, str) and command in RISKS_MONEY
        return is_risky and self._is_live(bot_id if isinstance(bot_id, str) else None)

    def is_due(self, visitor: Visitor) -> bool:
        """Would a command that risks money be refused now?"""
        session = self._session(visitor)
        return session is not None and self._is_old(session)

    def object(self, visitor: Visitor, *, risks_money: bool) -> Outcome | None:
        """Why somebody may not have a command run now, None where they may. A session that is over may nothing."""
        if visitor.means is not Means.SESSION:
            return None
        try:
            session = self._session(visitor)
        except Exception:  # whatever it is, a bot can be stopped
            log.exception("A session could not be looked at.")
            return failed(NOT_KNOWN) if risks_money else None
        if session is None:
            return failed(LOGGED_OUT)
        return {**failed(NEEDS_PROOF), "needs": "proof"} if risks_money and self._is_old(session) else None

    def _session(self, visitor: Visitor) -> Session | None:
        return self._sessions.get(visitor.session_id) if visitor.session_id is not None else None

    def _is_old(self, session: Session) -> bool:
        return self._wall_ms() - session.proved_ms >= PROVED_FOR_MS
