"""What the benchmarks share: percentiles, a table, the CPU time of a process tree, a relay in a folder of its own."""

from __future__ import annotations

import os
import platform
import resource
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support import chromium
from tests.support.deck_page import DeckPage
from tests.support.relay import Relay

signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end, a benchmark takes with it what it started


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def middle_and_tail(values: Sequence[float]) -> str:
    """`median / p99` in milliseconds, for a table."""
    return f"{percentile(values, 0.5):.1f} / {percentile(values, 0.99):.1f}"


def show_table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table, ready for README.md."""
    print(f"\n{title} ({machine()})\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)


def machine() -> str:
    """What was measured on, and how fast it was at that moment: figures of two machines compare by their loops."""
    began = time.perf_counter()
    total = 0
    for number in range(1_000_000):
        total += number
    loop_ms = (time.perf_counter() - began) * 1000
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, a million additions in {loop_ms:.0f} ms"


def cpu_seconds(pid: int, *, with_children: bool = False) -> float:
    """User and system time spent so far."""
    process = psutil.Process(pid)
    family = [process, *(process.children(recursive=True) if with_children else [])]
    return sum(_own_cpu_seconds(member) for member in family)


def _own_cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def resident_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6


def raise_file_limit() -> None:
    """A thousand clients need more than the usual 1,024 descriptors, in the relay and in those that ask it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def running_relay(*, embedded_bot: bool = False, env: dict[str, str] | None = None) -> Iterator[Relay]:
    """A relay with a data folder that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="tapedeck-bench-") as folder:
        relay = Relay(Path(folder) / "data", embedded_bot=embedded_bot, env=env)
        try:
            yield relay.start()
        finally:
            relay.end()


@contextmanager
def running_browser(url: str) -> Iterator[DeckPage]:
    """A page in a Chromium of its own, not opened yet."""
    driver = chromium.launch()
    try:
        yield DeckPage(driver, url)
    finally:
        chromium.close(driver)
