"""1,000 trades in one loop: how long until the page knows all of them. `python -m benchmarks.burst [trades]`."""

from __future__ import annotations

import sys
import time

from benchmarks.measuring import running_browser, running_relay, show_table
from benchmarks.pricing import emit_prices
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

WATCH_COUNT = """
const table = document.getElementById('trades-table'), seen = window.countsSeen = [];
const note = () => seen.push([Number(table.dataset.tradeCount), performance.timeOrigin + performance.now()]);
new MutationObserver(note).observe(table, {attributes: true, attributeFilter: ['data-trade-count']});
"""


def milliseconds(page: DeckPage, bot: ForeignBot, trades: int) -> float:
    """From before the first emit to the DOM that counts the last trade."""
    page.js(WATCH_COUNT)
    started = time.time() * 1000
    bot.trade_in_one_loop(range(trades))
    page.wait_for(lambda: page.trade_count == trades, 60, f"{trades} trades")
    return float(next(at for count, at in page.js("return window.countsSeen") if count == trades)) - started


def measure(trades: int, block_ms: int) -> float:
    with running_relay() as relay, running_browser(relay.url) as page:
        bot = ForeignBot(relay.url).come_up()
        try:
            if block_ms:
                page.block_each_frame(block_ms)
            page.open()
            page.wait_drawn()
            page.wait_status("running")
            emit_prices(bot, 10, 3)
            return milliseconds(page, bot, trades)
        finally:
            bot.end()


def main() -> None:
    trades = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rows = [[f"{block} ms", trades, f"{measure(trades, block):.0f}"] for block in (0, 40)]
    show_table("A burst of trades", ["main thread blocked on each frame", "trades", "all in the DOM after ms"], rows)


if __name__ == "__main__":
    main()
