"""How long somebody who gave wrong passwords has to wait. Pure: the clock comes in as seconds.

An address waits for its own mistakes, longer with each. A guess from ever new addresses makes all of those wait that
have never come in before; who has is not held up by others. On loopback nobody waits longer than a moment: the owner
cannot be locked out of the machine itself.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from relay.limits.addresses import LOOPBACK, visitor_of

FREE_TRIES = 5
LONGEST_S = 900.0
LONGEST_ON_LOOPBACK_S = 1.0
FREE_TRIES_OF_ALL = 50
LONGEST_OF_ALL_S = 10.0
FORGOTTEN_AFTER_S = 3_600.0
ADDRESSES = 10_000
"""So many are remembered; the one that has been quiet for longest goes."""


T = TypeVar("T")


@dataclass(slots=True)
class Mistakes:
    """Wrong tries in a row, and when the last one was."""

    count: int = 0
    last_s: float = float("-inf")

    def add(self, now_s: float) -> None:
        self.count = 1 if now_s - self.last_s > FORGOTTEN_AFTER_S else self.count + 1
        self.last_s = now_s

    def wait_s(self, now_s: float, free: int, longest_s: float) -> float:
        """Doubles with each after the free ones: 1 s, 2 s, 4 s and so on."""
        over = self.count - free
        if over < 0:
            return 0.0
        return max(0.0, self.last_s + min(longest_s, 2.0 ** min(over, 20)) - now_s)


class Lockout:
    """Remembers mistakes by address, an IPv6 network of 64 bits being one, and those of all together."""

    def __init__(self) -> None:
        self._by_address: OrderedDict[str, Mistakes] = OrderedDict()
        self._of_all = Mistakes()
        self._known: OrderedDict[str, None] = OrderedDict()

    def wait_s(self, address: str, now_s: float) -> float:
        """Seconds until the next try of that address is looked at; 0 for at once."""
        visitor = visitor_of(address)
        mistakes = self._by_address.get(visitor, Mistakes())
        if visitor == LOOPBACK:
            return mistakes.wait_s(now_s, FREE_TRIES, LONGEST_ON_LOOPBACK_S)
        own = mistakes.wait_s(now_s, FREE_TRIES, LONGEST_S)
        if visitor in self._known:
            return own
        return max(own, self._of_all.wait_s(now_s, FREE_TRIES_OF_ALL, LONGEST_OF_ALL_S))

    def failed(self, address: str, now_s: float) -> None:
        """A wrong password was looked at."""
        visitor = visitor_of(address)
        _remember(self._by_address, visitor, self._by_address.get(visitor) or Mistakes())
        self._by_address[visitor].add(now_s)
        self._of_all.add(now_s)

    def succeeded(self, address: str, *, forgets: bool = True) -> None:
        """The right one was given: that address's mistakes are forgotten, those of others are not.

        Not so where it `forgets` nothing: a viewer's own password must not buy more guesses at the operator's.
        """
        if forgets:
            self._by_address.pop(visitor_of(address), None)
        _remember(self._known, visitor_of(address), None)


def _remember(kept: OrderedDict[str, T], address: str, value: T) -> None:
    kept[address] = value
    kept.move_to_end(address)
    if len(kept) > ADDRESSES:
        kept.popitem(last=False)
