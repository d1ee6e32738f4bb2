"""A link that logs in one phone, once: its secret stands behind the `#`, which no browser sends and no log sees.

`/login/once` shows a page whose script takes the secret from there and posts it.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from flask import Blueprint, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from relay.access.visitor import Role

PATH = "/login/once"
LIFE_S = 300.0
USED_UP = "This link works once, within five minutes: log in with the password, or start the deck with --phone again."
POLICY = "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
SCRIPT = (Path(__file__).parent.parent / "templates" / "once.js").read_text("utf-8")

log = logging.getLogger("tapedeck.relay")


class OneTime:
    """At most one secret at a time, kept as a hash."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._kept: tuple[bytes, float] | None = None

    def issue(self) -> str:
        """A new secret; the one before ends."""
        secret = secrets.token_urlsafe(24)
        self._kept = _digest(secret), self._monotonic() + LIFE_S
        return secret

    def redeem(self, given: str) -> bool:
        """Is it that secret, in time and for the first time? A wrong one leaves the right one as it is."""
        if self._kept is None:
            return False
        kept, until = self._kept
        fits = hmac.compare_digest(kept, _digest(given)) and self._monotonic() < until
        if fits or self._monotonic() >= until:
            self._kept = None
        return fits


class Door(Protocol):
    """As much of `Login` as is needed here."""

    @property
    def csrf(self) -> CSRFProtect: ...
    def let_in(self, role: Role, address: str) -> AnyResponse: ...
    def turn_away(self, address: str, action: str, why: str) -> None: ...


def create_blueprint(one_time: OneTime, door: Door) -> Blueprint:
    """The page, its script, and where it posts to."""
    pages = Blueprint("one_time", __name__, template_folder="../templates")

    @pages.get(PATH)
    def page() -> Response:
        return _page()

    @pages.get(f"{PATH}.js")
    def script() -> Response:
        return Response(SCRIPT, mimetype="text/javascript")

    @pages.post(PATH)
    def enter() -> AnyResponse:
        door.csrf.protect()
        address = request.remote_addr or "unknown"
        if not one_time.redeem(request.form.get("secret", "")[:200]):
            log.warning("A link for a phone that holds no more was tried from %s.", address)
            door.turn_away(address, "login_once", "a link that holds no more")
            return _page(USED_UP, 403)
        return door.let_in(Role.OPERATOR, address)

    pages.register_error_handler(CSRFError, lambda _error: _page(USED_UP, 400))
    return pages


def _page(error: str = "", code: int = 200) -> Response:
    response = make_response(render_template("once.html", error=error, path=PATH), code)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
