"""The gate at every door: who somebody is, by a token, by a session's cookie, or by being on this machine."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from relay.access.bot_tokens import WRONG_BOT_ID, BotTokens, fits, hash_of, is_bot_id
from relay.access.sessions import Session, Sessions
from relay.access.visitor import Means, Role, Visitor
from relay.auth import ELSEWHERE, is_local_name

WRONG_TOKEN = "The token is wrong: use the one in the data folder's api.token."
WRONG_BOT_TOKEN = (
    "The bot's token is missing or wrong: use the one in the data folder's bot.token, or the one issued for this bot."
)
LOGIN = "Log in at /login, or send the API token."

Environ = Mapping[str, Any]
"""A request as WSGI has it."""
Secret = Callable[[Environ], str | None]
"""The secret in the session's cookie that came with a request."""


class NotAdmitted(Exception):
    """Nobody that is known; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotPass:
    """A bot that was let in: by its own token or, where `token_hash` is None, by the one that all share."""

    bot_id: str
    token_hash: str | None
    shared_hash: str | None = None


def matches(given: object, token: str) -> bool:
    """Compare in constant time."""
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())


class Gate:
    """Asked at every door. Without a password this machine's own people need nothing: `is_open`."""

    def __init__(
        self,
        *,
        api_token: str,
        bot_token: str,
        is_open: bool,
        sessions: Sessions,
        bot_tokens: BotTokens,
        secret_of: Secret,
    ) -> None:
        self._api_token = api_token
        self._bot_token = bot_token
        self._sessions = sessions
        self._bot_tokens = bot_tokens
        self._secret_of = secret_of
        self.is_open = is_open

    def renew(self, *, api_token: str, bot_token: str) -> None:
        """Those hold from now on: who came with others has to go."""
        self._api_token, self._bot_token = api_token, bot_token

    def admit(self, token: object, environ: Environ) -> Visitor:
        """Who came with that request; a token that is given must be right. Raises `NotAdmitted`."""
        address = str(environ.get("REMOTE_ADDR") or "unknown")
        if token is not None:
            if not matches(token, self._api_token):
                raise NotAdmitted(WRONG_TOKEN)
            return Visitor(role=Role.OPERATOR, means=Means.TOKEN, address=address, token_hash=hash_of(self._api_token))
        if self.is_open:  # a cookie of when there was a password is no help: it could not be proved any more
            if not is_local_name(str(environ.get("HTTP_HOST") or "")):  # a page of somebody else's, by DNS rebinding
                raise NotAdmitted(ELSEWHERE)
            return Visitor(role=Role.OPERATOR, means=Means.LOOPBACK, address=address)
        session = self._session(environ)
        if session is None:
            raise NotAdmitted(LOGIN)
        return Visitor(role=session.role, means=Means.SESSION, address=address, session_id=session.key)

    def admit_bot(self, bot_id: object, token: object) -> BotPass:
        """A bot, by its own token where it has one, else by the one that all share. Raises `NotAdmitted`."""
        is_shared = matches(token, self._bot_token)
        if not is_bot_id(bot_id):
            raise NotAdmitted(WRONG_BOT_ID if is_shared else WRONG_BOT_TOKEN)
        own = self._bot_tokens.hashes([bot_id]).get(bot_id)
        if not (is_shared if own is None else fits(token, own)):
            raise NotAdmitted(WRONG_BOT_TOKEN)
        shared = hash_of(self._bot_token) if own is None else None
        return BotPass(bot_id=bot_id, token_hash=own, shared_hash=shared)

    def is_over(self, visitor: Visitor) -> bool:
        """Did that visitor come with a token that holds no more?"""
        return visitor.token_hash not in (None, hash_of(self._api_token))

    def ended_sessions(self, visitors: Iterable[Visitor]) -> set[str]:
        """Sessions of people who were let in that were revoked or are over; the others count as used. One query."""
        keys = {visitor.session_id for visitor in visitors if visitor.session_id is not None}
        return keys - self._sessions.in_use(keys) if keys else set()

    def ended_passes(self, passes: Iterable[BotPass]) -> set[BotPass]:
        """Bots that could not come in any more as they came: their token was revoked or replaced. One query."""
        shown = set(passes)
        known = self._bot_tokens.hashes([each.bot_id for each in shown]) if shown else {}
        held = (None, hash_of(self._bot_token))
        return {each for each in shown if known.get(each.bot_id) != each.token_hash or each.shared_hash not in held}

    def _session(self, environ: Environ) -> Session | None:
        secret = self._secret_of(environ)
        found = self._sessions.of_secret(secret) if secret else None
        if found is not None:
            self._sessions.note_use([found])
        return found
