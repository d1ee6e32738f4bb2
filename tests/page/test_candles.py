"""Candles that the page keeps up by itself: from what the relay knows, the bot's own candles and every price."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.page.conftest import Scripts
from tests.support import messages

MINUTE = 60_000
START = 1_700_000_100_000 // (15 * MINUTE) * 15 * MINUTE


def point(minutes: float, price: str) -> dict[str, Any]:
    return {"ts": START + round(minutes * MINUTE), "text": price}


def candle(minute: int, close: str, **changes: Any) -> dict[str, Any]:
    return messages.candle(START + minute * MINUTE, close, **changes)


def figures(book: dict[str, Any]) -> list[tuple[int, str, str, str, str, str]]:
    """(minute, open, high, low, close, volume) of each candle."""
    names = ("open", "high", "low", "close", "volume")
    return [((one["ts"] - START) // MINUTE, *(str(one[name]) for name in names)) for one in book["candles"]]


def start(scripts: Scripts, timeframe: str, own: list[dict[str, Any]], points: list[dict[str, Any]]) -> dict[str, Any]:
    return dict(scripts.call("candles.start", timeframe, own, points))


def test_prices_alone_make_candles(scripts: Scripts) -> None:
    prices = [point(0, "10"), point(0.5, "12"), point(0.9, "9"), point(1, "11")]
    book = start(scripts, "1m", [], prices)
    assert figures(book) == [(0, "10", "12", "9", "9", "0"), (1, "11", "11", "11", "11", "0")]


def test_the_forming_candle_changes_in_place(scripts: Scripts) -> None:
    book = start(scripts, "5m", [], [point(0, "10")])
    book = scripts.call("candles.advance", book, [], [point(0, "10"), point(2, "13"), point(3, "12")])
    assert figures(book) == [(0, "10", "13", "10", "12", "0")]


def test_the_bots_candle_knows_better_than_prices(scripts: Scripts) -> None:
    book = start(scripts, "1m", [], [point(0.5, "10")])
    own = [candle(0, "11", open="9", high="14", low="8", closed=False)]
    book = scripts.call("candles.advance", book, own, [point(0.5, "10")])
    assert figures(book) == [(0, "9", "14", "8", "11", "1.5")]


def test_a_price_after_the_bots_candle_moves_it_on(scripts: Scripts) -> None:
    book = scripts.run(
        "const book = scripts.candles.start('1m', a, []); return scripts.candles.advance(book, a, b);",
        [candle(0, "11", closed=False)],
        [point(0.6, "15"), point(0.7, "12")],
    )
    assert figures(book) == [(0, "11", "15", "11", "12", "1.5")]


def test_a_closed_candle_stays_as_the_bot_closed_it(scripts: Scripts) -> None:
    book = start(scripts, "1m", [candle(0, "11")], [point(0.9, "99")])
    assert figures(book) == [(0, "11", "11", "11", "11", "1.5")]


def test_the_bots_candles_become_parts_of_longer_ones(scripts: Scripts) -> None:
    own = [candle(minute, str(10 + minute), open=str(9 + minute)) for minute in range(6)]
    book = start(scripts, "5m", own, [])
    assert figures(book) == [(0, "9", "14", "10", "14", "7.5"), (5, "14", "15", "15", "15", "1.5")]


def test_the_volume_of_a_forming_part_counts_once(scripts: Scripts) -> None:
    book = start(scripts, "5m", [candle(0, "10", volume="1", closed=False)], [])
    for volume in ("1.5", "2.25"):
        book = scripts.call("candles.advance", book, [candle(0, "10", volume=volume, closed=False)], [])
    assert figures(book)[0][5] == "2.25"


def test_what_the_relay_knows_has_the_bots_candles_of_that_moment_in_it(scripts: Scripts) -> None:
    own = [candle(1, "12", volume="2", closed=False)]
    known = [candle(0, "12", open="10", volume="7", timeframe="5m", closed=False)]
    book = scripts.call("candles.join", start(scripts, "5m", own, []), known)
    book = scripts.call("candles.advance", book, [{**own[0], "volume": "3"}, candle(2, "8", volume="1")], [])
    assert figures(book) == [(0, "10", "12", "8", "8", "9")]


def test_an_answer_that_is_older_than_the_line_takes_nothing_back(scripts: Scripts) -> None:
    asked_at = [candle(0, "10", closed=False)]
    came_since = [candle(0, "13", volume="4"), candle(1, "12", closed=False)]
    book = start(scripts, "1m", asked_at, [point(0.5, "10")])
    book = scripts.call("candles.advance", book, came_since, [point(0.5, "10")])
    joined = scripts.call("candles.join", book, [candle(-1, "9"), *asked_at])
    assert figures(joined)[1:] == figures(book)
    assert figures(joined)[0][4] == "9"
    again = scripts.call("candles.advance", joined, came_since, [point(0.5, "10")])
    assert figures(again) == figures(joined), "what was taken is not taken again"


def test_nor_does_it_from_a_longer_candle(scripts: Scripts) -> None:
    known = [candle(0, "12", open="10", high="20", low="5", volume="7", timeframe="5m", closed=False)]
    book = start(scripts, "5m", [candle(3, "21", volume="1", closed=False)], [point(3.5, "4"), point(3.6, "11")])
    assert figures(scripts.call("candles.join", book, known)) == [(0, "10", "21", "4", "11", "7")]
    final = [{**known[0], "closed": True}]
    assert figures(scripts.call("candles.join", book, final)) == [(0, "10", "20", "5", "12", "7")]
    later = scripts.call("candles.advance", book, [candle(5, "8", closed=False)], [])
    assert [one[0] for one in figures(scripts.call("candles.join", later, final))] == [0, 5]


def test_candles_longer_than_those_looked_at_are_no_parts_of_them(scripts: Scripts) -> None:
    hour = [messages.candle(START // 3_600_000 * 3_600_000, "50", timeframe="1h")]
    assert figures(start(scripts, "1m", hour, [point(0, "10")])) == [(0, "10", "10", "10", "10", "0")]


def test_nothing_new_is_the_same_book(scripts: Scripts) -> None:
    assert scripts.run(
        "const book = scripts.candles.start('5m', a, b); return scripts.candles.advance(book, a, b) === book;",
        [candle(0, "10", closed=False)],
        [point(0.5, "11")],
    )


def test_a_clock_that_went_back_ends_a_book(scripts: Scripts) -> None:
    book = start(scripts, "1m", [], [point(10, "10")])
    assert scripts.call("candles.isPast", book, [point(2, "9")])
    assert not scripts.call("candles.isPast", book, [point(9.9, "9")])


def test_a_book_has_a_limit(scripts: Scripts) -> None:
    own = [candle(minute, "10") for minute in range(1_200)]
    book = start(scripts, "1m", own, [])
    assert len(book["candles"]) == 1_000
    assert figures(book)[-1][0] == 1_199


@pytest.mark.parametrize(
    ("timeframe", "size"),
    [("1m", 60_000), ("15m", 900_000), ("1d", 86_400_000), ("1w", None), ("1M", None), ("", None)],
)
def test_sizes_of_timeframes(scripts: Scripts, timeframe: str, size: int | None) -> None:
    assert scripts.call("candles.sizeOf", timeframe) == size


def expected(prices: list[dict[str, Any]], size: int) -> list[tuple[int, str, str, str, str, str]]:
    """The candles of `prices`, all at once."""
    buckets: dict[int, list[str]] = defaultdict(list)
    for one in prices:
        buckets[one["ts"] // size * size].append(one["text"])
    return [
        ((ts - START) // MINUTE, texts[0], max(texts, key=Decimal), min(texts, key=Decimal), texts[-1], "0")
        for ts, texts in sorted(buckets.items())
    ]


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(1, 400_000), st.integers(1, 10_000)), min_size=1, max_size=60),
    cuts=st.lists(st.integers(1, 20), min_size=1, max_size=10),
    timeframe=st.sampled_from(["1m", "5m", "15m"]),
)
def test_prices_in_any_portions_make_the_same_candles(
    scripts: Scripts, steps: list[tuple[int, int]], cuts: list[int], timeframe: str
) -> None:
    ts, prices = START, []
    for gap, price in steps:
        ts += gap
        prices.append({"ts": ts, "text": str(price)})
    portions = [prices[: sum(cuts[:count])] for count in range(1, len(cuts) + 1)] + [prices]
    book = scripts.run(
        "let book = scripts.candles.start(a, [], []);"
        "for (const points of b) book = scripts.candles.advance(book, [], points); return book;",
        timeframe,
        portions,
    )
    size = scripts.call("candles.sizeOf", timeframe)
    assert figures(book) == expected(prices, size)
