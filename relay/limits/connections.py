"""Every open connection: whose it is, by when it has to have done what it is at, and who gives way when it is full.

The clock comes in as seconds. A *stranger* is a connection on which nobody has shown yet who they are. At the limit one
gives way to a new connection: the oldest of the address that has most of them, while no request of its own is being
answered. So whoever can log in gets as far as that.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from relay.limits.addresses import LOOPBACK, visitor_of

MAX_CONNECTIONS = 10_000
"""Of all together: each is a green thread and some 50 kB."""
RESERVE = 200
"""Of these so many are kept from those who only look: operators and bots come in by them."""
PER_ADDRESS = 100
"""A page holds one connection and opens six more for a moment: a household or an office with a dozen of them."""
PER_ADDRESS_ON_LOOPBACK = 5_000
"""Reverse proxies come from there, with everybody's connections."""

ENVIRON_KEY = "tapedeck.connection"
"""Where a connection is found in the WSGI environ of its requests."""
FULL = "The deck is full: try again in a minute."
TOO_MANY = "Too many connections from this address: close some and try again."


class Refused(Exception):
    """No room; the text is one sentence, `why` the name under which it is counted."""

    def __init__(self, sentence: str, why: str) -> None:
        super().__init__(sentence)
        self.why = why


class Shuts(Protocol):
    """As much of a socket as is needed to end it while another task reads from it or writes to it."""

    def shutdown(self, how: int, /) -> None: ...


class Body(Protocol):
    """What of a request's body has been read."""

    @property
    def position(self) -> int: ...
    @property
    def content_length(self) -> int | None: ...


@dataclass(slots=True, eq=False)
class Connection:
    """One of them. Past `deadline_s` it is ended and counted as `why`; where it waits for a `body`, only as long as
    that is not there, and from then on it has `then_s` seconds."""

    visitor: str
    line: Shuts
    deadline_s: float = float("inf")
    why: str = ""
    body: Body | None = None
    then_s: float = float("inf")
    is_known: bool = False
    is_served: bool = False
    """Is a request of its being answered?"""

    def expect(self, by_s: float, why: str, body: Body | None = None, then_s: float = float("inf")) -> None:
        """What it is at now has to be done `by_s`."""
        self.deadline_s, self.why, self.body, self.then_s = by_s, why, body, then_s

    def is_overdue(self, now_s: float) -> bool:
        if self.body is not None and self.body.position >= (self.body.content_length or 0):
            self.expect(now_s + self.then_s, "slow_reader")
        return now_s > self.deadline_s

    def end(self) -> None:
        """Wake whoever reads or writes: it is over."""
        with contextlib.suppress(OSError):
            self.line.shutdown(socket.SHUT_RDWR)


@dataclass(slots=True, kw_only=True)
class Connections:
    """At most `limit`, of which one address has its share; `is_proxied` where all come through one address."""

    limit: int = MAX_CONNECTIONS
    reserve: int = RESERVE
    per_address: int = PER_ADDRESS
    per_address_on_loopback: int = PER_ADDRESS_ON_LOOPBACK
    is_proxied: bool = False
    lingering: int = 0
    """So many were refused and are being heard out."""
    _all: dict[Connection, None] = field(default_factory=dict)
    _strangers: dict[str, dict[Connection, None]] = field(default_factory=dict)
    """By visitor, the oldest first."""
    _known: int = 0
    _by_visitor: Counter[str] = field(default_factory=Counter)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.reserve = min(self.reserve, self.limit // 5)

    def __len__(self) -> int:
        return len(self._all)

    def enter(self, address: str, line: Shuts) -> Connection:
        """A new connection. Raises `Refused`; may end the oldest stranger, at an address's share the oldest of its own.

        So nobody who only holds connections keeps others of the same address from coming in.
        """
        made = Connection(visitor_of(address), line)
        with self._lock:
            if self._by_visitor[made.visitor] >= self.share_of(made.visitor) and not self._end_one_of(made.visitor):
                raise Refused(TOO_MANY, "connections_of_address")
            if len(self._all) >= self.limit:
                self._make_room()
            self._all[made] = None
            self._strangers.setdefault(made.visitor, {})[made] = None
            self._by_visitor[made.visitor] += 1
        return made

    def leave(self, connection: Connection) -> None:
        """It is closed; once or more often."""
        with self._lock:
            if connection not in self._all:
                return
            del self._all[connection]
            self._known -= connection.is_known
            self._forget_stranger(connection)
            self._by_visitor[connection.visitor] -= 1
            if not self._by_visitor[connection.visitor]:
                del self._by_visitor[connection.visitor]

    def know(self, connection: Connection, *, may_act: bool) -> None:
        """Somebody has shown there who they are. Raises `Refused` where only the reserve is left: it is not theirs."""
        with self._lock:
            if connection.is_known or connection not in self._all:
                return
            if not may_act and self._known >= self.limit - self.reserve:
                raise Refused(FULL, "connections")
            connection.is_known = True
            self._known += 1
            self._forget_stranger(connection)

    def overdue(self, now_s: float) -> list[Connection]:
        """Those that are late with what they are at."""
        return [connection for connection in list(self._all) if connection.is_overdue(now_s)]

    def share_of(self, visitor: str) -> int:
        """How many connections that visitor may have."""
        is_many = visitor == LOOPBACK or self.is_proxied
        return self.per_address_on_loopback if is_many else self.per_address

    def _forget_stranger(self, connection: Connection) -> None:
        same = self._strangers.get(connection.visitor, {})
        same.pop(connection, None)
        if not same:
            self._strangers.pop(connection.visitor, None)

    def _make_room(self) -> None:
        by_crowd = sorted(self._strangers, key=lambda visitor: len(self._strangers[visitor]), reverse=True)
        if not any(self._end_one_of(visitor) for visitor in by_crowd):
            raise Refused(FULL, "connections")

    def _end_one_of(self, visitor: str) -> bool:
        """That visitor's oldest stranger of whom no request is being answered; False where there is none."""
        for stranger in self._strangers.get(visitor, {}):
            if not stranger.is_served:
                self.leave(stranger)
                stranger.end()
                return True
        return False
