"""What every HTTP request meets first: is this address served, who is it, and may another site's page have sent it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from relay.access.gate import Gate, NotAdmitted
from relay.access.visitor import Visitor
from relay.auth import is_local_name

OPEN = frozenset({"api.healthz", "api.readyz"})
"""Endpoints that answer everybody; the login's own join them."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ELSEWHERE = "This address is not served: open the deck as 127.0.0.1 or localhost."
FOREIGN = "A page of another site may not send commands: use the API token."

Answer = AnyResponse | tuple[Response, int] | None


def visitor() -> Visitor:
    """Who made the request at hand."""
    found: Visitor = g.visitor
    return found


def install(app: Flask, gate: Gate) -> None:
    """Ask before each request; register it before any route's own hooks."""

    def ask() -> Answer:
        if gate.is_open and not is_local_name(request.host):  # a page of somebody else's, by DNS rebinding
            return jsonify(error=ELSEWHERE), 403
        return None if request.endpoint in OPEN else _admit(gate)

    app.before_request(ask)


def _admit(gate: Gate) -> Answer:
    header = request.headers.get("Authorization")
    token = None if header is None else header.removeprefix("Bearer ").strip()
    try:
        g.visitor = gate.admit(token, request.environ)
    except NotAdmitted as refused:
        return _sent_away(str(refused))
    if token is None and request.method not in READING and not _is_same_origin():
        return jsonify(error=FOREIGN), 403
    return None


def _sent_away(sentence: str) -> Answer:
    is_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    if request.method == "GET" and is_page and "login" in current_app.blueprints:
        return redirect("/login", 303)
    return jsonify(error=sentence), 401


def _is_same_origin() -> bool:
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
