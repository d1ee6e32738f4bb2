"""The chart with 5,000 trades and 100,000 prices in the deck, at 20 prices a second, at 1x and at 4x CPU slowdown.

`python -m benchmarks.chart [seconds]`
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measuring import percentile, running_browser, running_relay, show_table
from benchmarks.pricing import emit_prices
from tests.support import chromium, messages
from tests.support.chart_page import ChartPage
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

TRADES = 5_000
PRICES = 100_000
HOURS = 8
MINUTE = 60_000
PORTION = 500
VIEWS = ("line", "1m", "15m")
WATCH = """
const seen = window.watched = {frames: [], tasks: [], draws: 0};
new PerformanceObserver(list => list.getEntries().forEach(task => seen.tasks.push(task.duration)))
  .observe({type: 'longtask', buffered: false});
let before = performance.now();
const count = now => { seen.frames.push(now - before); before = now; requestAnimationFrame(count); };
requestAnimationFrame(now => { before = now; requestAnimationFrame(count); });
const react = window.Plotly.react;
window.Plotly.react = (...given) => { seen.draws += 1; return react(...given); };
"""
FORGET = "Object.assign(window.watched, {frames: [], tasks: [], draws: 0})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one view did for a while."""

    view: str
    slowdown: int
    draws_per_second: float
    frames_ms: Sequence[float]
    tasks_ms: Sequence[float]

    def row(self) -> list[str]:
        frames = [percentile(self.frames_ms, share) for share in (0.5, 0.95, 1)]
        tasks = [percentile(self.tasks_ms, share) for share in (0.5, 0.95, 1)] if self.tasks_ms else []
        return [
            self.view,
            f"{self.slowdown}x",
            f"{self.draws_per_second:.1f}",
            " / ".join(f"{one:.0f}" for one in frames),
            f"{len(tasks and self.tasks_ms)}: " + (" / ".join(f"{one:.0f}" for one in tasks) or "none"),
        ]


def fill(bot: ForeignBot) -> None:
    """Eight hours of the market at once: prices, candles of a minute, and trades all over them."""
    began = messages.now_ms() - HOURS * 60 * MINUTE
    for count, payload in enumerate(_history(began), start=1):
        event, data = payload
        bot.client.emit(event, data, namespace="/bot", callback=bot.answers.append)
        if count % PORTION == 0:
            bot.wait_for_answers(count, 120)


def _history(began: int) -> Iterator[tuple[str, dict[str, Any]]]:
    step = HOURS * 60 * MINUTE / PRICES
    minute = 0
    for number in range(PRICES):
        ts = began + round(number * step)
        price = f"{43_000 + 200 * ((number % 7_919) / 7_919) + (number % 11):.2f}"
        yield "price_update", messages.price(price, ts=ts)
        if number % (PRICES // TRADES) == 0:
            yield "trade_executed", messages.trade(number * TRADES // PRICES, ts=ts, price=price)
        if ts // MINUTE > minute:
            minute = ts // MINUTE
            yield "candle_update", messages.candle((minute - 1) * MINUTE, price)


def measure(page: DeckPage, bot: ForeignBot, view: str, slowdown: int, seconds: float) -> Figures:
    chart = ChartPage(page)
    chart.pick(view)
    page.driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    emit_prices(bot, 20, 2)
    page.js(FORGET)
    began = time.monotonic()
    emit_prices(bot, 20, seconds)
    lasted = time.monotonic() - began
    seen = page.js("return window.watched")
    page.driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})
    return Figures(
        view=view,
        slowdown=slowdown,
        draws_per_second=seen["draws"] / lasted,
        frames_ms=seen["frames"],
        tasks_ms=seen["tasks"],
    )


def run(seconds: float) -> tuple[list[Figures], list[int]]:
    """The figures of each view at both speeds, and the heap: filled, and at the end."""
    with running_relay() as relay, running_browser(relay.url) as page:
        bot = ForeignBot(relay.url).come_up()
        try:
            page.open()
            page.wait_drawn()
            fill(bot)
            page.wait_trades(TRADES, 120)
            page.js(WATCH)
            heaps = [chromium.heap_bytes(page.driver)]
            found = [measure(page, bot, view, slowdown, seconds) for slowdown in (1, 4) for view in VIEWS]
            return found, [*heaps, chromium.heap_bytes(page.driver)]
        finally:
            bot.end()


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15
    found, heaps = run(seconds)
    head = ["view", "CPU slowdown", "redraws/s", "frames, ms p50 / p95 / worst", "long tasks: ms p50 / p95 / worst"]
    show_table(f"Chart with {TRADES:,} trades and {PRICES:,} prices, 20 prices/s", head, [one.row() for one in found])
    print(f"\nheap {heaps[0] / 1e6:.1f} MB when filled, {heaps[1] / 1e6:.1f} MB at the end")


if __name__ == "__main__":
    main()
