"""All limits of a running relay together, and where they are asked: at the app, at the doors, before commands."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, g, jsonify, request

from relay.access.visitor import Visitor
from relay.history import LARGEST_BYTES
from relay.limits.commands import PacedCommands, Runs
from relay.limits.connections import ENVIRON_KEY, Connections, Refused
from relay.limits.lines import Pacer
from relay.limits.requests_in_time import BODY_LIMIT, in_time
from relay.limits.serving import SWEEP_S, end_the_late
from relay.limits.web_requests import WebRequests
from relay.transport import Transport

UPLOADS = "/api/v1/backtests/data"
TOO_DEEP = "The JSON is nested too deeply: send it flatter."

Count = Callable[[str], None]
SecretOf = Callable[[Mapping[str, Any]], str | None]


class Limits:
    """`connections` are those of the server; `count` is told why something was refused."""

    def __init__(
        self, transport: Transport, connections: Connections, monotonic: Callable[[], float], count: Count
    ) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._turnstile = threading.Lock()
        self.connections = connections
        self.count = count
        self.pacer = Pacer(transport, monotonic, count)
        self._may_act: dict[str, bool] = {}
        """Who was let in, by Engine.IO's session id."""
        transport.watch_websockets(self._moved)

    def install(self, app: Flask, secret_of: SecretOf) -> None:
        """Stand before the app; after what says who asks, and inside of what corrects addresses behind a proxy."""
        logging.getLogger("flask_wtf.csrf").setLevel(logging.WARNING)  # a line for each forged form fills the log
        app.before_request(self._know_visitor)
        app.register_error_handler(RecursionError, lambda _error: (jsonify(error=TOO_DEEP), 400))
        app.wsgi_app = WebRequests(  # type: ignore[method-assign]
            app.wsgi_app,
            monotonic=self._monotonic,
            sleep=self._transport.sleep,
            count=self.count,
            secret_of=secret_of,
            is_known=self.pacer.is_known,
        )

    def in_time(self, handler: type) -> type:
        """The server's request handler, bounded."""
        return in_time(
            handler,
            connections=self.connections,
            monotonic=self._monotonic,
            sleep=self._transport.sleep,
            turn=self._turn,
            count=self.count,
            limit_of=_body_limit,
        )

    def _turn(self) -> None:
        """One request is begun, then everything else has its turn: five hundred at once do not hold up a frame."""
        with self._turnstile:
            self._transport.sleep(0)

    def commands(self, guard: Runs) -> PacedCommands:
        """The guard, asked as often as one may ask it."""
        return PacedCommands(guard, self._monotonic, self.count)

    def know(self, eio_sid: str, environ: Mapping[str, Any], visitor: Visitor | None, bot_id: str | None) -> None:
        """A namespace lets somebody in. Raises `Refused` where there is no room for those who only look."""
        may_act = visitor is None or visitor.may_act
        self._know(self._transport.environ_of(eio_sid) or environ, may_act=may_act)
        self._may_act[eio_sid] = may_act
        if bot_id is not None:
            self.pacer.know_bot(eio_sid, bot_id)
        else:
            self.pacer.know_person(eio_sid)

    def watch(self) -> None:
        """End what is late; runs as a background task for ever."""
        while True:
            self._transport.sleep(SWEEP_S)
            end_the_late(self.connections, self._monotonic(), self.count)
            self.pacer.sweep()
            for eio_sid in [sid for sid in self._may_act if not self._transport.is_open(sid)]:
                del self._may_act[eio_sid]

    def _moved(self, eio_sid: str, environ: Mapping[str, Any]) -> None:
        """A client that polled has a WebSocket from now on: it is no stranger there, as far as there is room."""
        self.pacer.moved(eio_sid)
        if eio_sid in self._may_act:
            with contextlib.suppress(Refused):
                self._know(environ, may_act=self._may_act[eio_sid])

    def _know_visitor(self) -> tuple[Response, int] | None:
        visitor: Visitor | None = g.get("visitor")
        if visitor is None:
            return None
        try:
            self._know(request.environ, may_act=visitor.may_act)
        except Refused as refused:
            self.count(refused.why)
            return jsonify(error=str(refused)), 503
        return None

    def _know(self, environ: Mapping[str, Any], *, may_act: bool) -> None:
        connection = environ.get(ENVIRON_KEY)
        if connection is not None:
            self.connections.know(connection, may_act=may_act)


def _body_limit(method: str, path: str) -> int:
    """A file of candles may be as long as its route says; the route tells about one that is longer."""
    return 2 * LARGEST_BYTES if method == "POST" and path.partition("?")[0] == UPLOADS else BODY_LIMIT
