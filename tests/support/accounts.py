"""Who is logged in and what was done, as the account's sheet lists it in pictures."""

from __future__ import annotations

from typing import Any

from relay.access.guard import VIEWERS_ONLY_LOOK
from tests.support import stories

PHONE = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
)
LAPTOP = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15"


def session(key: str, agent: str, address: str, minutes_ago: float, **changes: Any) -> dict[str, Any]:
    seen = {"opened_ms": stories.ago(600), "seen_ms": stories.ago(minutes_ago)}
    said = {"key": key, "role": "operator", "address": address, "agent": agent, "is_current": False}
    return {**said, **seen, **changes}


def deeds(*told: tuple[float, str, str, str, str, str]) -> list[dict[str, Any]]:
    """Rows of the audit, newest first, of (minutes ago, who, address, action, detail, outcome)."""
    names = ("who", "address", "action", "detail", "outcome")
    rows = [{"ts": stories.ago(minutes), **dict(zip(names, rest, strict=True))} for minutes, *rest in told]
    return [{"seq": len(rows) - i, "role": "operator", **row} for i, row in enumerate(rows)]


SESSIONS = [
    session("a1b2c3d4e5f6", LAPTOP, "127.0.0.1", 0, is_current=True),
    session("0f1e2d3c4b5a", PHONE, "100.101.102.103", 3),
    session("77aa88bb99cc", PHONE, "2001:db8:85a3:8d3:1319:8a2e:370:7348", 95, role="viewer"),
]
BY_PHONE = "operator by session 0f1e2d"
DEEDS = deeds(
    (2, BY_PHONE, "100.101.102.103", "start_bot", "bot-1", "ok"),
    (2, BY_PHONE, "100.101.102.103", "proof", "", "ok"),
    (3, BY_PHONE, "100.101.102.103", "login", PHONE, "ok"),
    (41, "nobody known", "203.0.113.77", "login", "17 more", "wrong password"),
    (95, "viewer by session 77aa88", "2001:db8:85a3:8d3:1319:8a2e:370:7348", "stop_bot", "", VIEWERS_ONLY_LOOK),
    (600, "operator by session a1b2c3", "127.0.0.1", "halt", '{"flatten": true}', "ok"),
    (601, "operator by terminal", "terminal", "rotate_tokens", "bot", "ok"),
)

ANSWERS = {"sessions": {"sessions": SESSIONS}, "audit": {"entries": DEEDS, "fault": None}}
"""What the relay's API would say."""
