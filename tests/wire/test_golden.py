"""The golden messages bind what a bot may send, what the relay makes of it and what the contract lists."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from bot.events import BOT_EVENTS, DURABLE, TYPES, Balances, InvalidMessage, Position, parse, to_wire
from tests.wire.golden import GOLDEN, LISTED, each


@each("accepted")
def test_what_a_bot_sends_is_shown_as_the_golden_message_says(name: str, case: dict[str, Any]) -> None:
    assert to_wire(parse(GOLDEN[name]["event"], case["sent"])) == case["shown"]["data"]


@each("accepted")
def test_a_shown_message_can_be_sent_again_and_stays_what_it_is(name: str, case: dict[str, Any]) -> None:
    shown = case["shown"]["data"]
    assert to_wire(parse(GOLDEN[name]["event"], shown)) == shown


@each("refused")
def test_a_bad_payload_is_refused_with_a_sentence_that_names_the_field(name: str, case: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage) as refusal:
        parse(GOLDEN[name]["event"], case["sent"])
    assert str(refusal.value).startswith(case["error"])


@pytest.mark.parametrize("name", TYPES)
def test_only_durable_messages_carry_a_seq(name: str) -> None:
    for case in GOLDEN[name]["accepted"]:
        envelope = case["shown"]
        assert set(envelope) == {"type", "bot_id", "ts", "data"} | ({"seq"} if name in DURABLE else set())
        assert envelope["type"] == name


@pytest.mark.parametrize("name", LISTED)
def test_each_message_has_exactly_the_fields_that_the_contract_lists(name: str) -> None:
    """Beyond them `status` alone carries the id that the relay tells repeats by."""
    cls = {**TYPES, "position": Position, "balances": Balances}[name]
    listed = {field.strip().removesuffix("?") for field in LISTED[name].split(",")}
    assert {field.name for field in fields(cls)} == listed | ({"id"} if name == "status" else set())


def test_every_event_of_a_bot_has_a_golden_file() -> None:
    assert {golden["event"]: golden["type"] for golden in GOLDEN.values()} == BOT_EVENTS
