"""Time that passes only when somebody sleeps."""

from __future__ import annotations

import asyncio


class FakeClock:
    """A wall clock in ms UTC; `sleep` moves it on at once and notes what was asked for, in seconds."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = float(now_ms)
        self.slept: list[float] = []

    def __call__(self) -> int:
        return int(self.now_ms)

    async def sleep(self, seconds: float) -> None:
        """Let the time pass, and the other tasks run."""
        self.slept.append(seconds)
        self.now_ms += seconds * 1000
        await asyncio.sleep(0)
