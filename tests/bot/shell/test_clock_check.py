"""Two clocks are compared at the middle of a round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shell.check_report import CheckReport
from bot.shell.clock_check import ClockReading, check_clock, clock_line, read_clock, reading


class Exchange:
    """Tells what it is given as its time, one answer a call."""

    id = "some"

    def __init__(self, *told: object, has_time: bool = True) -> None:
        self.has = {"fetchTime": has_time}
        self._told: Iterator[object] = iter(told)

    async def fetch_time(self) -> Any:
        told = next(self._told)
        if isinstance(told, Exception):
            raise told
        return told


def read(exchange: Exchange, *times: int) -> ClockReading | None:
    """What is read when our clock shows these times: sent, came, sent, came, ..."""
    clock = chain(times, repeat(times[-1]))
    return asyncio.run(read_clock(exchange, lambda: next(clock)))


@given(st.integers(0, 2**41), st.integers(-10_000, 10_000), st.integers(0, 500), st.integers(0, 500))
def test_the_skew_is_found_to_half_the_round_trip(sent_ms: int, ahead_ms: int, there_ms: int, back_ms: int) -> None:
    told_ms = sent_ms + there_ms - ahead_ms

    found = reading(sent_ms, told_ms, sent_ms + there_ms + back_ms)

    assert found.round_trip_ms == there_ms + back_ms
    assert abs(found.ahead_ms - ahead_ms) <= (found.round_trip_ms + 1) // 2


def test_the_quickest_of_the_readings_counts() -> None:
    assert read(Exchange(1_000, 2_000, 3_000), 500, 2_500, 2_005, 2_015, 2_900, 3_200) == ClockReading(
        ahead_ms=10, round_trip_ms=10
    )


@pytest.mark.parametrize("exchange", [Exchange(has_time=False), Exchange(None)])
def test_an_exchange_that_tells_no_time_is_not_compared(exchange: Exchange) -> None:
    assert read(exchange, 0) is None


@pytest.mark.parametrize(
    ("ahead_ms", "line"),
    [
        (12, "Clock: 12 ms ahead of some, give or take 21 ms; a round trip by REST takes 41 ms."),
        (-1_000, "Clock: 1,000 ms behind some, give or take 21 ms; a round trip by REST takes 41 ms."),
    ],
)
def test_a_clock_that_is_right_is_told(ahead_ms: int, line: str) -> None:
    assert clock_line("some", ClockReading(ahead_ms=ahead_ms, round_trip_ms=41)) == line


def test_a_clock_that_is_wrong_is_told_with_its_remedy() -> None:
    line = clock_line("some", ClockReading(ahead_ms=1_001, round_trip_ms=41))

    assert line.startswith("Clock: 1,001 ms ahead of some, and more than 1,000 ms off spoils")
    assert "NTP" in line


def test_an_exchange_that_fails_at_its_time_stops_nothing_and_shows_no_secret(secret: str) -> None:
    lines: list[tuple[str, bool]] = []
    report = CheckReport(lambda line, is_fault: lines.append((line, is_fault)))

    ahead_ms = asyncio.run(check_clock(Exchange(ValueError(f"404 {secret}")), report, lambda: 0))

    assert ahead_ms is None
    assert lines == [("Clock: not compared, because some did not tell its time (ValueError 404 ***).", False)]
