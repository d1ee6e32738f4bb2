"""What a bot may say, and how it is told what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events import DURATION_MAX, TIME_MAX, InvalidMessage, parse
from tests.support import messages

POSITION = {"side": "long", "amount": "1", "entry_price": "100"}


@pytest.mark.parametrize(
    ("event", "good", "field"),
    [
        ("trade_executed", messages.trade(1), "ts"),
        ("price_update", messages.price(), "ts"),
        ("candle_update", messages.candle(0), "ts"),
        ("heartbeat", messages.heartbeat(), "ts"),
        ("status_change", messages.status(), "since"),
        ("stats_update", messages.stats(), "started_ts"),
    ],
)
def test_a_time_beyond_what_a_page_can_show_is_refused(event: str, good: dict[str, Any], field: str) -> None:
    assert getattr(parse(event, {**good, field: TIME_MAX}), field) == TIME_MAX
    with pytest.raises(InvalidMessage) as refusal:
        parse(event, {**good, field: TIME_MAX + 1})
    assert str(refusal.value) == f"{event}.{field}: must be less than or equal to {TIME_MAX}, got {TIME_MAX + 1}"


def test_the_time_of_a_positions_entry_is_bounded_too() -> None:
    with pytest.raises(InvalidMessage, match=r"^status_change\.position\.entry_ts: must be less than or equal to"):
        parse("status_change", messages.status(position={**POSITION, "entry_ts": TIME_MAX + 1}))


def test_an_age_is_at_most_a_hundred_years() -> None:
    parse("heartbeat", messages.heartbeat(feed_age_ms=DURATION_MAX))
    with pytest.raises(InvalidMessage, match=r"^heartbeat\.feed_age_ms: must be less than or equal to"):
        parse("heartbeat", messages.heartbeat(feed_age_ms=DURATION_MAX + 1))
