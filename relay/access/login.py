"""`/login` and `/logout`: a password, and the code where one is set up, for a session's cookie."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Flask, make_response, redirect, render_template, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response

from relay.access.clerk import OK, Clerk
from relay.access.lockout import Lockout
from relay.access.passwords import Passwords
from relay.access.sessions import Session, Sessions
from relay.access.verifier import Busy, Verifier
from relay.access.visitor import Means, Role, Visitor

COOKIE = "tapedeck_session"
CSRF = "csrf_token"
"""Where Flask-WTF keeps a session's secret for its tokens."""
POLICY = "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
WRONG = "That is not right: try again."
LATE = "This form was open for too long: try again."
BUSY = "Too many people are logging in: try again in a moment."

log = logging.getLogger("tapedeck.relay")


class Account(UserMixin):  # type: ignore[misc]  # flask_login ships no types
    """Whoever the session's secret belongs to."""

    def __init__(self, secret: str) -> None:
        self.id = secret


class Login:
    """The two routes; where no password is set they lead to the page."""

    def __init__(
        self,
        passwords: Passwords,
        sessions: Sessions,
        verifier: Verifier,
        monotonic: Callable[[], float],
        clerk: Clerk,
    ) -> None:
        self._passwords = passwords
        self._sessions = sessions
        self._verifier = verifier
        self._monotonic = monotonic
        self._clerk = clerk
        self._lockout = Lockout()
        self._app: Flask | None = None
        self.csrf = CSRFProtect()

    def renew(self, passwords: Passwords) -> None:
        """Those hold from now on; where none were, the gate stays open until the next start."""
        if self._passwords:
            self._passwords = passwords
            self._verifier.renew(passwords)

    def secret_of(self, environ: Mapping[str, Any]) -> str | None:
        """The secret in the cookie that came with a request, None where there is none or it was not signed here."""
        assert self._app is not None, "register it first"
        found = self._app.session_interface.open_session(self._app, self._app.request_class(dict(environ)))
        secret = found.get("_user_id") if found is not None else None
        return secret if isinstance(secret, str) else None

    def register(self, app: Flask) -> None:
        """Answer on this app; its sessions are the cookies of those who are logged in."""
        self._app = app
        app.config.update(
            SESSION_COOKIE_NAME=COOKIE,
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Strict",
            WTF_CSRF_CHECK_DEFAULT=False,  # asked where it is known that somebody came by a cookie
            WTF_CSRF_TIME_LIMIT=None,  # as long as the session
            WTF_CSRF_SSL_STRICT=False,  # the Origin is looked at everywhere, over TLS or not
        )
        self.csrf.init_app(app)
        manager = LoginManager(app)
        manager.session_protection = None  # a phone changes its address
        manager.user_loader(self._account)
        pages = Blueprint("login", __name__, template_folder="../templates")
        pages.add_url_rule("/login", "form", self._form, methods=["GET"])
        pages.add_url_rule("/login", "enter", self._enter, methods=["POST"])
        pages.add_url_rule("/logout", "leave", self._leave, methods=["POST"])
        pages.register_error_handler(CSRFError, lambda _error: self._page(LATE, 400))
        app.register_blueprint(pages)

    def _account(self, secret: object) -> Account | None:
        return Account(secret) if isinstance(secret, str) and self._sessions.of_secret(secret) else None

    def _form(self) -> Response:
        if not self._passwords or current_user.is_authenticated:
            return redirect(_next(), 303)
        return self._page()

    def _enter(self) -> Response:
        if not self._passwords:
            return redirect(_next(), 303)
        self.csrf.protect()
        address = request.remote_addr or "unknown"
        wait = self.wait_s(address)
        if wait > 0:
            return self._wait(wait)
        try:
            role = self.role_of(address, request.form.get("password", ""), request.form.get("totp", ""))
        except Busy:
            return self._page(BUSY, 503)
        if role is None:
            self.turn_away(address, "login", "wrong password")
            return self._page(WRONG, 401)
        return self.let_in(role, address)

    def wait_s(self, address: str) -> float:
        """Seconds until the next try of that address is looked at."""
        return self._lockout.wait_s(address, self._monotonic())

    def role_of(self, address: str, password: str, code: str) -> Role | None:
        """Whose password that is; None for nobody, which counts as a mistake of that address. Raises `Busy`."""
        role = self._verifier.role_of(password, code)
        if role is None:
            self._lockout.failed(address, self._monotonic())
            log.warning("A wrong password was given from %s.", address)
        else:
            self._lockout.succeeded(address, forgets=role is Role.OPERATOR)
        return role

    def let_in(self, role: Role, address: str) -> Response:
        """Log the browser in that asks at the moment, and send it to the page."""
        secret = self._sessions.open(role, address, request.user_agent.string)
        csrf = session.get(CSRF)
        session.clear()  # nothing of who was here before but the form's token, which goes on working
        session[CSRF] = csrf
        login_user(Account(secret))
        log.info("The %s logged in from %s.", role, address)
        found = self._sessions.of_secret(secret)
        if found is not None:
            self._clerk.deed(_visitor(found, address), "login", request.user_agent.string, OK)
        return redirect(_next(), 303)

    def turn_away(self, address: str, action: str, why: str) -> None:
        """Write down that somebody unknown tried to come in."""
        self._clerk.stranger(address, action, why)

    def _leave(self) -> Response:
        if current_user.is_authenticated:
            found = self._sessions.of_secret(current_user.id)
            if found is not None:
                self._sessions.revoke(found.key)
                self._clerk.deed(_visitor(found, request.remote_addr or "unknown"), "logout", "", OK)
        logout_user()
        session.clear()
        return redirect("/login", 303)

    def _wait(self, seconds: float) -> Response:
        whole = math.ceil(seconds)
        response = self._page(f"Too many wrong passwords: try again in {whole} s.", 429)
        response.headers["Retry-After"] = str(whole)
        return response

    def _page(self, error: str = "", code: int = 200) -> Response:
        has_code = self._passwords.totp is not None
        body = render_template("login.html", error=error, has_code=has_code, next=_next())
        response = make_response(body, code)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response


def _visitor(session: Session, address: str) -> Visitor:
    return Visitor(role=session.role, means=Means.SESSION, address=address, session_id=session.key)


def _next() -> str:
    """Where to go afterwards: a place of this deck, never another host's."""
    wanted = request.values.get("next", "/")
    is_here = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_here and "\\" not in wanted else "/"
