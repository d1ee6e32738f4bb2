"""The lines at which a live bot can be killed: before and after each write, each send and each answer it takes in.

Put around the real parts from outside, in the test's own process of the bot. A point has a name that means the same in
every run of the same day: what it is at, the how many-th of those, and on which side of it.

- `write`: a transaction of the journal that changes something; `before` its commit and `after` it.
- `delivery`: the same for what the relay has acknowledged. How many there are hangs on the clock.
- `send`: a request that changes something on the exchange; `before` it leaves, `taken` when the exchange has done it
  and the answer has not been read, `after` the answer.
- `OrderFilled` and the like: what became of an order, on its way into the bot's inbox; `before` and `after`.
- `BalancesSeen`: the same for what is held; how many there are hangs on the clock as well.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from aiohttp import ClientResponse
from ccxt.async_support.base.exchange import Exchange
from sqlalchemy import Connection, Engine, event

from bot.core.messages import Input
from bot.core.state import State
from bot.shell import journal
from bot.shell.journal_store import Store
from bot.shell.live import compose as live_compose
from bot.shell.live.broker import LiveBroker

BY_THE_CLOCK = ("delivery", "BalancesSeen")
"""Kinds of which one day has more than another."""
ON_THE_LINE = ("send", "delivery")
"""Kinds in which exchange or relay have a part: each side of them leaves another world."""


def different(points: Sequence[str]) -> list[str]:
    """Those at which a kill leaves another world than at the point before: what is in memory dies with the process.

    `write 3 before` is the same kill as `write 2 after`, or as what was sent in between, and so is whatever the bot was
    told in between. So each write is killed before it and after it, and each send on all three sides.
    """
    return [point for number, point in enumerate(points) if not number or _is_different(*point.split())]


def _is_different(kind: str, _number: str, side: str) -> bool:
    return kind in ON_THE_LINE or (kind == "write" and side == "after")


class Points:
    """Counts what is reached, tells of it, and ends this process at `die_at` as `kill -9` does."""

    def __init__(self, die_at: str | None, tell: Callable[[str], None]) -> None:
        self._die_at = die_at
        self._tell = tell
        self._begun: Counter[str] = Counter()

    def begin(self, kind: str) -> str:
        """The next of its kind: what its points are called, up to the side."""
        self._begun[kind] += 1
        return f"{kind} {self._begun[kind]}"

    def reach(self, name: str, side: str) -> None:
        """The process is here now, and maybe no further."""
        point = f"{name} {side}"
        self._tell(point)
        if point == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def put_in(points: Points) -> None:
    """Every part of the bot that is made from now on has the points."""
    vars(journal)["Store"] = _store_with(points)
    vars(live_compose)["LiveBroker"] = _broker_with(points)
    _put_into_ccxt(points)


def _store_with(points: Points) -> type[Store]:
    changes: list[str] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            changes.append(statement)

    class PointedStore(Store):
        @contextmanager
        def transaction(self) -> Iterator[Connection]:
            changes.clear()
            name = ""
            with super().transaction() as connection:
                yield connection
                if changes:
                    is_delivery = all(change.startswith("DELETE FROM journal_outbox") for change in changes)
                    name = points.begin("delivery" if is_delivery else "write")
                    points.reach(name, "before")
            if name:
                points.reach(name, "after")

    return PointedStore


def _broker_with(points: Points) -> type[LiveBroker]:
    class PointedBroker(LiveBroker):
        def bind(self, tell: Callable[[Input], Awaitable[None]], state: Callable[[], State]) -> None:
            async def told(message: Input) -> None:
                name = points.begin(type(message).__name__)
                points.reach(name, "before")
                await tell(message)
                points.reach(name, "after")

            super().bind(told, state)

    return PointedBroker


def _put_into_ccxt(points: Points) -> None:
    """ccxt reads an answer's text when its first bytes have come: the exchange has done then what it was asked."""
    fetch, text = Exchange.fetch, ClientResponse.text
    sending: ContextVar[str] = ContextVar("sending", default="")

    async def pointed_fetch(
        self: Exchange, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> Any:
        if method == "GET":
            return await fetch(self, url, method, headers, body)
        name = points.begin("send")
        sending.set(name)
        points.reach(name, "before")
        answer = await fetch(self, url, method, headers, body)
        sending.set("")
        points.reach(name, "after")
        return answer

    async def pointed_text(self: ClientResponse, *arguments: Any, **options: Any) -> str:
        if sending.get():
            points.reach(sending.get(), "taken")
        return await text(self, *arguments, **options)

    Exchange.fetch = pointed_fetch
    ClientResponse.text = pointed_text  # type: ignore[method-assign]
