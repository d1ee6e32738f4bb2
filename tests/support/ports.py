"""Ports that nobody listens on."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections.abc import Iterator
from functools import cache
from itertools import cycle

RANGE = range(12_000, 32_000)
"""Below those that the system gives to clients: one of them would now and then be somebody's before it is used."""
KEPT = range(11_000, 12_000)
"""From here each of the suite's workers keeps one. To 10080 no browser goes."""
WORKERS = 10
_chance = random.SystemRandom()


@cache
def kept_port() -> int:
    """The same one for the whole run: to a browser, relays that come and go there are one address."""
    return next(port for port in _shuffled(_own(KEPT)) if is_free(port))


def free_port() -> int:
    """A loopback port that was free a moment ago, and that nobody else of the suite is given before it is used."""
    return next(port for port in _turns() if is_free(port))


@cache
def _turns() -> Iterator[int]:
    return cycle(_shuffled(_own(RANGE)))


def _own(ports: range) -> range:
    """The part of this worker: two that looked at once would find the same port free."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return ports[worker % WORKERS :: WORKERS]


def _shuffled(ports: range) -> list[int]:
    """By chance, for a second run of the suite on this machine is not known here."""
    return _chance.sample(ports, len(ports))


def is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
