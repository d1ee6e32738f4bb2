"""The gate at every door: who somebody is, by a token, by a session's cookie, or by being on this machine."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from relay.access.sessions import Session, Sessions
from relay.access.visitor import Means, Role, Visitor

WRONG_TOKEN = "The token is wrong: use the one in the data folder's api.token."
LOGIN = "Log in at /login, or send the API token."

Environ = Mapping[str, Any]
"""A request as WSGI has it."""
Secret = Callable[[Environ], str | None]
"""The secret in the session's cookie that came with a request."""


class NotAdmitted(Exception):
    """Nobody that is known; the text is one sentence that says what to do."""


def matches(given: object, token: str) -> bool:
    """Compare in constant time."""
    return isinstance(given, str) and hmac.compare_digest(given.encode(errors="surrogatepass"), token.encode())


class Gate:
    """Asked at every door. Without a password this machine's own people need nothing: `is_open`."""

    def __init__(self, *, api_token: str, is_open: bool, sessions: Sessions, secret_of: Secret) -> None:
        self._api_token = api_token
        self._sessions = sessions
        self._secret_of = secret_of
        self.is_open = is_open

    def admit(self, token: object, environ: Environ) -> Visitor:
        """Who came with that request; a token that is given must be right. Raises `NotAdmitted`."""
        address = str(environ.get("REMOTE_ADDR") or "unknown")
        if token is not None:
            if not matches(token, self._api_token):
                raise NotAdmitted(WRONG_TOKEN)
            return Visitor(role=Role.OPERATOR, means=Means.TOKEN, address=address)
        session = self._session(environ)
        if session is not None:
            return Visitor(role=session.role, means=Means.SESSION, address=address, session_id=session.key)
        if self.is_open:
            return Visitor(role=Role.OPERATOR, means=Means.LOOPBACK, address=address)
        raise NotAdmitted(LOGIN)

    def still_admits(self, visitor: Visitor) -> bool:
        """May somebody who was let in stay? A session that was revoked or is over may not."""
        return visitor.session_id is None or self._sessions.get(visitor.session_id) is not None

    def _session(self, environ: Environ) -> Session | None:
        secret = self._secret_of(environ)
        return self._sessions.of_secret(secret) if secret else None
