"""What came of a command, as an event for the tape."""

from __future__ import annotations

from typing import Any

from relay.command_book import UnderWay
from relay.envelope import encode
from relay.tape import Entry

INTERRUPTED = "The relay restarted while this command was under way: look at the status first."

Outcome = dict[str, Any]


def outcome_entry(of: UnderWay, outcome: Outcome, ts: int) -> Entry:
    """The `outcome` event, which tells everyone less than the acknowledgement tells the one who asked."""
    data = {"id": of.id, "command": of.command, "ok": outcome["ok"]}
    if not outcome["ok"]:
        data["error"] = outcome["error"]
    return Entry(bot_id=of.bot_id, type="outcome", id=of.id, ts=ts, data=encode(data))
