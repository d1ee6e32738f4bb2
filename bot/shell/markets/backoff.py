"""How long to wait before trying again."""

from __future__ import annotations

import math
from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 10.0


def backoff_s(failures: int, random: Callable[[], float]) -> float:
    """Seconds to wait after so many failures in a row (1 or more): doubling up to 10, each between half and all of it.

    `random` gives numbers from 0 to 1; without its jitter all bots would come back to an exchange at the same moment.
    """
    whole = min(LONGEST_S, math.ldexp(FIRST_S, min(failures, 16) - 1))
    return whole * (0.5 + 0.5 * random())
