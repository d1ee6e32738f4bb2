"""How long to wait before trying again: growing, bounded, and with a part of chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

_MOST_FAILURES = 500
"""More of them change nothing any more, and a power of them would be no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits from `first_s` to `longest_s`, each `growth` times the one before, then between `least` and `most` of it.

    Without chance, all that lost the same line would knock at the same moment.
    """

    first_s: float
    longest_s: float
    growth: float = 2.0
    least: float = 0.8
    most: float = 1.2

    def wait_s(self, failures: int, random: Callable[[], float]) -> float:
        """Seconds to wait after so many failures in a row (1 or more); `random` gives numbers from 0 to 1."""
        whole = min(self.longest_s, self.first_s * self.growth ** (min(failures, _MOST_FAILURES) - 1))
        return whole * (self.least + (self.most - self.least) * random())

    def waits(self, random: Callable[[], float]) -> Iterator[float]:
        """The waits after the first failure, the second and so on, for ever."""
        return (self.wait_s(failures, random) for failures in count(1))


RELAY = Backoff(first_s=0.2, longest_s=2.0, growth=1.05)
"""Slow: in the first six seconds no wait is over half a second, so a relay that restarts is noticed at once."""
REFUSAL = Backoff(first_s=0.5, longest_s=30.0)
"""Before a relay that was there and said no is asked again: that takes a person, or time."""
MARKET = Backoff(first_s=1.0, longest_s=30.0)
"""Before a market is opened again as a whole."""
STREAM = Backoff(first_s=0.5, longest_s=10.0, least=0.5, most=1.0)
"""Before one stream or one REST call to an exchange is tried again."""

backoff = RELAY.waits
