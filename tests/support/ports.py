"""Ports that nobody listens on."""

from __future__ import annotations

import contextlib
import random
import socket

RANGE = range(11_000, 32_000)
"""Below those that the system gives to clients: one of them would now and then be somebody's before it is used."""
_chance = random.SystemRandom()


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    while True:
        port = _chance.choice(RANGE)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
