"""A flood under way, and how a logged-in operator fares meanwhile."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tests.support import messages
from tests.support.floods import COOKIE_VARIABLE
from tests.support.foreign_bot import ForeignBot
from tests.support.operator import WatchingOperator
from tests.support.person import VIEWER_PASSWORD, Person
from tests.support.processes import ROOT, clean_environment
from tests.support.relay import Relay
from tests.support.waiting import eventually

PRICE_EVERY_S = 0.05
POLITE = 15
"""Beside other tests, which measure time: what these leave of the processor is the attackers'."""
COUNTED = re.compile(r'^tapedeck_refused_total\{why="(\w+)"\} ([\d.]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Prices that the bot sent and that reached the operator, how late (ms), and what the relay's memory grew by."""

    sent: int
    delays: list[float]
    grown_mb: float

    def late(self, share: float) -> float:
        """The delay that `share` of the prices did not exceed."""
        ordered = sorted(self.delays) or [float("inf")]
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Deck:
    """A relay with passwords, a bot that says a price every 50 ms, an operator who watches, and a viewer's cookie."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.bot = ForeignBot(relay.url).come_up()
        self.operator = WatchingOperator(relay)
        viewer = Person(relay.url)
        assert viewer.log_in(VIEWER_PASSWORD).code == 303
        self.viewer_cookie = viewer.cookie
        self._stop = threading.Event()

    def refused(self) -> dict[str, float]:
        """How often the relay refused what, by its own account."""
        return {why: float(count) for why, count in COUNTED.findall(self.relay.get("/metrics")[1])}

    @contextmanager
    def flood(self, kind: str, count: int, *, cookie: str = "", niceness: int = POLITE) -> Iterator[None]:
        """`count` attackers of a kind, in a process of their own, at work; 0 is all the strength they have."""
        attack = [sys.executable, "-m", "tests.support.floods", kind, str(self.relay.port), str(count)]
        words = ["nice", "-n", str(niceness), *attack]
        environment = clean_environment({COOKIE_VARIABLE: cookie} if cookie else {})
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield
            assert process.poll() is None, "the attackers gave up by themselves"
        finally:
            process.kill()
            process.communicate(timeout=10)

    def watch(self, seconds: float) -> Seen:
        """What the operator sees of `seconds` of prices."""
        before = self._memory_mb()
        self.operator.delays.clear()
        sent = 0
        while sent * PRICE_EVERY_S < seconds and not self._stop.wait(PRICE_EVERY_S):
            price = messages.price(f"{messages.now_ms()}.5")
            self.bot.client.emit("price_update", price, namespace="/bot")
            sent += 1
        eventually(lambda: len(self.operator.delays) >= sent, 10, what=lambda: f"{len(self.operator.delays)} of {sent}")
        return Seen(sent=sent, delays=list(self.operator.delays), grown_mb=self._memory_mb() - before)

    def _memory_mb(self) -> float:
        return float(psutil.Process(self.relay.running.pid).memory_info().rss) / 1e6

    def end(self) -> None:
        self._stop.set()
        self.operator.end()
        self.bot.end()
