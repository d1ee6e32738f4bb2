"""The stream keeps trades in full, prices as a bounded list, and of the rest the latest."""

from __future__ import annotations

import orjson

from relay import stream as limits
from relay.stream import FIRST_POSITION, Stream


def texts(inside: str) -> list[str]:
    return [str(item) for item in orjson.loads(f"[{inside}]")]


def test_what_came_after_a_position_is_in_order() -> None:
    stream = Stream()
    stream.price("b", '"p1"')
    stream.durable("trade", "b", '"t1"')
    stream.latest("stats", "b", '"s1"')
    stream.latest("stats", "b", '"s2"')
    assert texts(stream.since(FIRST_POSITION).text) == ["p1", "t1", "s2"]


def test_prices_are_bounded_and_the_newest_is_always_there() -> None:
    stream = Stream()
    for number in range(1_000):
        stream.price("b", f'"{number}"')
    shown = texts(stream.since(FIRST_POSITION).text)
    assert len(shown) == limits.PRICES_PER_FRAME
    assert shown[-1] == "999"


def test_a_thousand_trades_take_two_frames_and_lose_none() -> None:
    stream = Stream()
    for number in range(1_000):
        stream.durable("trade", "b", f'"{number}"')
    first = stream.since(FIRST_POSITION)
    second = stream.since(first.upto)
    assert texts(first.text) + texts(second.text) == [str(number) for number in range(1_000)]
    assert second.upto == stream.position


def test_what_is_newer_than_a_full_frame_waits_for_the_next() -> None:
    stream = Stream()
    for number in range(limits.DURABLE_PER_FRAME + 1):
        stream.durable("trade", "b", f'"{number}"')
    stream.price("b", '"price"')
    first = stream.since(FIRST_POSITION)
    assert "price" not in first.text
    assert texts(stream.since(first.upto).text) == [str(limits.DURABLE_PER_FRAME), "price"]


def test_a_forming_candle_comes_in_its_latest_form_only() -> None:
    stream = Stream()
    stream.candle("b", "1m", 60_000, '"c1"')
    stream.candle("b", "1m", 60_000, '"c1 again"')
    stream.candle("b", "1m", 120_000, '"c2"')
    assert texts(stream.since(FIRST_POSITION).text) == ["c1 again", "c2"]
    assert stream.candles("b", "1m", 10) == ['"c1 again"', '"c2"']


def test_nothing_grows_without_bound() -> None:
    stream = Stream()
    for number in range(limits.DURABLE_LIMIT + 10):
        stream.durable("trade", "b", '""')
        stream.candle("b", f"{number % 40}m", number, '""')
        stream.log('""')
    assert stream.oldest > FIRST_POSITION
    assert len(texts(stream.snapshot().text)) < 10_000


def test_the_snapshot_remembers_what_the_tape_had() -> None:
    stream = Stream()
    stream.restore("trade", "b", '"old trade"')
    stream.restore("status", "b", '"old status"')
    stream.durable("status", "b", '"new status"')
    assert texts(stream.snapshot().text) == ["old trade", "new status"]
