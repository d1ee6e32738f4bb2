"""HTTP requests that come in time and in bounds; before the server's own request handler, eventlet's or werkzeug's.

Neither server bounds the time of a whole request: a byte a second keeps a thread of theirs for ever.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any

from relay.limits.connections import ENVIRON_KEY, Body, Connection, Connections, Refused

HEADERS_S = 10.0
"""From a connection to the end of its first request's headers."""
KEEP_ALIVE_S = 75.0
"""A connection that asks nothing is closed; browsers keep theirs for a minute and more."""
BODY_S = 10.0
BODY_BYTES_PER_S = 20_000
"""A body has ten seconds and a second for each 20 kB: slower than any phone's line."""
RESPONSE_S = 600.0
"""Until the answer is made and taken: a long poll is 45 s, all trades as CSV on a slow line take minutes."""
STALL_S = 60.0
"""A single read or write that gets nowhere for so long is given up."""
LINGER_S = 3.0
"""So long what a refused request goes on to send is read and thrown away: a reset line would lose it the answer."""
LINGERING = 50
"""For so many at a time; in a flood of refusals the others are closed at once."""
HEADER_BYTES = 32_768
BODY_LIMIT = 1_000_000
"""No request of the page or of a script is near it; uploads have their own."""
LINES = "/socket.io"
NO_LENGTH = "Send the body's length in Content-Length: a body in chunks is not taken."
NO_NUMBER = "Content-Length has to be one whole number."
CHUNK = 65_536

log = logging.getLogger("tapedeck.relay")


def size_refusal(headers: Mapping[str, str], limit: int) -> tuple[int, str, str] | None:
    """Code, sentence and the name under which it is counted, where a request announces what is not taken."""
    length = headers.get("Content-Length")
    if headers.get("Transfer-Encoding") is not None:
        return 411, NO_LENGTH, "body_without_length"
    if length is None:
        return None
    if not (length.isascii() and length.isdigit()):
        return 400, NO_NUMBER, "body_length"
    if len(length) > 15 or int(length) > limit:
        return 413, f"The body is larger than {limit:,} bytes: send less.", "body_size"
    return None


def plain_answer(code: int, sentence: str) -> bytes:
    """A whole HTTP response, after which the connection closes."""
    body = json.dumps({"error": sentence}).encode()
    names = {400: "Bad Request", 411: "Length Required", 413: "Content Too Large", 503: "Service Unavailable"}
    head = f"HTTP/1.1 {code} {names[code]}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class InTime:
    """What `in_time` puts before a subclass of `http.server.BaseHTTPRequestHandler`."""

    connections: Connections
    monotonic: Callable[[], float]
    sleep: Callable[[float], object]
    turn: Callable[[], object]
    count: Callable[[str], object]
    limit_of: Callable[[str, str], int]
    timeout = STALL_S
    client_address: tuple[Any, ...]
    connection: Any
    headers: Any
    command: str
    path: str
    wfile: Any
    close_connection: bool
    _held: Connection
    _has_asked = False

    def handle(self) -> None:
        """One connection, from its first byte to its last."""
        try:
            self._held = self.connections.enter(str(self.client_address[0]), self.connection)
        except Refused as refused:
            self.count(refused.why)
            self._answer(503, str(refused))
            return
        try:
            super().handle()  # type: ignore[misc]
        except (OSError, ValueError) as error:
            log.debug("A connection ended in the middle of a request (%s).", type(error).__name__)
        finally:
            self.connections.leave(self._held)

    def handle_one_request(self) -> None:
        wait_s = KEEP_ALIVE_S if self._has_asked else HEADERS_S
        self._held.expect(self.monotonic() + wait_s, "" if self._has_asked else "slow_headers")
        self._has_asked = True
        self._held.is_served = False
        super().handle_one_request()  # type: ignore[misc]

    def parse_request(self) -> bool:
        """Called once the request's first line is in."""
        self._held.expect(min(self._held.deadline_s, self.monotonic() + HEADERS_S), "slow_headers")
        try:
            is_request = super().parse_request()  # type: ignore[misc]
        except Exception:  # eventlet's own kinds for headers that are too long; it answers them
            self.count("header_bytes")
            raise
        if not is_request:
            self.count("malformed_request")
            return False
        refusal = size_refusal(self.headers, self.limit_of(self.command, self.path))
        if refusal is None:
            return True
        code, sentence, why = refusal
        self.count(why)
        self.close_connection = True
        self._answer(code, sentence)
        return False

    def get_environ(self) -> dict[str, Any]:
        """eventlet asks here for a request's environ."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[misc]
        return self._asks(environ, environ["wsgi.input"])

    def make_environ(self) -> dict[str, Any]:
        """And werkzeug here."""
        return self._asks(super().make_environ(), None)  # type: ignore[misc]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class has that name)
        """What comes in by the thousand is not written down."""

    def _asks(self, environ: dict[str, Any], body: Body | None) -> dict[str, Any]:
        environ[ENVIRON_KEY] = self._held
        self._held.is_served = True
        self.turn()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        now = self.monotonic()
        is_line = environ["PATH_INFO"].startswith(LINES) and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        if is_line and not length:
            self._held.is_served = False
            self._held.expect(float("inf"), "")  # `relay/limits/lines.py` looks after it
            self.close_connection = True  # what follows a WebSocket on its line is no request
        elif length and body is not None:
            self._held.expect(now + BODY_S + length / BODY_BYTES_PER_S, "slow_body", body, RESPONSE_S)
        else:
            self._held.expect(now + length / BODY_BYTES_PER_S + RESPONSE_S, "slow_reader")
        return environ

    def _answer(self, code: int, sentence: str) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(plain_answer(code, sentence))
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            if self.connections.lingering < LINGERING:
                self._linger()

    def _linger(self) -> None:
        self.connections.lingering += 1
        try:
            until = self.monotonic() + LINGER_S
            self.connection.settimeout(LINGER_S)
            while self.monotonic() < until and self.connection.recv(CHUNK):
                self.sleep(0)
        finally:
            self.connections.lingering -= 1


def in_time(handler: type, **parts: Any) -> type:
    """A subclass of the server's handler; `parts` are what `InTime` declares."""
    bound = {name: staticmethod(part) if callable(part) else part for name, part in parts.items()}
    return type(handler.__name__, (InTime, handler), bound)
