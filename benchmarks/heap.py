"""The page's heap over an hour of trading: 20 prices a second, a trade every five seconds, a candle every minute.

`python -m benchmarks.heap [minutes]`
"""

from __future__ import annotations

import sys
import time

from benchmarks.measuring import resident_mb, running_browser, running_relay, show_table
from benchmarks.pricing import emit_prices
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

SAMPLES = 6
STEP_S = 5.0
CANDLE_EVERY = 12


def trade_for(bot: ForeignBot, seconds: float, first: int) -> int:
    """Prices, trades and candles for so long; returns the number of the next trade."""
    number, ends_at = first, time.monotonic() + seconds
    while time.monotonic() < ends_at:
        emit_prices(bot, 20, STEP_S)
        bot.emit("trade_executed", messages.trade(number, ts=messages.now_ms()))
        number += 1
        if number % CANDLE_EVERY == 0:
            bot.emit("candle_update", messages.candle(messages.now_ms() // 60_000 * 60_000 - 60_000, "43000"))
        bot.answers.clear()
    return number


def row(minutes: float, page: DeckPage, relay_mb: float) -> list[str]:
    """One look at it."""
    nodes = page.js("return document.getElementsByTagName('*').length")
    heap = page.heap_bytes() / 1e6
    return [
        f"{minutes:.0f}",
        str(page.trade_count),
        f"{nodes:,}",
        f"{heap:.1f}",
        f"{relay_mb:.1f}",
        str(page.connection),
    ]


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    with running_relay() as relay, running_browser(relay.url) as page:
        bot = ForeignBot(relay.url).come_up()
        try:
            page.open()
            page.wait_drawn()
            number = trade_for(bot, 30, 1)
            rows = [row(0, page, resident_mb(relay.running.pid))]
            for sample in range(1, SAMPLES + 1):
                number = trade_for(bot, minutes * 60 / SAMPLES, number)
                rows.append(row(minutes * sample / SAMPLES, page, resident_mb(relay.running.pid)))
                print(rows[-1], flush=True)
        finally:
            bot.end()
    show_table("Heap", ["minutes", "trades", "elements", "JS heap MB", "relay MB", "connection"], rows)


if __name__ == "__main__":
    main()
