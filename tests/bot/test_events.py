"""What a bot may say, and how it is told what it may not."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.events import BOT_EVENTS, DURATION_MAX, TIME_MAX, TYPES, Balances, InvalidMessage, Position, parse
from tests.support import messages
from tests.support.nonsense import JSON

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


GOOD: dict[str, dict[str, Any]] = {
    "trade_executed": messages.trade(1),
    "price_update": messages.price(),
    "candle_update": messages.candle(0),
    "heartbeat": messages.heartbeat(),
    "status_change": messages.status(),
    "stats_update": messages.stats(),
    "alert": {"id": "a", "ts": 1, "level": "info", "title": "t"},
    "log": {"ts": 1, "level": "info", "message": "m"},
}


@pytest.mark.parametrize(
    ("event", "field", "value", "sentence"),
    [
        ("trade_executed", "price", None, "trade_executed.price: must be a number, got None"),
        ("trade_executed", "price", "dear", "trade_executed.price: must be a number, got 'dear'"),
        ("trade_executed", "price", "1" * 61, "trade_executed.price: must have at most 60 digits, got '"),
        ("trade_executed", "fee", "0." + "1" * 31, "trade_executed.fee: must have at most 30 digits after the point,"),
        ("trade_executed", "id", "", "trade_executed.id: must not be empty, got ''"),
        ("trade_executed", "ts", 1.5, "trade_executed.ts: must be a whole number, got 1.5"),
        ("trade_executed", "symbol", "", "trade_executed.symbol: must not be empty, got ''"),
        ("trade_executed", "symbol", 7, "trade_executed.symbol: must be a text, got 7"),
        ("trade_executed", "symbol", "s" * 101, "trade_executed.symbol: must have at most 100 characters, got '"),
        ("candle_update", "closed", "perhaps", "candle_update.closed: must be true or false, got 'perhaps'"),
        ("stats_update", "win_rate", "much", "stats_update.win_rate: must be a number, got 'much'"),
        ("status_change", "position", 7, "status_change.position: must be an object, got 7"),
        ("status_change", "position", "flat", "status_change.position: must be an object, got 'flat'"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(event: str, field: str, value: object, sentence: str) -> None:
    with pytest.raises(InvalidMessage) as refusal:
        parse(event, {**GOOD[event], field: value})
    assert str(refusal.value).startswith(sentence)


NESTED = {"position": Position, "balances": Balances}
FIELDS: list[tuple[str, tuple[str, ...]]] = [
    (event, (field.name,)) for event, name in BOT_EVENTS.items() for field in fields(TYPES[name])
]
FIELDS += [("status_change", (name, field.name)) for name, cls in NESTED.items() for field in fields(cls)]
WRONG = JSON | st.text("x", min_size=100, max_size=5_000) | st.decimals().map(str) | st.integers(10**30).map(str)
NO_PLAIN_WORDS = ("must Decimal", "must String", "must Value", "Input", "instance of", "valid ", "what the field takes")


@example(where=("trade_executed", ("price",)), value=[1, 2])
@example(where=("trade_executed", ("price",)), value="\ud800")
@example(where=("trade_executed", ("symbol",)), value="\ud800")
@example(where=("trade_executed", ("ts",)), value="9" * 5_000)
@given(where=st.sampled_from(FIELDS), value=WRONG)
def test_whatever_is_wrong_of_whatever_field_is_said_in_plain_words(
    where: tuple[str, tuple[str, ...]], value: Any
) -> None:
    event, path = where
    for name in reversed(path):
        value = {name: value}
    try:
        parse(event, {**GOOD[event], **value})
    except InvalidMessage as refusal:
        sentence = str(refusal).partition(", got ")[0]
        assert sentence.startswith(f"{event}.")
        assert not any(words in sentence for words in NO_PLAIN_WORDS), sentence
