"""What a step leaves for ever."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.core.engine import step
from bot.core.journal_events import JournalEvent, journal_events
from bot.core.messages import Input, OrderRejected, SessionOpened, Signal
from bot.core.state import State
from tests.support.trading import T0, bought, candle, command, filled, live_state, new_state, price, through


def happened(state: State, *messages: Input) -> tuple[State, list[JournalEvent]]:
    """The state after the messages, and what the last of them left."""
    *before, last = messages
    state = through(state, *before)[0]
    result = step(state, last)
    return result[0], journal_events(state, last, result, ts=77)


def types(events: list[JournalEvent]) -> list[str]:
    return [event.type for event in events]


def enter(number: int = 0) -> Signal:
    return Signal(kind="enter", reason="fast 2 crossed slow 1", candle_ts=T0 + number * 60_000)


def test_a_signal_acted_on_is_a_decision_and_the_order_that_came_of_it() -> None:
    _, (decision, placed) = happened(live_state(), candle(0, 40_000), enter())
    assert (decision.type, decision.ts) == ("decision", 77)
    amounts = {"adds": False, "parts": None, "share": "1"}
    assert decision.data == {"kind": "enter", "reason": "fast 2 crossed slow 1", "candle_ts": T0, **amounts}
    assert placed.type == "order_placed"
    assert (placed.data["side"], placed.data["amount"], placed.data["purpose"]) == ("buy", "0.06243", "entry")
    assert placed.data["reason"] == "fast 2 crossed slow 1"


def test_a_signal_that_is_not_acted_on_leaves_nothing() -> None:
    assert happened(live_state(run=False), candle(0, 40_000), enter())[1] == []


def test_an_entry_that_was_not_possible_is_a_decision_and_its_reason() -> None:
    _, events = happened(live_state(deposit=1), candle(0, 40_000), enter())
    assert types(events) == ["decision", "notice"]
    assert events[1].data["title"] == "Entry skipped"


def test_a_fill_says_all_that_the_account_is_made_of() -> None:
    state, _, effects = through(live_state(), command("test_trade", side="buy"))
    _, (fill, closed) = happened(state, filled(effects[0].order, 40_000))
    assert fill.type == "fill"
    assert {name: fill.data[name] for name in ("side", "price", "amount", "fee", "fee_currency", "order_id")} == {
        "side": "buy",
        "price": "40000",
        "amount": "0.00015",
        "fee": "0.00600",
        "fee_currency": "USDT",
        "order_id": "bot-1-abc-1",
    }
    assert (closed.type, closed.data["status"]) == ("order_closed", "filled")


def test_a_refused_order_says_why() -> None:
    state, _, effects = through(live_state(), command("test_trade", side="buy"))
    _, events = happened(state, OrderRejected(order_id=effects[0].order.id, reason="too small by 1"))
    assert types(events) == ["notice", "order_closed"]
    assert events[1].data == {"order_id": "bot-1-abc-1", "status": "rejected", "detail": "too small by 1"}


def test_a_stop_that_is_reached_is_a_limit_hit_before_its_order() -> None:
    _, (hit, placed) = happened(bought(live_state()), price(39_000))
    assert hit.type == "limit_hit"
    assert hit.data["reason"].startswith("Stop loss: price 39,000.00 fell to the stop at 39,200.00")
    assert (placed.data["id"], placed.data["purpose"]) == (hit.data["order_id"], "protection")
    assert Decimal(placed.data["worst_price"]) == 39_000


@pytest.mark.parametrize(
    ("name", "fields", "outcome", "then"),
    [
        ("stop_bot", {}, {"ok": True, "data": {"state": "stopped"}, "error": None}, ["state_changed"]),
        ("halt", {}, {"ok": True, "data": {"state": "halted"}, "error": None}, ["notice", "state_changed"]),
        ("start_bot", {}, {"ok": True, "data": {"state": "running"}, "error": None}, []),
        (
            "test_trade",
            {"side": "sell"},
            {"ok": False, "data": {}, "error": "There is nothing to sell: the bot holds no BTC."},
            [],
        ),
    ],
)
def test_a_command_is_kept_with_its_outcome_and_what_it_changed(
    name: Any, fields: dict[str, Any], outcome: dict[str, Any], then: list[str]
) -> None:
    asked = command(name, **fields)
    _, (first, *others) = happened(live_state(), asked)
    assert first.type == "command"
    given = {"side": fields.get("side"), "flatten": False, "feed_age_ms": None}
    assert first.data == {"id": asked.id, "name": name, **given, **outcome}
    assert types(others) == then


def test_the_change_of_state_says_what_it_is_now() -> None:
    _, events = happened(live_state(), command("halt"))
    assert events[-1].data == {"run": "running", "halted": True}


def test_a_session_begins_with_what_the_account_was() -> None:
    state = bought(live_state())
    _, events = happened(state, command("test_trade", side="sell"), SessionOpened(run=False))
    assert types(events) == ["session_opened", "state_changed"]
    stated = events[0].data
    assert (stated["trade"], stated["run"], stated["halted"], stated["deposit"]) == (False, "running", False, "10000")
    assert (stated["cash"], stated["base"], stated["fees_paid"]) == ("9993.99400", "0.00015", "0.00600")
    assert [(order["id"], order["side"]) for order in stated["orders"]] == [("bot-1-abc-2", "sell")]


def test_prices_candles_and_forming_candles_leave_nothing() -> None:
    state = new_state()
    for message in (price(40_000), candle(0, 40_000), candle(1, 41_000, closed=False), price("40000.01")):
        state, events = happened(state, message)
        assert events == []
