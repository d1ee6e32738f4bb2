"""How often a property is tried: as often as the suite has time for, or `FUZZ_TIMES` times as often."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))


def runs(count: int, **options: Any) -> settings:
    """hypothesis' settings for `count` examples in the suite."""
    return settings(max_examples=count * TIMES, **options)
