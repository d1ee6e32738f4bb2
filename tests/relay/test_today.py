"""What today brought is the sum of today's closed trades, however it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.tape import Entry, Tape
from relay.today import DAY_MS, PAGE, TodayPnl

TODAY = 1_700_006_400_000
NOON = TODAY + DAY_MS // 2


class Told:
    """A tape, the trades that were put on it, and the sum as it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.tape = Tape(f"sqlite:///{folder}/tape.db")
        self.today = TodayPnl(self.tape)
        self.count = 0

    def trade(self, ts: int, pnl: str | None, bot_id: str = "b") -> None:
        self.count += 1
        data = orjson.dumps({"ts": ts, "pnl": pnl}).decode()
        self.tape.append([Entry(bot_id=bot_id, type="trade", id=str(self.count), ts=0, data=data)])


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    made = Told(tmp_path)
    yield made
    made.tape.close()


def test_what_came_yesterday_and_what_others_did_is_not_in_it(told: Told) -> None:
    told.trade(TODAY - 1, "100")
    told.trade(TODAY, "1.25")
    told.trade(NOON, None)
    told.trade(NOON, "-3.00000000000000000000000000001")
    told.trade(NOON, "7", bot_id="other")
    assert told.today.of("b", NOON) == Decimal("-1.75000000000000000000000000001")
    assert told.today.of("nobody", NOON) == 0


def test_a_new_day_begins_with_nothing(told: Told) -> None:
    told.trade(NOON, "5")
    assert told.today.of("b", NOON) == 5
    assert told.today.of("b", NOON + DAY_MS) == 0
    told.trade(NOON + DAY_MS, "2")
    assert told.today.of("b", NOON + DAY_MS) == 2


def test_one_that_is_told_late_hides_nothing(told: Told) -> None:
    told.trade(NOON, "5")
    told.trade(TODAY - 1, "100")
    assert told.today.of("b", NOON) == 5


def test_a_day_of_many_pages_is_counted_whole(told: Told) -> None:
    for _ in range(3 * PAGE + 1):
        told.trade(NOON, "1")
    assert told.today.of("b", NOON) == 3 * PAGE + 1


@given(trades=st.lists(st.tuples(st.integers(-500, 500), st.booleans()), max_size=12))
@settings(max_examples=25)
def test_asked_in_between_or_only_at_the_end_it_is_the_same(
    trades: list[tuple[int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    told = Told(tmp_path_factory.mktemp("tape"))
    for cents, asks in trades:
        told.trade(NOON, str(Decimal(cents) / 100))
        if asks:
            told.today.of("b", NOON)
    expected = sum((Decimal(cents) / 100 for cents, _ in trades), Decimal(0))
    assert told.today.of("b", NOON) == expected == TodayPnl(told.tape).of("b", NOON)
    told.tape.close()
