"""How far this machine's clock is from an exchange's, and how long the way there takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.redaction import redacted
from bot.shell.check_report import CheckReport

LARGEST_SKEW_MS = 1_000
"""Binance takes no signed call from further ahead, and by its default window a bot that is behind soon is too late."""
READINGS = 3
"""The first opens the connection; the quickest is the truest."""
ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """One question for the time. `ahead_ms` is our clock less the exchange's, at the middle of the round trip."""

    ahead_ms: int
    round_trip_ms: int


def reading(sent_ms: int, told_ms: int, came_ms: int) -> ClockReading:
    """Cristian's algorithm (1989): the answer is held to be from the middle, give or take half the round trip."""
    return ClockReading(ahead_ms=(sent_ms + came_ms) // 2 - told_ms, round_trip_ms=came_ms - sent_ms)


async def read_clock(exchange: Any, clock: Callable[[], int]) -> ClockReading | None:
    """The quickest of a few readings; None where the exchange does not tell its time. Raises what ccxt raises."""
    if not exchange.has.get("fetchTime"):
        return None
    readings = []
    async with asyncio.timeout(ANSWER_WITHIN_S):
        for _ in range(READINGS):
            sent_ms, told_ms = clock(), await exchange.fetch_time()
            if not isinstance(told_ms, int):
                return None
            readings.append(reading(sent_ms, told_ms, clock()))
    return min(readings, key=lambda one: one.round_trip_ms)


async def check_clock(exchange: Any, report: CheckReport, clock: Callable[[], int]) -> int | None:
    """Compare the clocks; by how many ms ours is ahead, or None where that is not known."""
    try:
        read = await read_clock(exchange, clock)
    except Exception as error:  # of ccxt's: it is the exchange's to fail here, and no reason not to go on
        why = redacted(" ".join(f"{type(error).__name__} {error}".split()))[:200]
        report.well(f"Clock: not compared, because {exchange.id} did not tell its time ({why}).")
        return None
    if read is None:
        report.well(f"Clock: not compared, because {exchange.id} does not tell its time.")
        return None
    report.tell(clock_line(exchange.id, read), is_fault=abs(read.ahead_ms) > LARGEST_SKEW_MS)
    return read.ahead_ms


def clock_line(exchange_id: str, read: ClockReading) -> str:
    """`Clock: 12 ms ahead of binance, give or take 20 ms; a round trip by REST takes 40 ms.`"""
    side = "ahead of" if read.ahead_ms >= 0 else "behind"
    skew = f"{abs(read.ahead_ms):,} ms {side} {exchange_id}"
    trip = f"a round trip by REST takes {read.round_trip_ms} ms"
    if abs(read.ahead_ms) <= LARGEST_SKEW_MS:
        return f"Clock: {skew}, give or take {(read.round_trip_ms + 1) // 2} ms; {trip}."
    return (
        f"Clock: {skew}, and more than {LARGEST_SKEW_MS:,} ms off spoils signed calls and the age of prices: set this"
        f" machine's clock by NTP (on Linux: sudo timedatectl set-ntp true); {trip}."
    )
