"""A bot that emits prices at a steady pace, each one telling when it was sent."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from tests.support import messages
from tests.support.foreign_bot import ForeignBot


def now_ms() -> float:
    """Milliseconds since the epoch, with their fraction."""
    return time.time() * 1000


def beats(per_second: float, seconds: float, *, jitter: float = 0.2) -> Iterator[None]:
    """Yields `per_second` times a second, each beat a little early or late so that no clock runs in step with it."""
    chance = random.Random(1)
    step = 1 / per_second
    started = time.monotonic()
    for number in range(round(per_second * seconds)):
        due = started + (number + chance.uniform(-jitter, jitter)) * step
        time.sleep(max(0.0, due - time.monotonic()))
        yield


def emit_prices(bot: ForeignBot, per_second: float, seconds: float) -> dict[str, float]:
    """Emit prices that are all different; returns when each was emitted, ms since the epoch."""
    sent: dict[str, float] = {}
    for number, _ in enumerate(beats(per_second, seconds)):
        value = f"{43000 + (number % 2) * 10 + number / 1e5:.5f}"
        sent[value] = now_ms()
        bot.client.emit("price_update", messages.price(value), namespace="/bot")
    return sent


def emit_stamps(bot: ForeignBot, per_second: float, seconds: float) -> int:
    """Emit prices whose value is the moment of their emission, so that whoever hears one knows its age."""
    count = 0
    for _ in beats(per_second, seconds):
        bot.client.emit("price_update", messages.price(f"{now_ms():.3f}"), namespace="/bot")
        count += 1
    return count
