"""The server of `TAPEDECK_ASYNC_MODE=threading`: werkzeug's, a thread a request."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from relay.tls import ServerTls, shake_hands

InTime = Callable[[type], type]


class Handler(WSGIRequestHandler):
    """Says nothing of what runs here."""

    def version_string(self) -> str:
        return "Tapedeck"


class TlsHandler(Handler):
    """Shakes hands in the connection's own thread, where a silent client holds up nobody."""

    def handle(self) -> None:
        try:
            shake_hands(self.request)
        except (OSError, ValueError):  # a stranger that speaks no TLS, or nothing
            return
        super().handle()


def threaded_server(app: Flask, listener: socket.socket, tls: ServerTls | None, in_time: InTime) -> BaseWSGIServer:
    """On that listener, which goes on being its own; `in_time` makes a handler end what takes too long."""
    host, port = listener.getsockname()[:2]
    server = make_server(
        host,
        port,
        app,
        threaded=True,
        request_handler=in_time(TlsHandler if tls else Handler),
        ssl_context=tls.context if tls else None,
        fd=listener.fileno(),
    )
    if isinstance(server.socket, ssl.SSLSocket):
        vars(server.socket)["do_handshake_on_connect"] = False  # else the one thread that accepts would wait for it
    return server
