"""The equity's history: every ten seconds at first, fewer the older it is, and there again after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.deck import Deck
from relay.equity import IN_MEMORY, ON_DISK, SAMPLE_EVERY_MS, EquityCurves, Sample, spread, thinned
from relay.equity_store import EquityKeeper, EquityStore
from relay.tape import Tape

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MIDNIGHT = 1_700_006_400_000
TIMES = st.lists(st.integers(0, 60 * DAY // SECOND), unique=True, max_size=200).map(sorted)


def sampled(first: int, last: int, every: int) -> list[Sample]:
    return [(ts, str(ts)) for ts in range(first, last, every)]


def times(samples: list[Sample]) -> list[int]:
    return [ts for ts, _ in samples]


def test_a_heartbeat_a_second_is_a_sample_every_ten() -> None:
    curves = EquityCurves({})
    for second in range(61):
        curves.take("b", MIDNIGHT + second * SECOND, Decimal(second))
    curves.take("b", MIDNIGHT + 99 * SECOND, None)
    assert curves.curve("b", 100) == [(MIDNIGHT + n * SAMPLE_EVERY_MS, str(10 * n)) for n in range(7)]
    assert (curves.latest("b"), curves.latest("c"), curves.curve("c", 9)) == ("60", None, [])


def test_the_older_it_is_the_fewer_there_are_and_a_days_last_stays() -> None:
    now = MIDNIGHT + 400 * DAY
    kept = times(thinned(sampled(MIDNIGHT, now, MINUTE), now, ON_DISK))
    ages = [now - ts for ts in kept]
    assert sum(age <= DAY for age in ages) == 24 * 60
    assert 30 * 96 <= sum(DAY < age <= 31 * DAY for age in ages) <= 30 * 96 + 1
    assert 369 <= sum(age > 31 * DAY for age in ages) <= 370
    assert [ts % DAY for ts in kept if now - ts > 32 * DAY] == [DAY - MINUTE] * 368


@given(TIMES, st.integers(0, 90))
def test_thinning_keeps_the_newest_and_order_and_thinning_again_changes_nothing(seconds: list[int], days: int) -> None:
    samples = [(MIDNIGHT + second * SECOND, str(second)) for second in seconds]
    now = MIDNIGHT + 60 * DAY + days * DAY
    kept = thinned(samples, now, IN_MEMORY)
    assert kept == sorted(kept)
    assert kept[-1:] == samples[-1:]
    assert set(kept) <= set(samples)
    assert thinned(kept, now, IN_MEMORY) == kept
    assert {ts // DAY for ts in times(kept)} == {ts // DAY for ts in times(samples)}


@given(TIMES, st.integers(1, 40))
def test_a_curve_in_fewer_samples_spans_the_whole(seconds: list[int], limit: int) -> None:
    samples = [(second, str(second)) for second in seconds]
    shown = spread(samples, limit)
    assert len(shown) == min(limit, len(samples))
    assert shown == sorted(set(shown))
    assert shown[-1:] == samples[-1:]
    assert limit == 1 or shown[:1] == samples[:1]


class Kept:
    """A deck with a clock of its own on a database that stays."""

    def __init__(self, url: str, now: int = MIDNIGHT) -> None:
        self.now = now
        self.tape = Tape(url)
        self.store = EquityStore(self.tape.engine)
        curves = EquityCurves(self.store.load())
        self.deck = Deck(self.tape, monotonic=lambda: 0.0, wall_ms=lambda: self.now, equity=curves)
        self.keeper = EquityKeeper(self.deck, self.store, None)  # type: ignore[arg-type]

    def live(self, minutes: int) -> Kept:
        """Heartbeats for so long, with the keeper's minute in between."""
        for _ in range(minutes):
            for _ in range(6):
                self.deck.equity.take("b", self.now, Decimal(self.now))
                self.now += 10 * SECOND
            self.keeper.write()
        return self


@pytest.fixture
def kept(database_url: str) -> Iterator[Kept]:
    opened = Kept(database_url)
    yield opened
    opened.tape.close()


def on_disk(kept: Kept) -> list[int]:
    return times(kept.store.load().get("b", []))


def test_a_minute_leaves_one_sample_on_disk_and_a_restart_has_it_back(kept: Kept, database_url: str) -> None:
    kept.live(3)
    assert on_disk(kept) == [MIDNIGHT + minute * MINUTE + 50 * SECOND for minute in range(3)]
    kept.tape.close()
    again = Kept(database_url, kept.now)
    assert times(again.deck.equity.curve("b", 100)) == on_disk(kept)
    assert again.live(1).deck.equity.latest("b") == str(again.now - 10 * SECOND)
    assert len(on_disk(again)) == 4
    again.tape.close()


def test_what_grew_old_is_thinned_on_disk_too(kept: Kept) -> None:
    kept.live(40)
    kept.now += 2 * DAY
    kept.live(1)
    assert on_disk(kept) == [
        *(MIDNIGHT + minute * MINUTE + 50 * SECOND for minute in (14, 29, 39)),
        kept.now - 10 * SECOND,
    ]
    assert times(kept.deck.equity.curve("b", 100))[:3] == on_disk(kept)[:3]


def test_what_could_not_be_written_goes_with_the_next_minute(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def full(changes: object) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    with monkeypatch.context() as failing:
        failing.setattr(kept.store, "apply", full)
        kept.live(2)
    assert on_disk(kept) == []
    kept.live(1)
    assert len(on_disk(kept)) == 3
