"""What the same somebody does again and again, written down once a second with a count. Pure: the clock comes in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

EVERY_S = 1.0
KINDS = 1_000
"""So many are kept apart; more than that in one second are counted as one more kind: the rest."""

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class _Kind:
    told_s: float
    untold: int = 0


class Repeats(Generic[K]):
    """`is_first` where a thing is to be told now; what is held back comes out of `due`."""

    def __init__(self, rest: K) -> None:
        self._rest = rest
        self._kinds: dict[K, _Kind] = {}

    def is_first(self, kind: K, now_s: float) -> bool:
        """Is it the first of its kind in a second? Else it is counted."""
        kind = kind if kind in self._kinds or len(self._kinds) < KINDS else self._rest
        known = self._kinds.get(kind)
        if known is None:
            self._kinds[kind] = _Kind(now_s, untold=int(kind == self._rest))
            return kind != self._rest
        known.untold += 1
        return False

    def due(self, now_s: float) -> list[tuple[K, int]]:
        """What was held back for a second, and how often it happened; call it about once a second."""
        over = [(kind, seen) for kind, seen in self._kinds.items() if now_s - seen.told_s >= EVERY_S]
        for kind, seen in over:
            if seen.untold:
                seen.told_s = now_s
            else:
                del self._kinds[kind]
        found = [(kind, seen.untold) for kind, seen in over if seen.untold]
        for _, seen in over:
            seen.untold = 0
        return found
