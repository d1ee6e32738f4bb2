"""Ports that nobody listens on."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from functools import cache

RANGE = range(12_000, 32_000)
"""Below those that the system gives to clients: one of them would now and then be somebody's before it is used."""
KEPT = range(11_000, 12_000)
"""From here each of the suite's workers keeps one, out of a hundred of its own. To 10080 no browser goes."""
_chance = random.SystemRandom()


@cache
def kept_port() -> int:
    """The same one for the whole run: to a browser, relays that come and go there are one address."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return free_port(KEPT[worker % 10 * 100 :][:100])


def free_port(among: range = RANGE) -> int:
    """A loopback port that was free a moment ago."""
    while True:
        port = _chance.choice(among)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
