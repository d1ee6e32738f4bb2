"""The outermost door, before Flask and Socket.IO: where a request comes from, and by what name it asks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from relay.access.headers import SecurityHeaders
from relay.auth import ELSEWHERE, is_local_name

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THROUGH_A_PROXY = (
    "This came through a proxy, and the deck has no password: set TAPEDECK_PASSWORD and TAPEDECK_BEHIND_PROXY=1."
)
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_REAL_IP")
FORWARDED_PREFIX = "HTTP_X_FORWARDED_"


class Front:
    """A WSGI application around another. `is_open`: there is no password, only this machine's people are served."""

    def __init__(self, app: WSGIApplication, *, is_open: bool) -> None:
        self._app = app
        self._is_open = is_open

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        was_forwarded = _forget_forwarded(environ)
        if self._is_open:
            refusal = THROUGH_A_PROXY if was_forwarded else _refusal(environ.get("HTTP_HOST"))
            if refusal:
                return _refuse(refusal, start_response)
        return self._app(environ, start_response)


def protect(app: Flask, *, is_open: bool, behind_proxy: bool, is_encrypted: bool) -> None:
    """Put all of it before the app, after everything else was built; a proxy is believed where there is one."""
    app.config["SESSION_COOKIE_SECURE"] = is_encrypted or behind_proxy
    front = SecurityHeaders(Front(app.wsgi_app, is_open=is_open))
    app.wsgi_app = ProxyFix(front, x_for=1, x_proto=1, x_host=1) if behind_proxy else front  # type: ignore[method-assign]


def _forget_forwarded(environ: WSGIEnvironment) -> bool:
    """Whoever looks at these headers later would believe anybody; True where there were some."""
    named = [name for name in environ if name in FORWARDED or name.startswith(FORWARDED_PREFIX)]
    for name in named:
        del environ[name]
    return bool(named)


def _refusal(host: str | None) -> str | None:
    """A name that is not this machine's is a page of somebody else's, by DNS rebinding."""
    return ELSEWHERE if host is not None and not is_local_name(host) else None


def _refuse(sentence: str, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps({"error": sentence}).encode()
    start_response("403 FORBIDDEN", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
