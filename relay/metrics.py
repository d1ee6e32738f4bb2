"""What Prometheus may ask: who is connected, what came in, what was refused or dropped."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from relay.deck import Deck


class Metrics:
    """A registry of its own; figures are read from where they are kept, when they are asked for."""

    def __init__(self, deck: Deck) -> None:
        self.registry = CollectorRegistry()
        self._read("tapedeck_tape_seq", "Last durable event on the tape", lambda: deck.seq)
        self._read("tapedeck_bots_connected", "Bots connected", lambda: sum(bot.connected for bot in deck.bots))
        self.bot_events = Counter("tapedeck_bot_events", "Events taken from bots", ["type"], registry=self.registry)
        self.refused = Counter("tapedeck_bot_events_refused", "Events of bots refused", registry=self.registry)
        self._limited = Counter(
            "tapedeck_refused", "Refused by a limit (relay/limits)", ["why"], registry=self.registry
        )
        self.dropped = Counter(
            "tapedeck_clients_dropped", "Clients dropped because they did not read", registry=self.registry
        )

    def count_refused(self, why: str) -> None:
        """A limit refused something; `why` is one of the few names that the limits have."""
        self._limited.labels(why).inc()

    def watch_connections(self, pages: Callable[[], int], clients: Callable[[], int]) -> None:
        """Count pages and clients of `/` from now on."""
        self._read("tapedeck_pages_connected", "Pages connected", pages)
        self._read("tapedeck_clients_connected", "Clients of namespace / connected", clients)

    def _read(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        Gauge(name, meaning, registry=self.registry).set_function(value)
