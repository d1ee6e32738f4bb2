"""A tape with a long history, written before its relay starts."""

from __future__ import annotations

from pathlib import Path

import orjson

from relay.tape import Entry, Tape
from tests.support import messages

BATCH = 500


def fill_tape(data_dir: Path, count: int, bot_id: str = "bot-1") -> None:
    """Trades 0 to `count` - 1 of a bot that is away."""
    data_dir.mkdir(parents=True, exist_ok=True)
    tape = Tape(f"sqlite:///{data_dir / 'tape.db'}")
    for first in range(0, count, BATCH):
        tape.append([_entry(number, bot_id) for number in range(first, min(first + BATCH, count))])
    tape.close()


def _entry(number: int, bot_id: str) -> Entry:
    trade = messages.trade(number)
    return Entry(bot_id=bot_id, type="trade", id=trade["id"], ts=trade["ts"], data=orjson.dumps(trade).decode())
