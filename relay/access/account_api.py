"""`/api/v1/session`, `/proof`, `/sessions`, `/audit`: who asks, their password again, who else is in, what was done."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from flask import Blueprint, Response, jsonify, request
from flask_wtf.csrf import generate_csrf

from relay.access.audit import Audit
from relay.access.clerk import OK, Clerk
from relay.access.entrance import visitor
from relay.access.guard import VIEWERS_ONLY_LOOK
from relay.access.proof import Proofs
from relay.access.sessions import Session, Sessions
from relay.access.verifier import Busy
from relay.access.visitor import Means, Role
from relay.api import json_body

KEY_LENGTH = 12
"""Hex digits of a session's key that are shown: enough to tell them apart, and no way in."""
ENTRIES_MAX = 1_000
SEQ_MAX = 2**62
NOTHING_TO_PROVE = "Only who logged in with a password is asked for it again."
WRONG = "That is not right: try again."
BUSY = "Too many people are logging in: try again in a moment."
NO_SUCH_SESSION = "There is no such session: it was ended, or is over."
BODY = 'The body must be JSON such as {"password": "..."}, sent as application/json.'

Answer = Response | tuple[Response, int]


class Passwords(Protocol):
    """Whose password that is, with all that keeps guesses away."""

    def wait_s(self, address: str) -> float:
        """Seconds until the next try of that address is looked at."""

    def role_of(self, address: str, password: str, code: str) -> Role | None:
        """None for nobody, which counts as a mistake. Raises `Busy`."""


def create_blueprint(
    passwords: Passwords,
    sessions: Sessions,
    proofs: Proofs,
    audit: Audit,
    clerk: Clerk,
    rest: Callable[[], object],
) -> Blueprint:
    """All routes; JSON, errors as `{"error": "one sentence"}`. `entrance.py` asked who it is.

    `rest` lets others have their turn while all of the audit is looked through.
    """
    api = Blueprint("account", __name__, url_prefix="/api/v1")
    _register_session(api, proofs)
    _register_proof(api, passwords, sessions, clerk)
    _register_sessions(api, sessions, clerk)
    _register_audit(api, audit, rest)
    api.after_request(_not_kept)
    return api


def _register_session(api: Blueprint, proofs: Proofs) -> None:
    @api.get("/session")
    def session() -> Answer:
        who = visitor()
        csrf_token = generate_csrf() if who.means is Means.SESSION else None
        needs_proof = proofs.is_due(who)
        return jsonify(role=who.role, means=who.means, csrf_token=csrf_token, needs_proof=needs_proof)


def _register_proof(api: Blueprint, passwords: Passwords, sessions: Sessions, clerk: Clerk) -> None:
    def refused(sentence: str, code: int) -> Answer:
        return jsonify(error=sentence), code

    @api.post("/proof")
    def prove() -> Answer:
        who, given = visitor(), json_body()
        if who.session_id is None:
            return refused(NOTHING_TO_PROVE, 400)
        if not isinstance(given, dict) or not isinstance(given.get("password"), str):
            return refused(BODY, 400)
        wait = passwords.wait_s(who.address)
        if wait > 0:
            return _wait(wait)
        try:
            role = passwords.role_of(who.address, given["password"], str(given.get("totp") or ""))
        except Busy:
            return refused(BUSY, 503)
        if role is not who.role:
            clerk.refused(who, "proof", "wrong password")
            return refused(WRONG, 401)
        sessions.prove(who.session_id)
        clerk.deed(who, "proof", "", OK)
        return jsonify(ok=True)


def _register_sessions(api: Blueprint, sessions: Sessions, clerk: Clerk) -> None:
    @api.get("/sessions")
    def listed() -> Answer:
        if not visitor().may_act:
            return jsonify(error=VIEWERS_ONLY_LOOK), 403
        return jsonify(sessions=[_wire(session, visitor().session_id) for session in sessions.all()])

    @api.delete("/sessions/<key>")
    def end(key: str) -> Answer:
        found = [session for session in sessions.all() if session.key[:KEY_LENGTH] == key]
        ended = [session for session in found if sessions.revoke(session.key)]
        for session in ended:
            clerk.deed(visitor(), "revoke_session", f"{session.role} {session.key[:KEY_LENGTH]}", OK)
        return jsonify(ok=True) if ended else (jsonify(error=NO_SUCH_SESSION), 404)


def _register_audit(api: Blueprint, audit: Audit, rest: Callable[[], object]) -> None:
    @api.get("/audit")
    def entries() -> Answer:
        try:
            limit, before_seq = _whole("limit", ENTRIES_MAX) or 100, _whole("before_seq", SEQ_MAX)
        except ValueError as error:
            return jsonify(error=str(error)), 400
        if not visitor().may_act:
            return jsonify(error=VIEWERS_ONLY_LOOK), 403
        found = {"entries": [asdict(entry) for entry in audit.entries(limit, before_seq)]}
        return jsonify(found if before_seq is not None else {**found, "fault": audit.verify(rest)})


def _wait(seconds: float) -> Answer:
    whole = math.ceil(seconds)
    response = jsonify(error=f"Too many wrong passwords: try again in {whole} s.")
    response.headers["Retry-After"] = str(whole)
    return response, 429


def _wire(session: Session, mine: str | None) -> dict[str, Any]:
    return {
        "key": session.key[:KEY_LENGTH],
        "role": session.role,
        "address": session.address,
        "agent": session.agent,
        "opened_ms": session.opened_ms,
        "seen_ms": session.seen_ms,
        "is_current": session.key == mine,
    }


def _whole(name: str, most: int) -> int | None:
    given = request.args.get(name)
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 20 and int(given) > 0):
        raise ValueError(f"{name}: must be a whole number from 1, got {given!r:.60}.")
    return min(int(given), most)


def _not_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
