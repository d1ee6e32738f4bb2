"""How late prices reach a logged-in operator, at rest and under each attack, side by side.

`python -m benchmarks.attack [attackers] [seconds]`. The attackers are a process on the same machine; those marked with
a login have a viewer's. What a row costs beside the first is the relay's doing and the attackers' share of the cores.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.measuring import cpu_seconds, raise_file_limit, running_relay, show_table
from tests.support.flooding import PRICE_EVERY_S, Deck, Seen
from tests.support.person import WITH_PASSWORDS

STRANGERS = (
    "slow_headers", "slow_body", "never_reads", "requests", "idle", "logins", "oversize", "fragments", "bombs",
    "binary", "attachments", "malformed", "nested", "pings",
)  # fmt: skip
LOGGED_IN = ("oversize", "fragments", "bombs", "binary", "malformed", "nested", "pings", "syncs")
MANY = frozenset({"slow_headers", "slow_body", "never_reads", "requests", "idle"})
"""Attacks by the number of connections: ten times as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of the table."""

    name: str
    seen: Seen
    cpu: float

    def row(self, rest: Measured) -> list[str]:
        middle, tail = self.seen.late(0.5), self.seen.late(0.99)
        ratios = [middle / rest.seen.late(0.5), tail / rest.seen.late(0.99)]
        return [
            self.name,
            f"{len(self.seen.delays)} of {self.seen.sent}",
            f"{middle:.1f} / {tail:.1f}",
            f"{self.seen.late(1):.0f}",
            " / ".join(f"{ratio:.1f}" for ratio in ratios),
            f"{self.cpu:.2f}",
            f"{self.seen.grown_mb:+.0f}",
        ]


@contextmanager
def a_deck() -> Iterator[Deck]:
    with running_relay(env=WITH_PASSWORDS) as relay:
        deck = Deck(relay)
        try:
            deck.watch(2)
            yield deck
        finally:
            deck.end()


def watch(deck: Deck, name: str, seconds: float) -> Measured:
    pid = deck.relay.running.pid
    before = cpu_seconds(pid)
    seen = deck.watch(seconds)
    return Measured(name=name, seen=seen, cpu=(cpu_seconds(pid) - before) / seconds)


def attacks(attackers: int) -> Iterator[tuple[str, int, bool]]:
    """(kind, how many, with a login?)."""
    for kind in STRANGERS:
        yield kind, attackers * 10 if kind in MANY else attackers, False
    for kind in LOGGED_IN:
        yield kind, attackers, True


def measure(attackers: int, seconds: float) -> Iterator[Measured]:
    """At rest, then under each attack, each on a relay of its own."""
    with a_deck() as deck:
        yield watch(deck, "at rest", seconds)
    for kind, count, has_login in attacks(attackers):
        name = f"{count} × `{kind}`{', logged in' if has_login else ''}"
        with a_deck() as deck, deck.flood(kind, count, cookie=deck.viewer_cookie if has_login else "", niceness=0):
            yield watch(deck, name, seconds)


def main() -> None:
    raise_file_limit()
    attackers = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5
    found = []
    for measured in measure(attackers, seconds):
        found.append(measured)
        print(" ".join(measured.row(found[0])), file=sys.stderr, flush=True)
    head = ["attackers", "prices heard", "p50 / p99 ms", "worst ms", "ratios", "relay's share of a core", "relay MB"]
    title = f"A logged-in operator's prices, {1 / PRICE_EVERY_S:.0f} a second, {seconds:g} s for each attack"
    show_table(title, head, [each.row(found[0]) for each in found])


if __name__ == "__main__":
    main()
