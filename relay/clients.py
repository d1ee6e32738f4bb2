"""The clients of namespace `/`: the whole picture at first, then every message; one that does not read is let go."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Iterator

from relay.deck import Deck
from relay.metrics import Metrics
from relay.transport import SharedPacket, Transport

QUEUE_LIMIT = 5_000
"""Packets that may wait for a client that does not read; at one more it is dropped, and may come back."""
UNREAD_BYTES = 2_000_000
"""With so much unread a client's commands are not run, for their answers would wait as well; what stops a bot is."""
ASKED_AT_ONCE = 100
"""So many of its commands are under way at a time, for all of their answers come at once."""
UNANSWERED = "Many commands of this client are under way: wait for their answers."
UNREAD = "Much that was sent to this client is not read yet: read it, then ask again."
FIRST_MESSAGES = ("status", "stats", "price")

log = logging.getLogger("tapedeck.relay")


def event_packet(type_name: str, text: str) -> SharedPacket:
    """One Socket.IO event on `/`, encoded once for all."""
    return SharedPacket(f'2["{type_name}",{text}]')


class Clients:
    """Knows its clients by Engine.IO session id."""

    def __init__(self, deck: Deck, transport: Transport, metrics: Metrics) -> None:
        self._deck = deck
        self._transport = transport
        self._clients: dict[str, None] = {}
        self._asking: Counter[str] = Counter()
        self._metrics = metrics

    def __len__(self) -> int:
        return len(self._clients)

    def connect(self, eio_sid: str) -> None:
        """A client was let in: status, stats and price of each bot, as far as there are any."""
        with self._deck.lock:
            for bot in self._deck.bots:
                for type_name in FIRST_MESSAGES:
                    text = self._deck.newest(type_name, bot.bot_id)
                    if text is not None:
                        self._transport.send(eio_sid, event_packet(type_name, text))
            self._clients[eio_sid] = None

    def disconnect(self, eio_sid: str) -> None:
        """The client is gone."""
        self._clients.pop(eio_sid, None)

    @contextlib.contextmanager
    def asking(self, eio_sid: str) -> Iterator[str | None]:
        """While a command of its is run; gives the sentence why it must not be, where it asks more than it reads."""
        refusal = self._refusal(eio_sid)
        try:
            yield refusal
        finally:
            if refusal is None:
                self._count(eio_sid, -1)

    def _refusal(self, eio_sid: str) -> str | None:
        if self._transport.backlog_bytes(eio_sid) > UNREAD_BYTES:
            return UNREAD
        with self._deck.lock:
            if self._asking[eio_sid] >= ASKED_AT_ONCE:
                return UNANSWERED
            self._count(eio_sid, 1)
        return None

    def _count(self, eio_sid: str, change: int) -> None:
        with self._deck.lock:
            self._asking[eio_sid] += change
            if not self._asking[eio_sid]:
                del self._asking[eio_sid]

    def broadcast(self, type_name: str, text: str) -> None:
        """Send an envelope to every client."""
        packet = event_packet(type_name, text)
        for eio_sid in list(self._clients):
            try:
                is_deaf = self._transport.backlog(eio_sid) >= QUEUE_LIMIT
                if not is_deaf:
                    self._transport.send(eio_sid, packet)
            except Exception:  # one client's fault is not the others'
                log.exception("A client could not be served; it is let go.")
                is_deaf = True
            if is_deaf:
                self._let_go(eio_sid)

    def _let_go(self, eio_sid: str) -> None:
        self._clients.pop(eio_sid, None)
        self._metrics.dropped.inc()
        self._transport.spawn(self._transport.drop, eio_sid)
