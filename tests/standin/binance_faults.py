"""What can go wrong on the stand-in, by switch: with REST answers, with the user stream, with time and with the key."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["order", "cancel", "query", "market", "any"]
"""POST order; DELETE order(s); a signed GET; what needs no key; each of them."""
Answer = Literal["ok", "cut", "broken", "500", "503", "429", "418", "-1021"]
"""What the client gets: the true answer, no answer, half a JSON, an error page, or that its time is wrong."""
StreamFate = Literal["send", "drop", "twice", "late"]
"""What becomes of an event: `late` holds it back until after the next one that is sent."""
NEVER_DONE = frozenset({"429", "418", "-1021"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the next `times` requests of a kind, beginning now, before any fault that was added later.

    `accepted` says whether the exchange does what is asked before the answer goes wrong (429, 418 and -1021 never do).
    A request is done only `arrives_after_s`, and answered another `answers_after_s` later.
    """

    kind: Kind = "any"
    answer: Answer = "ok"
    accepted: bool = True
    arrives_after_s: float = 0.0
    answers_after_s: float = 0.0
    times: int = 1

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or self.answer not in get_args(Answer):
            raise ValueError(f"kind is one of {get_args(Kind)}, answer one of {get_args(Answer)}; got {self}")

    @property
    def is_done(self) -> bool:
        return self.accepted and self.answer not in NEVER_DONE


NO_FAULT = Fault()


@dataclass(slots=True, kw_only=True)
class StreamFaults:
    """Of the user stream."""

    is_silent: bool = False
    """Subscriptions are accepted and events are lost."""
    gives_no_answer: bool = False
    """A subscription that is asked for gets no answer, and is none."""
    fates: deque[StreamFate] = field(default_factory=deque)
    """Of the next events, one each; all after them are sent."""
    late_by_s: float = 0.0
    """Every event comes so much later, in order."""


@dataclass(slots=True, kw_only=True)
class Faults:
    """All switches; `clear` puts them back. Set them at any time."""

    stream: StreamFaults = field(default_factory=StreamFaults)
    orders_hidden_for: int = 0
    """So many queries do not see a new order yet; it is there, matches and can be canceled."""
    trades_hidden_for: int = 0
    """So many myTrades queries do not see a new execution yet."""
    tells_no_fees: bool = False
    """Executions are told without what they cost, as simple stand-ins have it."""
    clock_offset_ms: int = 0
    """The exchange's clock is ahead by this."""
    key_may_read: bool = True
    key_may_trade: bool = True
    key_may_withdraw: bool = False
    key_is_bound_to_ip: bool = True
    _pending: list[Fault] = field(default_factory=list)
    _left: list[int] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Behind those that wait already."""
        self._pending.append(fault)
        self._left.append(fault.times)

    def next_of(self, kind: Kind) -> Fault:
        """What happens to a request of this kind, which comes in now; `NO_FAULT` for nothing."""
        for index, fault in enumerate(self._pending):
            if fault.kind in (kind, "any"):
                self._left[index] -= 1
                if self._left[index] <= 0:
                    del self._pending[index], self._left[index]
                return fault
        return NO_FAULT

    @property
    def pending(self) -> int:
        """How many faulty requests are still to come."""
        return sum(self._left)

    def switch(self, **values: Any) -> None:
        """Set switches by name, the stream's too; for what comes as JSON. Raises `ValueError` for an unknown name."""
        for name, value in values.items():
            owner = self.stream if name in StreamFaults.__slots__ else self
            if name.startswith("_") or name == "stream" or name not in type(owner).__slots__:
                raise ValueError(f"there is no switch {name!r}")
            setattr(owner, name, deque(value) if name == "fates" else value)

    def clear(self) -> None:
        """Nothing is wrong any more."""
        fresh = Faults()
        for name in Faults.__slots__:
            setattr(self, name, getattr(fresh, name))
