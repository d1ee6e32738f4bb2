"""Which WebSocket a client has come to use; the same under eventlet and threads.

A client may begin by polling and upgrade: Engine.IO goes on knowing it by its first request, and that is not the one
whose WebSocket it uses from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Environ = dict[str, Any]
"""A request as WSGI has it."""
Opened = Callable[[str, Environ], object]
"""Is told of a client and of the request by which its WebSocket was opened, before anything is read from it."""
Ways = dict[str, Any]
"""How Engine.IO does what depends on the kind of threads; `websocket` makes the WSGI app of one WebSocket."""
SECOND = "This client has a WebSocket already."


class WebSocketLines:
    """The requests by which open WebSockets came, by Engine.IO's session id."""

    def __init__(self) -> None:
        self._environs: dict[str, Environ] = {}
        self._on_open: Opened = lambda eio_sid, environ: None

    def tell(self, on_open: Opened) -> None:
        """Of each from now on."""
        self._on_open = on_open

    def of(self, eio_sid: str) -> Environ | None:
        """The request whose WebSocket that client uses, or is about to; None while it polls."""
        return self._environs.get(eio_sid)

    def opened(self, eio_sid: str, environ: Environ) -> None:
        """It has one."""
        self._environs[eio_sid] = environ
        self._on_open(eio_sid, environ)

    def closed(self, eio_sid: str) -> None:
        """No more."""
        self._environs.pop(eio_sid, None)

    def watch(self, ways: Ways) -> Ways:
        """The same ways, each WebSocket being known here for as long as it is open."""
        make = ways["websocket"]
        return {**ways, "websocket": lambda handler, server: _Opening(self, make, handler, server)}


class _Opening:
    """The WSGI app of one WebSocket; `handler` is a method of Engine.IO's socket, which knows whose it is."""

    def __init__(self, lines: WebSocketLines, make: Callable[..., Any], handler: Any, server: Any) -> None:
        self._lines = lines
        self._handler = handler
        self._eio_sid: str = handler.__self__.sid
        self._server = server
        self._environ: Environ = {}
        self._app = make(self._attend, server)
        self._app.support_legacy_versions = False  # eventlet's drafts, refused in `limits/web_requests.py` already

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> object:
        if self._lines.of(self._eio_sid) is not None:  # it would be taken for the one that is in use
            return self._server._bad_request(SECOND)  # what Engine.IO's own socket returns for a bad upgrade
        self._environ = environ
        return self._app(environ, start_response)

    def _attend(self, websocket: Any) -> Any:
        self._lines.opened(self._eio_sid, self._environ)
        try:
            return self._handler(websocket)
        finally:
            self._lines.closed(self._eio_sid)
