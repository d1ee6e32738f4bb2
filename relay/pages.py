"""All pages' lines: takes their `sync` messages, hands out frames, and wakes up when a frame is due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from relay.access.visitor import Visitor
from relay.clients import ASKED_AT_ONCE
from relay.commands import outcome_text, stops
from relay.deck import Deck
from relay.session import Frame, Session
from relay.stream import Slice
from relay.transport import SharedPacket, Transport

IDLE_WAIT = 0.25
COMMANDS_PER_SYNC = 20
SHARED_LIMIT = 1_000
Command = Callable[[Mapping[str, Any], Visitor], dict[str, Any]]
"""Runs one command of somebody's, waiting as long as that takes, and returns its outcome."""
SHARED_FOR = 0.1
"""Seconds for which a frame is given to other pages too: it carries the relay's clock, by which they judge ages."""


log = logging.getLogger("tapedeck.relay")


@dataclass(slots=True)
class Page:
    """A connected page: its Engine.IO session id, who looks at it, its line, and the packet in flight."""

    eio_sid: str
    visitor: Visitor
    session: Session
    packet: SharedPacket | None = None
    is_let_go: bool = False
    running: int = 0
    """Commands of its that are under way."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A frame that several pages get alike, what it was made of, and when (monotonic seconds)."""

    cut: Slice
    made_at: float
    frame: Frame
    packet: SharedPacket


class Pages:
    """Frames go out in one place, `_serve`. Every method is called with the deck's lock free and takes it itself."""

    def __init__(self, deck: Deck, transport: Transport, command: Command) -> None:
        self._deck = deck
        self._transport = transport
        self._command = command
        self._pages: dict[str, Page] = {}
        self._running: set[str] = set()
        self._shared: dict[int, Shared] = {}
        self._wake = transport.event()
        self._due = float("inf")

    def __len__(self) -> int:
        return len(self._pages)

    def connect(self, eio_sid: str, auth: object, visitor: Visitor) -> None:
        """A page was let in: its first frame goes out at once."""
        with self._deck.lock:
            session = Session.opened(auth, tape_id=self._deck.tape_id, last_seq=self._deck.seq)
            page = Page(eio_sid, visitor, session)
            self._pages[eio_sid] = page
            self._serve_alone(page)

    def disconnect(self, eio_sid: str) -> None:
        """The page is gone; what it did not acknowledge it asks for again when it comes back."""
        self._pages.pop(eio_sid, None)

    def sync(self, eio_sid: str, payload: object) -> None:
        """An acknowledgement, commands, or both. What is not understood is left out."""
        page = self._pages.get(eio_sid)
        if page is None or not isinstance(payload, Mapping):
            return
        for command in self._commands(page, payload):
            self._transport.spawn(self._run_command, page, command)
        if "ack" in payload:
            with self._deck.lock:
                if page.session.acknowledge(payload["ack"]):
                    self._serve_and_plan(page)

    def wake(self) -> None:
        """Something new is in the stream."""
        self._wake.set()

    def run(self) -> None:
        """Serve for ever; runs as a background task."""
        while True:
            self._wake.wait(min(IDLE_WAIT, max(0.0, self._due - self._deck.monotonic())))
            self._wake.clear()
            with self._deck.lock:
                self._due = float("inf")
                for page in list(self._pages.values()):
                    self._serve_alone(page)

    def _serve_alone(self, page: Page) -> None:
        """A page that fails fails alone: it is let go, and comes back by itself."""
        try:
            self._serve(page)
        except Exception:
            log.exception("A page could not be served; it is let go.")
            self._let_go(page)

    def _let_go(self, page: Page) -> None:
        page.is_let_go = True
        self._pages.pop(page.eio_sid, None)
        self._transport.spawn(self._transport.drop, page.eio_sid)

    def _serve_and_plan(self, page: Page) -> None:
        """Outside of `run`: when this page's frame is due before `run` would look again, let it look."""
        planned = self._due
        self._serve_alone(page)
        if self._due < planned:
            self._wake.set()

    def _serve(self, page: Page) -> None:
        now = self._deck.monotonic()
        session = page.session
        if session.overdue(now):
            self._repeat(page, now)
        elif session.wants(now, self._deck.position):
            due = session.due_at(self._deck.durable_position)
            if now >= due:
                self._send_next(page, now)
            else:
                self._due = min(self._due, due)

    def _send_next(self, page: Page, now: float) -> None:
        if self._fell_behind(page):
            return
        frame, page.packet = self._shared_frame(page, now) if page.session.shareable() else self._own_frame(page)
        page.session.sent(frame, now)
        self._transport.send(page.eio_sid, page.packet)

    def _repeat(self, page: Page, now: float) -> None:
        if page.packet is not None and page.session.in_flight and self._transport.backlog(page.eio_sid) == 0:
            page.session.sent(page.session.in_flight, now)
            self._transport.send(page.eio_sid, page.packet)

    def _fell_behind(self, page: Page) -> bool:
        behind = page.session.live and page.session.acked < self._deck.oldest
        if behind:
            self._pages.pop(page.eio_sid, None)
            self._transport.send(page.eio_sid, SharedPacket("1/page,"))
        return behind

    def _own_frame(self, page: Page) -> tuple[Frame, SharedPacket]:
        frame = page.session.next_frame(self._deck, self._deck.wall_ms())
        return frame, SharedPacket(frame.text)

    def _shared_frame(self, page: Page, now: float) -> tuple[Frame, SharedPacket]:
        after, cut = page.session.acked, page.session.cut(self._deck)
        found = self._shared.get(after)
        if found is None or found.cut is not cut or now - found.made_at > SHARED_FOR:
            if len(self._shared) > SHARED_LIMIT:
                self._shared.clear()
            found = self._shared[after] = Shared(cut, now, *self._own_frame(page))
        return found.frame, found.packet

    def _commands(self, page: Page, payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        commands = payload.get("commands")
        if not isinstance(commands, list):
            return []
        return [
            command
            for command in commands[:COMMANDS_PER_SYNC]
            if isinstance(command, Mapping)
            and self._is_new(command)
            and (page.running < ASKED_AT_ONCE or stops(command))  # the page asks again for what has no outcome
        ]

    def _is_new(self, command: Mapping[str, Any]) -> bool:
        command_id = command.get("id")
        return isinstance(command_id, str) and 0 < len(command_id) <= 200 and command_id not in self._running

    def _run_command(self, page: Page, command: Mapping[str, Any]) -> None:
        if page.is_let_go:
            return
        command_id = str(command["id"])
        self._running.add(command_id)
        with self._deck.lock:
            page.running += 1
        try:
            outcome = self._command(command, page.visitor)
        finally:
            with self._deck.lock:
                page.running -= 1
            self._running.discard(command_id)
        with self._deck.lock:
            if page.eio_sid not in self._pages:
                return
            page.session.outcomes[command_id] = outcome_text(command, outcome)
            if page.session.is_overfull():
                log.warning("A page asks without acknowledging what it gets; it is let go.")
                self._let_go(page)
            else:
                self._serve_and_plan(page)
