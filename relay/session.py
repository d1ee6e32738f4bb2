"""One page's line, seen from the relay: stop-and-wait, pure, with the clock passed in.

At most one frame is in flight. A page that acknowledged a position gets all that came after it in the next frame, not
sooner than `FRAME_INTERVAL` after the last one, with prices alone not more often than `QUOTE_INTERVAL` allows, or
`CROWDED_INTERVAL` where they come faster than anyone reads. A frame that is not acknowledged within `REPEAT_AFTER` goes
out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from relay.stream import DURABLE_PER_FRAME, Slice
from relay.tape import Event

FRAME_INTERVAL = 1 / 30
QUOTE_INTERVAL = 1 / 22
QUOTE_BURST = 3
"""Frames of prices alone come at most so often on average, for a page's work is mostly their number; so many may come
early, so that an uneven stream of 20 a second never waits."""
CROWDED = 3
CROWDED_INTERVAL = 1 / 15
"""A frame that carries so many messages or more pays for so long: at 50 prices a second the page draws 15."""
REPEAT_AFTER = 1.0
OUTCOMES_LIMIT = 200
OUTCOME_BYTES = 2_000_000
"""So much of what a page asked for may wait for it: far more than a page asks for at once."""
QUIET_LIMIT = 1.0
SNAPSHOT_BEYOND = 5_000
"""A page that is this many events behind gets the whole picture instead."""


class Source(Protocol):
    """What frames are made of; implemented by the hub, under its lock."""

    @property
    def position(self) -> int: ...
    @property
    def durable_position(self) -> int:
        """The position of the last durable event."""

    @property
    def seq(self) -> int:
        """The last published durable event."""

    def since(self, position: int) -> Slice: ...
    def snapshot(self) -> Slice: ...
    def current(self) -> Slice: ...
    def missed(self, seq: int, limit: int) -> list[Event]:
        """Durable events after `seq` from the tape, none that is not published yet."""

    def hello(self, kind: str) -> str:
        """The `hello` object of a first frame, as JSON text."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame in flight: its number, the encoded Socket.IO text, and the outcomes that it carries."""

    n: int
    text: str
    outcomes: tuple[str, ...] = ()


def frame_text(n: int, after: int, ts: int, messages: str, extra: str = "") -> str:
    """The Socket.IO event as text, without Engine.IO's leading 4; `extra` starts with a comma where there is any."""
    return f'2/page,["frame",{{"n":{n},"after":{after},"ts":{ts},"messages":[{messages}]{extra}}}]'


@dataclass(slots=True)
class Session:
    """The relay's side of one page's line; `seq` is the last durable event that the page said it has, None for none."""

    seq: int | None
    acked: int = 0
    in_flight: Frame | None = None
    sent_at: float = float("-inf")
    paid_until: float = float("-inf")
    greeted: bool = False
    live: bool = False
    outcomes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def opened(cls, auth: object, *, tape_id: str, last_seq: int) -> Session:
        """What a page's connect says: resume after its `seq`, or start anew where that can't be."""
        data = auth if isinstance(auth, Mapping) else {}
        seq = data.get("seq")
        known = data.get("tape") == tape_id and isinstance(seq, int) and not isinstance(seq, bool)
        if known and isinstance(seq, int) and 0 < seq <= last_seq and last_seq - seq <= SNAPSHOT_BEYOND:
            return cls(seq=seq)
        return cls(seq=None)

    def acknowledge(self, n: object) -> bool:
        """Take an acknowledgement; True when it is the one that was waited for."""
        frame = self.in_flight
        if frame is None or n != frame.n:
            return False
        self.acked = frame.n
        for command_id in frame.outcomes:
            self.outcomes.pop(command_id, None)
        self.in_flight = None
        return True

    def is_overfull(self) -> bool:
        """Does more wait for a page than one that acknowledges leaves waiting?"""
        return len(self.outcomes) > OUTCOMES_LIMIT or sum(map(len, self.outcomes.values())) > OUTCOME_BYTES

    def wants(self, now: float, position: int) -> bool:
        """Is there something to send, were it allowed now?"""
        if self.in_flight is not None:
            return False
        return not self.live or self.acked < position or bool(self.outcomes) or now - self.sent_at >= QUIET_LIMIT

    def due_at(self, durable_position: int) -> float:
        """When the next frame may go: sooner with a trade or an outcome in it than with prices alone."""
        is_urgent = not self.live or bool(self.outcomes) or self.acked < durable_position
        soonest = self.sent_at + FRAME_INTERVAL
        return soonest if is_urgent else max(soonest, self.paid_until - QUOTE_BURST * QUOTE_INTERVAL)

    def overdue(self, now: float) -> bool:
        """Is the frame in flight unanswered for so long that it should go again?"""
        return self.in_flight is not None and now - self.sent_at >= REPEAT_AFTER

    def shareable(self) -> bool:
        """Is the next frame one that every page at the same position, or every new page, gets alike?"""
        return (self.live or self.seq is None) and not self.outcomes

    def next_frame(self, source: Source, ts: int) -> Frame:
        """The next frame, with all that is pending. Only when nothing is in flight."""
        extra = self._hello(source) + self._outcomes()
        n, messages = self._content(source)
        return Frame(n, frame_text(n, self.acked, ts, messages, extra), tuple(self.outcomes))

    def sent(self, frame: Frame, now: float) -> None:
        """Note that the frame went out; the first one greets, and a new page is live with it."""
        if frame is not self.in_flight:
            cost = CROWDED_INTERVAL if frame.n - self.acked >= CROWDED else QUOTE_INTERVAL
            self.paid_until = max(self.paid_until, now) + cost
        self.greeted = True
        self.live = self.live or self.seq is None
        self.in_flight = frame
        self.sent_at = now

    def _hello(self, source: Source) -> str:
        if self.greeted:
            return ""
        return f',"hello":{source.hello("snapshot" if self.seq is None else "resume")}'

    def _outcomes(self) -> str:
        return f',"outcomes":[{",".join(self.outcomes.values())}]' if self.outcomes else ""

    def _content(self, source: Source) -> tuple[int, str]:
        if not self.live and self.seq is not None:
            return self._catch_up(source, self.seq)
        cut = self.cut(source)
        return cut.upto, cut.text

    def cut(self, source: Source) -> Slice:
        """What a shareable frame is made of: what came after the page's position, or everything for a new page."""
        return source.since(self.acked) if self.live else source.snapshot()

    def _catch_up(self, source: Source, seq: int) -> tuple[int, str]:
        missed = source.missed(seq, DURABLE_PER_FRAME)
        texts = [event.text for event in missed]
        if len(missed) == DURABLE_PER_FRAME and missed[-1].seq < source.seq:
            self.seq = missed[-1].seq
            return self.acked + 1, ",".join(texts)
        self.live = True
        cut = source.current()
        return cut.upto, ",".join([*texts, *([cut.text] if cut.text else [])])
