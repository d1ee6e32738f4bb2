"""What became of an order, in the order in which it happened, each in one sentence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot.core.engine import step
from bot.core.journal_events import EventType, JournalEvent, journal_events
from bot.core.messages import Input, OrderCanceled, OrderOpened, OrderRejected, Signal
from bot.core.order_life import KeptOrder, order_story
from bot.core.state import State
from tests.support.trading import T0, bought, candle, command, filled, live_state, price, through


def kept(**fields: Any) -> KeptOrder:
    values: dict[str, Any] = {
        "id": "order-1",
        "client_order_id": "abc",
        "exchange_order_id": None,
        "side": "buy",
        "type": "market",
        "amount": Decimal("0.00015"),
        "price": None,
        "trigger_price": None,
        "reason": "the rule",
    }
    return KeptOrder(**{**values, **fields})


def written(state: State, *messages: Input) -> tuple[State, list[JournalEvent]]:
    """What all the messages leave, one minute after the other."""
    left: list[JournalEvent] = []
    for number, message in enumerate(messages):
        result = step(state, message)
        left += journal_events(state, message, result, ts=number)
        state = result[0]
    return state, left


def life(order: KeptOrder, events: list[JournalEvent]) -> list[tuple[int, str, str]]:
    mine = [event for event in events if event.order_id == order.id]
    return [(moment.ts, moment.state, moment.text) for moment in order_story(order, mine).life]


def event(ts: int, name: EventType, **data: Any) -> JournalEvent:
    return JournalEvent(ts=ts, type=name, data=data, order_id="order-1")


def a_fill(ts: int, amount: str) -> JournalEvent:
    return event(ts, "fill", amount=amount, price="40000.50", fee="0.006", fee_currency="USDT")


PLACED = event(1, "order_placed", id="order-1")


def test_a_signal_becomes_an_order_that_is_filled() -> None:
    signal = Signal(kind="enter", reason="fast 2 crossed slow 1", candle_ts=T0)
    state, _ = written(live_state(), candle(0, 40_000))
    _, _, effects = through(state, signal)
    order = effects[0].order
    _, events = written(state, signal, filled(order, 40_000))
    assert life(kept(id=order.id, amount=order.amount, reason=signal.reason), events) == [
        (0, "decided", "fast 2 crossed slow 1."),
        (0, "sent", "Written down, then sent: buy 0.06243 at the market."),
        (1, "filled", "0.06243 filled at 40000, fee 2.4972 USDT."),
    ]


def test_a_stop_loss_says_why_it_sold() -> None:
    held = bought(live_state())
    _, events = written(held, price(39_000))
    (order_id,) = {one.order_id for one in events}
    assert order_id is not None
    told = life(kept(id=order_id, side="sell", reason=events[0].data["reason"]), events)
    assert told[0][:2] == (0, "decided")
    assert told[0][2].startswith("Stop loss: price 39,000.00 fell to the stop")
    assert [state for _, state, _ in told] == ["decided", "sent"]


def test_a_persons_command_is_the_decision() -> None:
    asked = command("test_trade", side="buy")
    state, events = written(live_state(), asked)
    order = state.account.orders[0]
    assert events[0].order_id == order.id
    assert life(kept(id=order.id, reason=order.reason), events)[0] == (0, "decided", "Test trade, asked for by hand.")


def test_what_the_market_took_is_open_under_its_name() -> None:
    state, _ = written(live_state(), command("test_trade", side="buy"))
    order_id = state.account.orders[0].id
    _, events = written(state, OrderOpened(order_id=order_id, exchange_order_id="4711"))
    assert life(kept(id=order_id), events) == [(0, "open", "The market took it as 4711.")]
    _, again = written(state, OrderOpened(order_id=order_id), OrderOpened(order_id=order_id))
    assert life(kept(id=order_id), again) == [(0, "open", "The market took it.")]


def test_a_limit_is_filled_in_parts() -> None:
    order = kept(type="limit", amount=Decimal("0.3"), price=Decimal("40000.50"))
    closed = event(4, "order_closed", order_id="order-1", status="filled", detail="")
    assert life(order, [PLACED, a_fill(2, "0.1"), a_fill(3, "0.2"), closed]) == [
        (1, "decided", "the rule."),
        (1, "sent", "Written down, then sent: buy 0.3 at 40000.5 or better."),
        (2, "partly filled", "0.1 filled at 40000.5, fee 0.006 USDT."),
        (3, "filled", "0.2 filled at 40000.5, fee 0.006 USDT."),
    ]


def test_what_is_left_of_a_part_is_taken_back() -> None:
    order = kept(type="stop", side="sell", amount=Decimal("0.3"), trigger_price=Decimal(39_000))
    recalled = event(3, "cancel_requested", order_id="order-1")
    closed = event(4, "order_closed", order_id="order-1", status="canceled", detail="Not filled within 60 s")
    told = life(order, [PLACED, a_fill(2, "0.1"), recalled, closed])
    assert told[1:] == [
        (1, "sent", "Written down, then sent: sell 0.3 once the price meets 39000."),
        (2, "partly filled", "0.1 filled at 40000.5, fee 0.006 USDT."),
        (3, "canceling", "What is left of it was asked to be taken back."),
        (4, "canceled", "Not filled within 60 s."),
    ]
    assert order_story(order, []).price == Decimal(39_000)


def test_a_refusal_says_which_rule() -> None:
    state, _ = written(live_state(), command("test_trade", side="buy"))
    order_id = state.account.orders[0].id
    _, events = written(state, OrderRejected(order_id=order_id, reason="NOTIONAL: 4 is below 5"))
    assert life(kept(id=order_id), events) == [(0, "refused", "NOTIONAL: 4 is below 5.")]
    _, events = written(state, OrderCanceled(order_id=order_id, reason=""))
    assert life(kept(id=order_id), events) == [(0, "canceled", "It was canceled.")]


def test_an_order_without_events_has_no_life_but_its_figures() -> None:
    story = order_story(kept(exchange_order_id="4711"), [])
    assert (story.life, story.exchange_order_id, story.amount) == ((), "4711", Decimal("0.00015"))
