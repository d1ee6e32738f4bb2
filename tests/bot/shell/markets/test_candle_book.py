"""Closed candles: each once, in order, whatever the stream does."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shell.markets.candle_book import CandleBook, Row, row_of

MINUTE_MS = 60_000


def row(minute: int, close: int = 100) -> Row:
    price = Decimal(close)
    return Row(minute * MINUTE_MS, price, price, price, price, Decimal(1))


def see(
    book: CandleBook, minute: int, close: int = 100, *, second: int = 59, live: bool = True
) -> list[tuple[int, bool]]:
    """What comes of a row that is seen at a second of its minute: minutes and whether they are closed."""
    seen = book.see(row(minute), minute * MINUTE_MS + second * 1000, live=live)
    return [(candle.ts // MINUTE_MS, closed) for candle, closed in seen]


def test_a_candle_is_closed_when_the_next_appears() -> None:
    book = CandleBook(MINUTE_MS)

    assert see(book, 1) == [(1, False)]
    assert see(book, 1) == [(1, False)]
    assert see(book, 2) == [(1, True), (2, False)]
    assert see(book, 1) == []
    assert book.forming_ts == 2 * MINUTE_MS
    assert book.end_ms == 3 * MINUTE_MS


def test_a_candle_that_is_closed_by_the_clock_is_not_closed_again() -> None:
    book = CandleBook(MINUTE_MS)
    see(book, 1)

    assert [closed for _, closed in book.close()] == [True]
    assert book.close() == []
    assert book.end_ms == 3 * MINUTE_MS
    assert book.fill_from_ms == 2 * MINUTE_MS
    assert see(book, 1) == []
    assert see(book, 2) == [(2, False)]


@pytest.mark.parametrize(
    ("second", "live", "next_minute", "is_doubtful"),
    [(59, True, 2, False), (10, True, 2, True), (59, False, 2, True), (59, True, 3, True), (10, True, 1, False)],
)
def test_rest_is_asked_where_the_last_form_is_stale_or_a_candle_is_missing(
    second: int, live: bool, next_minute: int, is_doubtful: bool
) -> None:
    book = CandleBook(MINUTE_MS)
    see(book, 1, second=second, live=live)

    assert book.is_doubtful(row(next_minute)) is is_doubtful


def test_nothing_is_doubtful_at_the_start() -> None:
    assert not CandleBook(MINUTE_MS).is_doubtful(row(1))
    assert CandleBook(MINUTE_MS).fill_from_ms is None
    assert CandleBook(MINUTE_MS).end_ms is None


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9), st.booleans(), st.booleans())))
def test_in_any_order_each_candle_closes_once_in_order_with_its_last_form(
    steps: list[tuple[int, int, bool, bool]],
) -> None:
    book, out = CandleBook(MINUTE_MS), []
    for minute, close, live, closes in steps:
        out += book.see(row(minute, close), minute * MINUTE_MS, live=live)
        out += book.close() if closes else []

    closed = [candle.ts for candle, is_closed in out if is_closed]
    assert all(later > ts for ts, later in pairwise(closed))
    for (before, _), (candle, is_closed) in pairwise(out):
        assert candle.ts >= before.ts
        assert not is_closed or candle == before


@pytest.mark.parametrize(
    "values",
    [
        None,
        "123456",
        [1, 2, 3],
        [1, None, 2, 1, 1, 1],
        [1, 1.0, 2.0, 1.0, 1.0, None],
        [1, 1.0, 2.0, 0, 1.0, 1.0],
        [1, 3.0, 2.0, 1.0, 1.0, 1.0],
        [1, float("nan"), 2.0, 1.0, 1.0, 1.0],
        [1.5, 1.0, 2.0, 1.0, 1.0, 1.0],
        [1, 1.0, 2.0, 1.0, 1.0, -1.0],
    ],
)
def test_what_is_no_candle_is_none(values: object) -> None:
    assert row_of(values) is None


def test_a_row_keeps_its_digits_and_not_the_floats_tail() -> None:
    parsed = row_of([60_000, 0.0984, 43000.0, 1e-08, 0.1, 0])

    assert parsed == Row(60_000, *map(Decimal, ("0.0984", "43000", "0.00000001", "0.1", "0")))
