"""A password that is changed at the terminal holds at once: whoever changes it may have lost the one before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from flask import Flask, request

from relay.access.passwords import FILE, AccessFileError, Passwords

PASSWORDS_COME_BY = frozenset({"/login", "/api/v1/proof"})
log = logging.getLogger("tapedeck.relay")


class PasswordWatch:
    """Looks at `access.json`. From no password to one, or back, takes a new start: it decides who needs none."""

    def __init__(self, data_dir: Path, read: Callable[[], Passwords], take: Callable[[Passwords], None]) -> None:
        """`read` gives the passwords as they are now; raises `AccessFileError`. `take` is told those that are new."""
        self._file = data_dir / FILE
        self._read = read
        self._take = take
        self._seen = self._state()

    def install(self, app: Flask) -> None:
        """Look before each request that brings a password."""
        app.before_request(lambda: self.look() if request.path in PASSWORDS_COME_BY else None)

    def look(self) -> None:
        """Take what was changed since the last time."""
        seen = self._state()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            found = self._read()
        except AccessFileError as error:
            log.warning("%s Until then the passwords of before hold.", error)
            return
        if found:
            self._take(found)
            log.info("The passwords were changed.")
        else:
            log.warning("The password was removed: it holds until the relay is started anew.")

    def _state(self) -> tuple[int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino
