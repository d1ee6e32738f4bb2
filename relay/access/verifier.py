"""Looks at one password at a time, in a thread of the system: a hash is a tenth of a second of a core."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from relay.access.passwords import Passwords
from relay.access.visitor import Role

WAITING = 8
"""So many passwords may wait to be looked at; a flood of them takes one core at most, and is told to come back."""


class Busy(Exception):
    """Too many wait already."""


class OffLoop(Protocol):
    """Runs `work` where the server's own loop is not held up, and gives its result."""

    def __call__(self, work: Callable[[], Role | None]) -> Role | None: ...


class Verifier:
    """Whose password, and whose code; a code works once."""

    def __init__(self, passwords: Passwords, off_loop: OffLoop, wall_s: Callable[[], float] = time.time) -> None:
        self._passwords = passwords
        self._off_loop = off_loop
        self._wall_s = wall_s
        self._turn = threading.Semaphore(1)
        self._waiting = 0
        self._used_step = 0
        """The latest half minute whose code was taken; those before it are over with it (RFC 6238, section 5.2)."""

    def renew(self, passwords: Passwords) -> None:
        """Those hold from now on."""
        if passwords.totp != self._passwords.totp:
            self._used_step = 0
        self._passwords = passwords

    def role_of(self, password: str, code: str) -> Role | None:
        """Who may come in with these, None for nobody. Raises `Busy`."""
        if self._waiting >= WAITING:
            raise Busy
        self._waiting += 1
        try:
            with self._turn:
                role = self._off_loop(lambda: self._passwords.role_of(password))
        finally:
            self._waiting -= 1
        if role is Role.OPERATOR and not self._takes(code.strip()):
            return None
        return role

    def _takes(self, code: str) -> bool:
        """Is the code right, and was it not used before?"""
        if self._passwords.totp is None:
            return True
        step = self._passwords.step_of(code, self._wall_s())
        if step is None or step <= self._used_step:
            return False
        self._used_step = step
        return True
