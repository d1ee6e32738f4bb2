"""A day of the simulated market at high speed: the bot's memory stays flat, and the journal grows by what is traded.

`python -m benchmarks.day [hours] [speed]`. The relay is there and takes what the bot tells, as it does for a person;
the bot is a process of its own, so its memory is nobody else's.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

from benchmarks.measuring import resident_mb, running_relay, show_table
from tests.support.real_bot import RealBot
from tests.support.relay import Relay

HOUR_S = 3_600
PARTS = 8
"""The day is looked at after each of so many equal parts; the first is for warming up."""
STRATEGY = '{"fast": 3, "slow": 8}'


def counts(journal: Path) -> dict[str, int]:
    """Rows of trades and events, and the file's bytes with what waits beside it."""
    size = sum(file.stat().st_size for file in journal.parent.glob(f"{journal.name}*"))
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as connection:
        rows = {
            name: int(connection.execute(f"SELECT count(*) FROM journal_{name}").fetchone()[0])
            for name in ("trades", "events", "outbox")
        }
    connection.close()
    return {**rows, "bytes": size}


def day(relay: Relay, hours: float, speed: float) -> list[list[object]]:
    """A row for each part of the day."""
    bot = RealBot(relay, speed=speed, env={"TAPEDECK_STRATEGY_PARAMS": STRATEGY}).start()
    rows: list[list[object]] = []
    journal = relay.data_dir / "journal.db"
    try:
        began = time.monotonic()
        for part in range(1, PARTS + 1):
            until = began + hours * HOUR_S / speed * part / PARTS
            while time.monotonic() < until:
                time.sleep(min(1.0, max(until - time.monotonic(), 0)))
            seen = counts(journal)
            memory = f"{resident_mb(bot.running.pid):.1f}"
            rows.append([f"{hours * part / PARTS:g}", memory, *seen.values()])
    finally:
        bot.end()
    first, last = rows[0], rows[-1]
    trades = int(str(last[2]))
    growth = float(str(last[1])) - float(str(first[1]))
    size = counts(journal)["bytes"]  # closed, so what waited beside it is in the file
    each = size / max(trades, 1)
    print(f"After warming up {growth:+.1f} MB; the closed journal has {size:,} bytes, {each:,.0f} a trade.")
    return rows


def main() -> None:
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 24.0
    speed = float(sys.argv[2]) if len(sys.argv) > 2 else 600.0
    with running_relay() as relay:
        rows = day(relay, hours, speed)
    head = ["hours of the market", "bot MB", "trades", "events", "not yet told", "journal bytes"]
    show_table(f"A day at {speed:g} times the clock", head, rows)


if __name__ == "__main__":
    main()
