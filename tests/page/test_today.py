"""What a bot's closed trades have brought on the market's day."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts

DAY_MS = 86_400_000


@pytest.fixture
def noon(scripts: Scripts) -> int:
    """In the browser's own time zone, far from a change of the clocks."""
    return int(scripts.run("return new Date(2026, 10, 24, 12).getTime();"))


def fold(scripts: Scripts, today: Any, *trades: tuple[int, str | None]) -> Any:
    for ts, pnl in trades:
        today = scripts.call("today.after", today, {"ts": ts, "pnl": pnl})
    return today


def test_it_sums_what_closed_exactly(scripts: Scripts, noon: int) -> None:
    today = fold(scripts, None, (noon, "0.1"), (noon + 1, None), (noon + 2, "0.2"), (noon + 3, "-0.05"))
    assert today["pnl"] == "0.25"
    assert scripts.call("today.text", today) == "+0.25"


def test_the_markets_midnight_begins_a_new_day(scripts: Scripts, noon: int) -> None:
    today = fold(scripts, None, (noon, "5"))
    assert scripts.call("today.at", today, noon + 3_600_000)["pnl"] == "5"
    assert scripts.call("today.at", today, noon + DAY_MS)["pnl"] == "0"
    assert fold(scripts, today, (noon + DAY_MS, "7"))["pnl"] == "7"


def test_a_trade_of_yesterday_that_comes_late_does_not_count(scripts: Scripts, noon: int) -> None:
    assert fold(scripts, None, (noon, "5"), (noon - DAY_MS, "100"))["pnl"] == "5"


def test_where_earlier_trades_may_be_missing_it_says_from_when_on(scripts: Scripts, noon: int) -> None:
    today = fold(scripts, None, (noon, "5"))
    part = scripts.call("today.knownFrom", today, noon - 60_000)
    assert scripts.call("today.text", part).startswith("+5.00 since ")
    assert scripts.call("today.knownFrom", today, noon - DAY_MS) == today


def test_nothing_known_is_a_dash(scripts: Scripts) -> None:
    assert scripts.call("today.text", None) == "–"
