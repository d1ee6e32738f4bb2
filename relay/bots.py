"""Which bots there are, which of them are heard, and what they last said of themselves. Pure; the clock comes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SILENCE_LIMIT = 2.5
"""Seconds without a word after which a bot that sends heartbeats is offline."""
CLOSED_GRACE = 1.0
"""Seconds that a bot has to come back after its connection closed, before it is offline."""
FEED_FRESH_MS = 2_500
"""A feed that is older is stale: with a heartbeat a second it is known within three seconds of the last price."""


@dataclass(slots=True)
class Bot:
    """One bot; times are the relay's monotonic seconds. `eio_sid` is None while it is not connected.

    `place` is its number in the order in which the bots came; `heard_ms` is when it was last heard, UTC.
    """

    bot_id: str
    name: str
    place: int = 0
    has_spoken: bool = False
    eio_sid: str | None = None
    heard_at: float = float("-inf")
    heard_ms: int | None = None
    closed_at: float | None = None
    sends_heartbeats: bool = False
    feed_age_ms: int | None = None
    feed_heard_at: float | None = None
    reported: dict[str, Any] | None = None
    offline: bool = True

    @property
    def connected(self) -> bool:
        return self.eio_sid is not None

    def heard(self, now: float, now_ms: int) -> None:
        """Any message."""
        self.heard_at, self.heard_ms, self.has_spoken = now, now_ms, True

    def beat(self, now: float, feed_age_ms: int | None) -> None:
        """A heartbeat: from now on silence means offline."""
        self.sends_heartbeats = True
        self.feed_age_ms, self.feed_heard_at = feed_age_ms, now

    def priced(self, now: float) -> None:
        """A price: the feed of a bot without heartbeats is as old as its last one."""
        if not self.sends_heartbeats:
            self.feed_age_ms, self.feed_heard_at = 0, now

    def is_silent(self, now: float) -> bool:
        """Should the bot count as offline now?"""
        if not self.connected:
            return self.closed_at is None or now - self.closed_at >= CLOSED_GRACE
        return self.sends_heartbeats and now - self.heard_at > SILENCE_LIMIT

    def why_not_ready(self, now: float) -> str | None:
        """None when the bot is connected and its feed fresh, else one sentence."""
        if not self.connected:
            return f"Bot {self.bot_id} is not connected."
        if self.is_silent(now):
            return f"Bot {self.bot_id} is connected but has been silent for {now - self.heard_at:.1f} s."
        if self.feed_age_ms is None or self.feed_heard_at is None:
            return f"Bot {self.bot_id} has no price yet."
        age_ms = self.feed_age_ms + round((now - self.feed_heard_at) * 1000)
        return (
            None if age_ms <= FEED_FRESH_MS else f"The market feed of bot {self.bot_id} is {age_ms / 1000:.1f} s old."
        )

    def summary(self) -> dict[str, Any]:
        """What the list of bots says of it."""
        return {"bot_id": self.bot_id, "name": self.name, "connected": self.connected}


class Bots:
    """All bots that the tape or a connection made known, in the order in which they came.

    Those that never said anything come last: the first one is who a command without a name is for.
    """

    def __init__(self) -> None:
        self._bots: dict[str, Bot] = {}
        self._last_place = 0
        self._by_sid: dict[str, Bot] = {}

    def __iter__(self) -> Iterator[Bot]:
        return iter(sorted(self._bots.values(), key=lambda bot: (not bot.has_spoken, bot.place)))

    def get(self, bot_id: str | None) -> Bot | None:
        """The bot with this id; without one the first."""
        if bot_id is None:
            return next(iter(self), None)
        return self._bots.get(bot_id)

    def of_sid(self, eio_sid: str) -> Bot | None:
        """The bot behind a connection."""
        return self._by_sid.get(eio_sid)

    def add(self, bot_id: str, name: str | None = None, *, place: int | None = None) -> Bot:
        """The bot with this id, made known if it was not; without a `place` after all the others."""
        bot = self._bots.get(bot_id)
        if bot is None:
            bot = self._bots[bot_id] = Bot(bot_id, bot_id, self._last_place + 1 if place is None else place)
            self._last_place = max(self._last_place, bot.place)
        bot.name = name or bot.name
        return bot

    def connected(self, bot_id: str, name: str | None, eio_sid: str, now: float) -> str | None:
        """A bot has come; returns the connection that it replaces, if there is one."""
        bot = self.add(bot_id, name)
        replaced, bot.eio_sid = bot.eio_sid, eio_sid
        bot.heard_at, bot.closed_at, bot.sends_heartbeats = now, None, False
        if replaced is not None:
            self._by_sid.pop(replaced, None)
        self._by_sid[eio_sid] = bot
        return replaced

    def disconnected(self, eio_sid: str, now: float) -> Bot | None:
        """A connection is gone; returns its bot unless another connection has replaced it."""
        bot = self._by_sid.pop(eio_sid, None)
        if bot is not None:
            bot.eio_sid, bot.closed_at = None, now
        return bot
