"""What a server needs to be safe to reach: room for descriptors, an accept that survives, a clock on them all."""

from __future__ import annotations

import logging
import resource
from collections.abc import Callable
from typing import Any

from relay.limits.connections import MAX_CONNECTIONS, Connections

DESCRIPTORS_KEPT = 256
"""For the tape, logs, backtests, and connections that are about to be refused."""
ACCEPT_AGAIN_S = 0.1
SWEEP_S = 1.0

log = logging.getLogger("tapedeck.relay")


def connections_possible() -> int:
    """As many as the system gives descriptors for, at most `MAX_CONNECTIONS`; takes what this process may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + DESCRIPTORS_KEPT
    soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), hard))
    return max(1, min(MAX_CONNECTIONS, soft - DESCRIPTORS_KEPT))


class LastingListener:
    """A listening socket whose `accept` never fails: eventlet's server ends with the first error of one."""

    def __init__(self, listener: Any, sleep: Callable[[float], object]) -> None:
        self._listener = listener
        self._sleep = sleep

    def accept(self) -> Any:
        """The next connection, after everybody else's turn; where there is no descriptor for it, a little later."""
        while True:
            try:
                self._sleep(0)
                return self._listener.accept()
            except OSError as error:
                if self._listener.fileno() < 0:
                    raise
                log.debug("A connection could not be taken (%s).", error)
                self._sleep(ACCEPT_AGAIN_S)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)


def end_the_late(connections: Connections, now_s: float, count: Callable[[str], object]) -> None:
    """End every connection that is late; those that only had nothing to ask are not counted."""
    for connection in connections.overdue(now_s):
        if connection.why:
            count(connection.why)
        connection.expect(float("inf"), "")
        connection.end()
