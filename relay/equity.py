"""How each bot's equity went: a sample every ten seconds at first, fewer the older they are, a day's last for ever.

`EquityCurves` holds them all in memory, some thousands a bot; `equity_store.py` keeps the minutes and longer on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

_SECOND_MS = 1_000
_MINUTE_MS = 60 * _SECOND_MS
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS

SAMPLE_EVERY_MS = 10 * _SECOND_MS
Steps = Sequence[tuple[float, int]]
"""(up to this age in ms, one sample for each so many ms), youngest first."""
ON_DISK: Steps = (
    (_DAY_MS, _MINUTE_MS),
    (31 * _DAY_MS, 15 * _MINUTE_MS),
    (float("inf"), _DAY_MS),
)
IN_MEMORY: Steps = ((_HOUR_MS, SAMPLE_EVERY_MS), *ON_DISK)

Sample = tuple[int, str]
"""The relay's clock (ms UTC) and the equity as a decimal string."""


@dataclass(slots=True)
class Curve:
    """One bot's samples, oldest first, and the times of those that are on disk."""

    samples: list[Sample] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the disk lacks, and what it has too many of: (bot, time, equity) and (bot, time)."""

    added: list[tuple[str, int, str]]
    removed: list[tuple[str, int]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


class EquityCurves:
    """Not locked: its owner calls it under a lock of its own."""

    def __init__(self, stored: Mapping[str, Sequence[Sample]]) -> None:
        """`stored` is what the disk has of each bot, oldest first."""
        self._curves = {bot_id: Curve(list(kept), {ts for ts, _ in kept}) for bot_id, kept in stored.items()}

    def take(self, bot_id: str, ts: int, equity: Decimal | None) -> None:
        """What a bot's heartbeat said; kept where the last that was is ten seconds old."""
        if equity is None:
            return
        samples = self._curves.setdefault(bot_id, Curve()).samples
        if not samples or ts - samples[-1][0] >= SAMPLE_EVERY_MS:
            samples.append((ts, format(equity, "f")))

    def latest(self, bot_id: str) -> str | None:
        """The newest sample's equity, or None."""
        curve = self._curves.get(bot_id)
        return curve.samples[-1][1] if curve and curve.samples else None

    def curve(self, bot_id: str, limit: int) -> list[Sample]:
        """The whole of it, oldest first, in at most `limit` samples, the newest among them."""
        curve = self._curves.get(bot_id)
        return spread(curve.samples, limit) if curve else []

    def tidy(self, now: int) -> Changes:
        """Forget what is too much for its age; returns what is to be done on disk. The running minute waits."""
        changes = Changes(added=[], removed=[])
        for bot_id, curve in self._curves.items():
            curve.samples = thinned(curve.samples, now, IN_MEMORY)
            over = [sample for sample in curve.samples if sample[0] < now // _MINUTE_MS * _MINUTE_MS]
            wanted = dict(thinned(over, now, ON_DISK))
            changes.added.extend((bot_id, ts, wanted[ts]) for ts in wanted.keys() - curve.stored)
            changes.removed.extend((bot_id, ts) for ts in curve.stored - wanted.keys())
        return changes

    def done(self, changes: Changes) -> None:
        """The changes are on disk."""
        for bot_id, ts, _ in changes.added:
            self._curves[bot_id].stored.add(ts)
        for bot_id, ts in changes.removed:
            self._curves[bot_id].stored.discard(ts)


def thinned(samples: Iterable[Sample], now: int, steps: Steps) -> list[Sample]:
    """Of samples, oldest first, the last one in each stretch of UTC that is as long as their age allows."""
    kept: dict[tuple[int, int], Sample] = {}
    for sample in samples:
        ts = sample[0]
        length = next(length for age, length in steps if now - ts <= age)
        kept[length, ts // length] = sample
    return list(kept.values())


def spread(samples: Sequence[Sample], limit: int) -> list[Sample]:
    """At most `limit` of the samples, evenly, the last always and with two or more the first."""
    if len(samples) <= limit:
        return list(samples)
    last = len(samples) - 1
    return [samples[last - round(place * last / max(1, limit - 1))] for place in reversed(range(limit))]
