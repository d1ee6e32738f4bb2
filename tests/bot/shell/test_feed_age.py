"""How old the feed is, and what a candle tells, by the bot's clock alone."""

from __future__ import annotations

import pytest

from bot.shell.feed_age import FeedAge

HOUR_MS = 3_600_000
MINUTE_MS = 60_000


class Clock:
    """The bot's clock, in seconds, wound by hand; the market's is `ahead_ms` away from it."""

    def __init__(self, *, limit_ms: int | None = 3_000, ahead_ms: int = HOUR_MS) -> None:
        self.now, self.ahead_ms = 500.0, ahead_ms
        self.age = FeedAge(lambda: self.now, limit_ms=limit_ms)

    def market_ms(self, at: float) -> int:
        return round(at * 1000) + self.ahead_ms

    def price(self, *, took_s: float = 0.0) -> None:
        """A price comes; it was on its way, or in a queue, for `took_s` since it came off the line."""
        self.age.heard(self.market_ms(self.now - took_s), self.now - took_s)

    def candle(self, closed_at: float) -> int | None:
        return self.age.of_candle(self.market_ms(closed_at) - MINUTE_MS, MINUTE_MS)


def test_before_the_first_price_there_is_no_age() -> None:
    assert Clock().age.ms is None
    assert Clock().candle(499.0) is None


def test_it_is_counted_from_when_the_line_brought_the_newest_price() -> None:
    clock = Clock()
    clock.price(took_s=1.5)
    clock.now += 2
    assert clock.age.ms == 3_500


@pytest.mark.parametrize("ahead_ms", [-HOUR_MS, 0, HOUR_MS])
def test_a_candle_on_time_is_as_old_as_the_newest_price(ahead_ms: int) -> None:
    clock = Clock(ahead_ms=ahead_ms)
    for _ in range(10):
        clock.price()
        clock.now += 1
    assert clock.candle(closed_at=clock.now) == 1_000


@pytest.mark.parametrize(
    ("closed_at", "age_ms"),
    [
        (499.0, 60_000),  # before the silence, and told only now
        (502.0, 60_000),
        (559.9, 60_000),
        (560.1, 1_000),
    ],
)
@pytest.mark.parametrize("ahead_ms", [-HOUR_MS, 0, HOUR_MS])
def test_a_candle_that_closed_in_a_silence_is_as_old_as_that_is_long(
    closed_at: float, age_ms: int, ahead_ms: int
) -> None:
    clock = Clock(ahead_ms=ahead_ms)
    clock.price()
    clock.now = 560.0
    clock.price()
    clock.now = 561.0
    assert clock.candle(closed_at) == age_ms


def test_a_pause_within_the_limit_is_no_silence() -> None:
    clock = Clock()
    clock.price()
    clock.now += 3.0
    clock.price()
    assert clock.candle(closed_at=clock.now - 1) == 0


def test_without_a_limit_there_is_no_silence() -> None:
    clock = Clock(limit_ms=None)
    clock.price()
    clock.now += 60
    clock.price()
    assert clock.candle(closed_at=clock.now - 1) == 0


def test_where_the_markets_times_tell_nothing_only_what_comes_right_after_a_silence_is_old() -> None:
    """Prices are of today, candles of another year."""
    clock = Clock()
    clock.price()
    clock.now += 60
    clock.price()
    assert clock.candle(closed_at=-1e9) == 60_000
    assert not clock.age.times_tell
    clock.now += 3.5
    clock.price()
    assert clock.candle(closed_at=-1e9) == 3_500  # that pause was a silence too
    for _ in range(4):
        clock.now += 1
        clock.price()
    assert clock.candle(closed_at=-1e9) == 0
