"""From emit in the bot to the changed DOM, at 20 prices a second.

`python -m benchmarks.latency [seconds] [per_second]`
"""

from __future__ import annotations

import sys
from decimal import Decimal

from benchmarks.measuring import middle_and_tail, percentile, running_browser, running_relay, show_table
from benchmarks.pricing import emit_prices
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

WATCH_PRICE = """
const deck = document.getElementById('deck'), seen = window.pricesSeen = [];
const note = () => seen.push([deck.dataset.price, performance.timeOrigin + performance.now()]);
new MutationObserver(note).observe(deck, {attributes: true, attributeFilter: ['data-price']});
"""
CLOCK_OFFSET = "return performance.timeOrigin + performance.now() - Date.now()"


def delays(sent: dict[str, float], seen: list[tuple[str, float]]) -> list[float]:
    """For each price sent, ms until it, or a newer one that took its place, was in the DOM."""
    moments = [(Decimal(value), at) for value, at in sent.items()]
    position = {value: number for number, (value, _) in enumerate(moments)}
    arrivals = [(position[Decimal(value)], at) for value, at in seen if Decimal(value) in position]
    found: list[float] = []
    for reached, at in arrivals:
        found.extend(at - moments[number][1] for number in range(len(found), reached + 1))
    return found


def measure(per_second: float, seconds: float) -> tuple[list[float], int, int]:
    """Delays in ms; prices sent; DOM changes seen."""
    with running_relay() as relay, running_browser(relay.url) as page:
        bot = ForeignBot(relay.url).come_up()
        try:
            page.open()
            page.wait_drawn()
            emit_prices(bot, per_second, 3)
            page.js(WATCH_PRICE)
            sent = emit_prices(bot, per_second, seconds)
            last = Decimal(list(sent)[-1])
            page.wait_for(lambda: Decimal(page.price or 0) == last, 10, "the last price")
            return _read(page, sent)
        finally:
            bot.end()


def _read(page: DeckPage, sent: dict[str, float]) -> tuple[list[float], int, int]:
    seen = page.js("return window.pricesSeen")
    offset = float(page.js(CLOCK_OFFSET))
    assert abs(offset) < 5, f"the browser's clocks differ by {offset} ms: run again"
    return delays(sent, seen), len(sent), len(seen)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    per_second = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    found, sent, changes = measure(per_second, seconds)
    row = [f"{per_second:g}", sent, changes, middle_and_tail(found), f"{percentile(found, 1):.1f}"]
    show_table(
        "Emit in the bot to changed DOM", ["prices/s", "sent", "DOM changes", "median / p99 ms", "worst ms"], [row]
    )


if __name__ == "__main__":
    main()
