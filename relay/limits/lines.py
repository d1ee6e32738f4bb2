"""What each Socket.IO client may send: little until it has shown who it is, then at a pace that others do not feel.

Whoever sends faster is read more slowly: nothing that a bot says is dropped, it waits on the bot's own side. What is no
message at all is left out, and ends the connection when it comes by the hundred.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from relay.limits.bucket import Bucket, Buckets, Rate
from relay.websocket_bounds import FRAMES_A_TURN

STRANGERS_S = 10.0
"""From the first byte to the first namespace that lets it in."""
STRANGERS_MESSAGES = 20
"""A client connects to three namespaces, and may try each of them again."""
PERSON = Rate(per_second=100, burst=2_000)
"""A page acknowledges thirty frames a second."""
BOT = Rate(per_second=1_000, burst=20_000)
"""After an outage ten thousand events come at once; a bot of many prices says fifty things a second."""
BOTS_EVENTS_A_TURN = 100
"""What comes in one turn goes to the tape in one transaction: a burst in small parts takes twice as long."""
MALFORMED = Rate(per_second=1, burst=100)
"""A client with a fault of its own is borne with for a while."""
BYTES_FOR_ONE = 8_192
"""A message counts once more for each so many bytes."""

log = logging.getLogger("tapedeck.relay")


class Lines(Protocol):
    """As much of `relay.transport.Transport` as is needed here."""

    def is_open(self, eio_sid: str) -> bool: ...
    def open_lines(self) -> list[str]: ...
    def trust(self, eio_sid: str, frames_a_turn: int) -> None: ...
    def drop(self, eio_sid: str) -> None: ...
    def spawn(self, task: Callable[[str], None], eio_sid: str) -> None: ...
    def sleep(self, seconds: float) -> None: ...


@dataclass(slots=True)
class Line:
    """One client; a stranger as long as it has no `pace`."""

    opened_s: float
    malformed: Bucket
    said: int = 0
    pace: Bucket | None = None
    frames_a_turn: int = FRAMES_A_TURN


class Pacer:
    """Knows every client by its Engine.IO session id."""

    def __init__(self, lines: Lines, monotonic: Callable[[], float], count: Callable[[str], object]) -> None:
        self._lines = lines
        self._monotonic = monotonic
        self._count = count
        self._known: dict[str, Line] = {}
        self._bots = Buckets(BOT)

    def __len__(self) -> int:
        return len(self._known)

    def know_person(self, eio_sid: str) -> None:
        """A namespace has let it in."""
        self._know(eio_sid, Bucket(PERSON, self._monotonic()), FRAMES_A_TURN)

    def know_bot(self, eio_sid: str, bot_id: str) -> None:
        """The same for a bot, whose pace goes with it from one connection to the next."""
        self._know(eio_sid, self._bots.of(bot_id, self._monotonic()), BOTS_EVENTS_A_TURN)

    def moved(self, eio_sid: str) -> None:
        """It has a WebSocket from now on: who it is is known there too."""
        line = self._known.get(eio_sid)
        if line is not None and line.pace is not None:
            self._lines.trust(eio_sid, line.frames_a_turn)

    def is_known(self, eio_sid: str) -> bool:
        """Has it shown who it is?"""
        line = self._known.get(eio_sid)
        return line is not None and line.pace is not None

    def take(self, eio_sid: str, size: int) -> bool:
        """A message of that size came in: waits for as long as it has to; False where it is to be left out."""
        if not self._lines.is_open(eio_sid):
            return False
        line = self._line(eio_sid)
        if line.pace is None:
            line.said += 1
            if line.said > STRANGERS_MESSAGES:
                self._end(eio_sid, "strangers_messages")
            return line.said <= STRANGERS_MESSAGES
        wait_s = line.pace.owe(self._monotonic(), 1 + size // BYTES_FOR_ONE)
        if wait_s > 0:
            self._lines.sleep(wait_s)
        return True

    def malformed(self, eio_sid: str) -> None:
        """It sent what is no message."""
        self._count("malformed")
        if self._lines.is_open(eio_sid) and not self._line(eio_sid).malformed.take(self._monotonic()):
            self._end(eio_sid, "malformed_flood")

    def sweep(self) -> None:
        """Forget those that are gone, and end the strangers that have had their time; call it once a second."""
        now = self._monotonic()
        for eio_sid in self._lines.open_lines():
            line = self._line(eio_sid)
            if line.pace is None and now - line.opened_s > STRANGERS_S:
                self._end(eio_sid, "strangers_time")
        for eio_sid in list(self._known):
            if not self._lines.is_open(eio_sid):
                del self._known[eio_sid]

    def _know(self, eio_sid: str, pace: Bucket, frames_a_turn: int) -> None:
        line = self._line(eio_sid)
        line.pace, line.frames_a_turn = pace, frames_a_turn
        self._lines.trust(eio_sid, frames_a_turn)

    def _line(self, eio_sid: str) -> Line:
        found = self._known.get(eio_sid)
        if found is None:
            now = self._monotonic()
            found = self._known[eio_sid] = Line(now, Bucket(MALFORMED, now))
        return found

    def _end(self, eio_sid: str, why: str) -> None:
        self._count(why)
        log.debug("A client is let go (%s).", why)
        self._lines.spawn(self._lines.drop, eio_sid)
