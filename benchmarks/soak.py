"""Ten minutes idle and ten at 20 prices a second: still connected, and nothing grows.

`python -m benchmarks.soak [minutes]`
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measuring import resident_mb, running_browser, running_relay, show_table
from benchmarks.pricing import emit_prices
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

WARM_UP_S = 30
WATCH_CONNECTION = """
const deck = document.getElementById('deck'), seen = window.connectionsSeen = [];
const note = () => seen.push(deck.dataset.connection);
new MutationObserver(note).observe(deck, {attributes: true, attributeFilter: ['data-connection']});
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What one phase left behind."""

    heap_growth_mb: float
    relay_growth_mb: float
    reconnects: int
    connection: str | None


def soak(
    relay: Relay, page: DeckPage, work: Callable[[float], object], seconds: float, *, warm_up_s: float = WARM_UP_S
) -> Soaked:
    """Let `work` run for so long on a page that has warmed up."""
    page.open()
    page.wait_drawn()
    work(warm_up_s)
    page.js(WATCH_CONNECTION)
    heap, resident = page.heap_bytes(), resident_mb(relay.running.pid)
    work(seconds)
    return Soaked(
        heap_growth_mb=(page.heap_bytes() - heap) / 1e6,
        relay_growth_mb=resident_mb(relay.running.pid) - resident,
        reconnects=sum(state != "connected" for state in page.js("return window.connectionsSeen")),
        connection=page.connection,
    )


def measure(name: str, seconds: float) -> list[object]:
    """One row: a fresh relay, bot and browser for each phase."""
    with running_relay() as relay, running_browser(relay.url) as page:
        bot = ForeignBot(relay.url).come_up()
        work = time.sleep if name == "idle" else lambda span: emit_prices(bot, 20, span)
        try:
            done = soak(relay, page, work, seconds)
        finally:
            bot.end()
    growth = [f"{done.heap_growth_mb:+.2f}", f"{done.relay_growth_mb:+.2f}"]
    return [name, f"{seconds / 60:g}", done.connection, done.reconnects, *growth]


def main() -> None:
    seconds = (float(sys.argv[1]) if len(sys.argv) > 1 else 10) * 60
    rows = [measure(name, seconds) for name in ("idle", "20 prices/s")]
    head = ["load", "minutes", "at the end", "times not connected", "JS heap after collection MB", "relay MB"]
    show_table("Soak", head, rows)


if __name__ == "__main__":
    main()
