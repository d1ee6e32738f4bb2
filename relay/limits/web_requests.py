"""How many requests an address may make, a second and at a time; before the app and Socket.IO alike."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from relay.limits.addresses import LOOPBACK, visitor_of
from relay.limits.bucket import Buckets, Rate
from relay.limits.connections import PER_ADDRESS, PER_ADDRESS_ON_LOOPBACK, TOO_MANY

RATE = Rate(per_second=50, burst=500)
"""A page asks forty files when it loads and a page of trades ten times a second while somebody scrolls."""
RATE_ON_LOOPBACK = Rate(per_second=500, burst=5_000)
"""Everybody who comes through a reverse proxy that is not told of."""
STRANGERS_BODY = 16_384
"""Of a Socket.IO client by polling that has not shown yet who it is."""
REFUSED_AFTER_S = 1.0
"""An answer that says to ask less comes late: whoever goes on asking is slow for it, and costs little."""
WEBSOCKET_VERSION = "13"
"""Of RFC 6455. The drafts before it know no lengths, and the server reads what comes by them into memory for ever."""
OLD_WEBSOCKET = "Open the WebSocket as RFC 6455 says, with Sec-WebSocket-Version: 13."
SLOW_DOWN = "Too many requests from this address: ask fewer a second."
SHOW_YOURSELF = "Connect to a namespace first, with a message that is not larger than 16 kB."

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class WebRequests:
    """WSGI middleware; what corrects `REMOTE_ADDR` behind a proxy belongs outside of it."""

    def __init__(
        self,
        app: App,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], object],
        count: Callable[[str], object],
        secret_of: Callable[[Mapping[str, Any]], str | None],
        is_known: Callable[[str], bool],
    ) -> None:
        """`secret_of` names the session of a request, None where there is none; `is_known` an Engine.IO client."""
        self._app = app
        self._monotonic = monotonic
        self._sleep = sleep
        self._count = count
        self._secret_of = secret_of
        self._is_known = is_known
        self._addresses = Buckets(RATE)
        self._loopback = Buckets(RATE_ON_LOOPBACK, limit=1)
        self._sessions = Buckets(RATE)
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        visitor = visitor_of(str(environ.get("REMOTE_ADDR") or ""))
        share = self._share(visitor, environ)
        refusal = self._refusal(visitor, share, environ)
        self._count_open(share, 1)
        try:
            if refusal is None:
                return self._app(environ, start_response)
            status, sentence, why = refusal
            self._count(why)
            self._sleep(REFUSED_AFTER_S)
            return _answer(status, sentence, start_response)
        finally:
            self._count_open(share, -1)

    def _share(self, visitor: str, environ: Environ) -> str:
        """Of whose open requests this one is: the address's, or the session's where the address has used up its own."""
        if self._open[visitor] < _most(visitor):
            return visitor
        secret = self._secret_of(environ)
        return visitor if secret is None else f"session {secret}"

    def _count_open(self, share: str, change: int) -> None:
        with self._lock:
            self._open[share] += change
            if not self._open[share]:
                del self._open[share]

    def _refusal(self, visitor: str, share: str, environ: Environ) -> tuple[str, str, str] | None:
        if not self._may_ask(visitor, environ):
            return "429 Too Many Requests", SLOW_DOWN, "requests_of_address"
        if self._open[share] >= _most(share):
            return "503 Service Unavailable", TOO_MANY, "connections_of_address"
        if _is_old_websocket(environ):
            return "426 Upgrade Required", OLD_WEBSOCKET, "websocket_version"
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith("/socket.io"):
            return self._polling_refusal(environ)
        return None

    def _may_ask(self, visitor: str, environ: Environ) -> bool:
        """Whoever is logged in has requests of their own where the address has used up its share."""
        now = self._monotonic()
        buckets = self._loopback if visitor == LOOPBACK else self._addresses
        if buckets.of(visitor, now).take(now):
            return True
        secret = self._secret_of(environ)
        return secret is not None and self._sessions.of(secret, now).take(now)

    def _polling_refusal(self, environ: Environ) -> tuple[str, str, str] | None:
        if int(environ.get("CONTENT_LENGTH") or 0) <= STRANGERS_BODY:
            return None
        (sid,) = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[:1]
        return None if self._is_known(sid) else ("413 Content Too Large", SHOW_YOURSELF, "body_size")


def _most(share: str) -> int:
    return PER_ADDRESS_ON_LOOPBACK if share == LOOPBACK else PER_ADDRESS


def _is_old_websocket(environ: Environ) -> bool:
    is_websocket = environ.get("HTTP_UPGRADE", "").strip().lower() == "websocket"
    return is_websocket and environ.get("HTTP_SEC_WEBSOCKET_VERSION") != WEBSOCKET_VERSION


def _answer(status: str, sentence: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = json.dumps({"error": sentence}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if status.startswith("429"):
        headers.append(("Retry-After", "1"))
    elif status.startswith("426"):
        headers.append(("Sec-WebSocket-Version", WEBSOCKET_VERSION))
    start_response(status, headers)
    return [body]
