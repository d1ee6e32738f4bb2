"""What the open page costs the browser at 50 prices a second.

`python -m benchmarks.browser_cpu [seconds] [per_second]`
"""

from __future__ import annotations

import sys
import time

from benchmarks.measuring import cpu_seconds, running_browser, running_relay, show_table
from benchmarks.pricing import emit_prices
from tests.support.foreign_bot import ForeignBot


def measure(per_second: float, seconds: float) -> float:
    """Cores that all of the browser's processes used together."""
    with running_relay() as relay, running_browser(relay.url) as page:
        bot = ForeignBot(relay.url).come_up()
        try:
            page.open()
            page.wait_drawn()
            emit_prices(bot, per_second, 5)
            browser_pid = page.driver.service.process.pid
            before, started = cpu_seconds(browser_pid, with_children=True), time.monotonic()
            emit_prices(bot, per_second, seconds)
            used = cpu_seconds(browser_pid, with_children=True) - before
            assert not page.js("return document.hidden")
            return used / (time.monotonic() - started)
        finally:
            bot.end()


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    per_second = float(sys.argv[2]) if len(sys.argv) > 2 else 50
    cores = measure(per_second, seconds)
    head = ["prices/s", "seconds", "cores, all of Chromium's processes"]
    show_table("Browser CPU with the chart open", head, [[f"{per_second:g}", f"{seconds:g}", f"{cores:.2f}"]])


if __name__ == "__main__":
    main()
