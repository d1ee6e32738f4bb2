"""A first and a second visit: bytes over the wire, and how long until there is something to see, to know and to press.

`python -m benchmarks.first_load [folder of another checkout to compare with]`
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import running_browser, show_table
from benchmarks.slow_line import SlowLine
from tests.support.deck_page import DeckPage
from tests.support.processes import ROOT, Program
from tests.support.relay import Relay
from tests.support.waiting import eventually

RUNS = 3
MARKS = ("paint", "price", "button", "chart")
WATCH = """
const marks = window.marks = {};
const mark = name => { marks[name] ??= Math.round(performance.now()); };
const pressable = id => {
  const button = document.getElementById(id);
  return button && !button.disabled && button.getAttribute('aria-disabled') !== 'true';
};
new PerformanceObserver(list => list.getEntriesByName('first-contentful-paint').forEach(
  entry => { marks.paint = Math.round(entry.startTime); })).observe({type: 'paint', buffered: true});
new MutationObserver(() => {
  const deck = document.getElementById('deck');
  if (deck?.dataset.price) mark('price');
  const isConnected = deck?.dataset.connection === 'connected';
  if (isConnected && (pressable('start-button') || pressable('stop-button'))) mark('button');
  if (document.querySelector('#price-chart .main-svg')) mark('chart');
}).observe(document, {subtree: true, childList: true, attributes: true});
"""
SETTLED = """
const found = await navigator.serviceWorker?.getRegistration();
return !document.querySelector('script[data-later]') || found?.active?.state === 'activated';
"""


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    bits_per_s: float
    round_trip_s: float
    cpu_slowdown: float


CONDITIONS = (Condition("loopback", 0, 0, 1), Condition("4x CPU, 1.6 Mbit/s, 150 ms", 1_600_000, 0.150, 4))


@contextmanager
def product_of(checkout: Path) -> Iterator[Relay]:
    """The relay and paper bot of that checkout, ready."""
    with tempfile.TemporaryDirectory(prefix="tapedeck-bench-") as folder:
        relay = Relay(Path(folder) / "data", embedded_bot=True)
        relay.program = Program(relay.arguments, relay.env, relay.log, cwd=checkout)
        try:
            eventually(lambda: relay.is_serving() and relay.get("/readyz")[0] == 200, 60, what=relay.output)
            yield relay
        finally:
            relay.end()


def visit(page: DeckPage, line: SlowLine) -> list[float]:
    """Kilobytes, then milliseconds from the start of the navigation to each mark."""
    before = line.received
    page.open()
    page.wait_drawn(120)
    eventually(lambda: set(MARKS) <= set(page.js("return marks")), 60, what=lambda: page.js("return marks"))
    eventually(lambda: page.js(f"return (async () => {{ {SETTLED} }})()"), 60, what="the service worker")
    marks = page.js("return marks")
    return [(line.received - before) / 1000, *(marks[name] for name in MARKS)]


def visits(relay: Relay, condition: Condition) -> list[list[float]]:
    """Two visits in a browser that has never been there."""
    with (
        SlowLine(relay.port, bits_per_s=condition.bits_per_s, round_trip_s=condition.round_trip_s) as line,
        running_browser(line.url) as page,
    ):
        page.driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": condition.cpu_slowdown})
        page.before_load(WATCH)
        return [visit(page, line) for _ in range(2)]


def rows_of(name: str, checkout: Path) -> Iterator[list[str]]:
    with product_of(checkout) as relay:
        for condition in CONDITIONS:
            measured = [visits(relay, condition) for _ in range(RUNS)]
            for number, title in enumerate(("first", "second")):
                middle = [statistics.median(run[number][i] for run in measured) for i in range(len(MARKS) + 1)]
                yield [name, condition.name, title, *(f"{value:,.0f}" for value in middle)]


def main() -> None:
    checkouts = [("before", Path(path).resolve()) for path in sys.argv[1:]] + [("now", ROOT)]
    rows = [row for name, checkout in checkouts for row in rows_of(name, checkout)]
    show_table(
        "First load", ["version", "line", "visit", "kB", "painted ms", "price ms", "start/stop ms", "chart ms"], rows
    )


if __name__ == "__main__":
    main()
