"""The relay's own TLS: from 1.2 on, each handshake for itself, a certificate read again when it was renewed."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

from bot.settings import Settings
from relay.claims import CannotStart

HANDSHAKE_S = 10.0
"""So long a client may take for it."""
UNFINISHED = 512
"""Handshakes under way; at one more the oldest is cut off, so that silent clients keep nobody out."""
READY = 64
LOOK_EVERY_S = 60.0

ENCRYPTED = {"wsgi.url_scheme": "https", "HTTPS": "on"}
"""What each request's WSGI environ says under TLS."""

Spawn = Callable[..., object]
log = logging.getLogger("tapedeck.relay")


def server_tls(settings: Settings) -> ServerTls | None:
    """As the settings say; None where they want none. Raises `CannotStart`."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return ServerTls(settings.tls_cert, settings.tls_key)


class ServerTls:
    """`context` is for the server; `watch` keeps it as new as the files."""

    def __init__(self, cert: Path, key: Path) -> None:
        """Raises `CannotStart` where the files are no certificate and its key."""
        self._files = cert, key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.options |= ssl.OP_NO_RENEGOTIATION  # a write that has to read would meet the reader
        self.context.set_alpn_protocols(["http/1.1"])
        try:
            self._read()
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
            raise CannotStart(
                f"TAPEDECK_TLS_CERT and TAPEDECK_TLS_KEY cannot be used ({why}): give a PEM certificate with its chain,"
                " and its key, which may not be encrypted."
            ) from None
        self._seen = self._changed()

    def watch(self, sleep: Callable[[float], None]) -> None:
        """Take a renewed certificate for new connections; runs as a background task for ever."""
        while True:
            sleep(LOOK_EVERY_S)
            self.renew()

    def renew(self) -> bool:
        """Read the files again if they changed; False where they did not, or are not whole yet."""
        try:
            seen = self._changed()
            if seen == self._seen:
                return False
            self._read()
        except (OSError, ValueError) as error:
            log.warning("The changed TLS certificate cannot be used (%s); the one before is served on.", error)
            return False
        self._seen = seen
        log.info("The TLS certificate was renewed.")
        return True

    def _read(self) -> None:
        cert, key = self._files
        self.context.load_cert_chain(cert, key, password=_no_password)

    def _changed(self) -> tuple[int, ...]:
        return tuple(file.stat().st_mtime_ns for file in self._files)


class TlsListener:
    """A listener whose `accept` gives connections after their handshake, each of which takes its time in a task."""

    def __init__(self, listener: Any, context: ssl.SSLContext, spawn: Spawn) -> None:
        self._listener = listener
        self._context = context
        self._spawn = spawn
        self._ready: Queue[tuple[ssl.SSLSocket, Any]] = Queue(READY)
        self._unfinished: dict[ssl.SSLSocket, None] = {}
        spawn(self._take)

    def accept(self) -> tuple[ssl.SSLSocket, Any]:
        """The next client that can be talked to."""
        return self._ready.get()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def _take(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:  # the listener was closed
                return
            with contextlib.suppress(OSError):  # whoever is gone already
                client = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                self._make_room()
                self._unfinished[client] = None
                self._spawn(self._greet, client, address)

    def _make_room(self) -> None:
        if len(self._unfinished) >= UNFINISHED:
            oldest = next(iter(self._unfinished))
            del self._unfinished[oldest]
            with contextlib.suppress(OSError):
                oldest.shutdown(socket.SHUT_RDWR)

    def _greet(self, client: ssl.SSLSocket, address: Any) -> None:
        try:
            shake_hands(client)
        except Exception as error:  # whatever a stranger sends, or that its connection was shut meanwhile
            log.debug("A TLS handshake came to nothing (%s).", type(error).__name__)
            client.close()
        else:
            self._ready.put((client, address))
        self._unfinished.pop(client, None)


def shake_hands(client: ssl.SSLSocket) -> None:
    """Within `HANDSHAKE_S`; raises `OSError`."""
    client.settimeout(HANDSHAKE_S)
    client.do_handshake()
    client.settimeout(None)


def _no_password() -> str:
    """Without it OpenSSL asks at the terminal."""
    raise ValueError("the key is encrypted")
