"""What every HTTP request meets first: is this address served, who is it, and may another site's page have sent it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, Response, g, jsonify, redirect, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from relay.access.gate import Gate, NotAdmitted
from relay.access.guard import VIEWERS_ONLY_LOOK
from relay.access.visitor import Means, Visitor
from relay.auth import ELSEWHERE, is_local_name

OPEN = frozenset({"api.healthz", "api.readyz", "login.form", "login.enter"})
"""Endpoints that answer everybody."""
OPEN_BLUEPRINTS = frozenset({"one_time"})
"""The same for all of theirs."""
OPEN_FILES = "/assets/"
"""The product's own scripts, sheets and icons, the same for everybody: the login needs some of them."""
FOR_VIEWERS = frozenset({"api.command", "login.leave", "account.prove"})
"""What a viewer may ask for that is not mere reading; which commands are is for the guard."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
FOREIGN = "A page of another site may not send commands: use the API token."
NO_CSRF = "Send the header X-CSRF-Token, as the page does, or use the API token."

Answer = AnyResponse | tuple[Response, int] | None


def visitor() -> Visitor:
    """Who made the request at hand."""
    found: Visitor = g.visitor
    return found


def install(app: Flask, gate: Gate, csrf: CSRFProtect) -> None:
    """Ask before each request; register it before any route's own hooks."""

    def ask() -> Answer:
        if gate.is_open and not is_local_name(request.host):  # a page of somebody else's, by DNS rebinding
            return jsonify(error=ELSEWHERE), 403
        return None if _is_open() else _admit(gate, csrf)

    app.before_request(ask)
    app.register_error_handler(CSRFError, lambda _error: (jsonify(error=NO_CSRF), 403))


def _is_open() -> bool:
    is_open = request.endpoint in OPEN or request.blueprint in OPEN_BLUEPRINTS
    return is_open or (request.method in READING and request.path.startswith(OPEN_FILES))


def _admit(gate: Gate, csrf: CSRFProtect) -> Answer:
    token = _bearer(request.headers.get("Authorization", ""))
    try:
        g.visitor = gate.admit(token, request.environ)
    except NotAdmitted as refused:
        return _sent_away(str(refused))
    if token is None and request.method not in READING and not _is_same_origin():
        return jsonify(error=FOREIGN), 403
    if g.visitor.means is Means.SESSION and request.method not in READING:
        csrf.protect()
    is_for_all = request.method in READING or request.endpoint in FOR_VIEWERS
    return None if is_for_all or g.visitor.may_act else (jsonify(error=VIEWERS_ONLY_LOOK), 403)


def _bearer(header: str) -> str | None:
    """The token of `Authorization: Bearer ...`; another scheme, such as a proxy's own Basic, is none of ours."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _sent_away(sentence: str) -> Answer:
    is_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    if request.method == "GET" and is_page:
        wanted = request.full_path.rstrip("?")
        return redirect("/login" if wanted == "/" else f"/login?{urlencode({'next': wanted})}", 303)
    return jsonify(error=sentence), 401


def _is_same_origin() -> bool:
    origin = request.headers.get("Origin")
    return origin is None or origin == f"{request.scheme}://{request.host}"
