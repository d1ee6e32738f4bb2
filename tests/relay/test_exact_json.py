"""A whole number is what it was written as, or it is refused; it never becomes another one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import InvalidMessage, parse, to_wire
from relay import bot_json, exact_json
from tests.support import messages
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

BEYOND = 2**64 + 1


@given(st.integers() | st.integers(10**17, 10**30) | st.integers(-(10**30), -(10**17)))
def test_whole_numbers_are_read_as_they_are_written(number: int) -> None:
    assert exact_json.loads(json.dumps([number, {"n": number}])) == [number, {"n": number}]
    assert exact_json.loads(json.dumps([number]).encode()) == [number]


def as_sent(event: str, data: dict[str, Any]) -> dict[str, Any]:
    return to_wire(parse(*bot_json.event(json.dumps([event, data]))))


def test_a_bots_long_number_is_kept_to_its_last_digit() -> None:
    kept = as_sent("trade_executed", messages.trade(1, price=BEYOND, id=BEYOND, order_id=10**40 + 1))
    assert (kept["price"], kept["id"], kept["order_id"]) == (str(BEYOND), str(BEYOND), str(10**40 + 1))


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("ts", BEYOND, "trade_executed.ts: must be less than or equal to"),
        ("price", 10**60, "trade_executed.price: must have at most 60 digits"),
        ("amount", 10**3_000, "trade_executed.amount: must be a finite number"),
        ("symbol", BEYOND, "trade_executed.symbol: must be a text"),
    ],
    ids=["ts", "price", "amount", "symbol"],
)
def test_what_no_field_holds_is_refused_by_its_name(field: str, value: int, error: str) -> None:
    with pytest.raises(InvalidMessage) as refusal:
        as_sent("trade_executed", messages.trade(1, **{field: value}))
    assert str(refusal.value).startswith(error)


def test_a_number_of_more_digits_than_python_reads_is_refused_too() -> None:
    text = json.dumps(["trade_executed", messages.trade(1, price=7)]).replace(": 7,", f": {'7' * 9_000},")
    with pytest.raises(InvalidMessage, match=r"^trade_executed\.price: must be a finite number"):
        parse(*bot_json.event(text))


def test_an_answers_long_number_is_a_text_of_its_digits() -> None:
    held = {"least": -(2**63), "most": 2**64 - 1}
    assert bot_json.answer(json.dumps([{**held, "n": BEYOND}])) == {**held, "n": str(BEYOND)}
    assert bot_json.answer(json.dumps([{**held, "n": BEYOND, "x": float("nan")}])) == {
        **held,
        "n": str(BEYOND),
        "x": None,
    }


def test_a_command_over_http_is_refused_and_not_sent_with_another_number(relay: Relay, bot: ForeignBot) -> None:
    code, answer = relay.command("test_trade", args={"amount": BEYOND})
    assert (code, answer["error"].startswith("args: must be JSON")) == (400, True)
    assert bot.commands == []
