"""An order's life in sentences, told from what the journal keeps of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.core.journal_events import JournalEvent
from bot.core.portfolio import EXACT
from bot.core.words import amount_text
from bot.questions import Moment, OrderStory

_DECIDED = frozenset({"decision", "command", "limit_hit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOrder:
    """An order as the journal's row has it; `price` is a limit's, `trigger_price` a stop's."""

    id: str
    client_order_id: str | None
    exchange_order_id: str | None
    side: str
    type: str
    amount: Decimal
    price: Decimal | None
    trigger_price: Decimal | None
    reason: str


def order_story(order: KeptOrder, events: Sequence[JournalEvent]) -> OrderStory:
    """The order and its life; `events` are those of the journal that name it, oldest first."""
    return OrderStory(
        id=order.id,
        client_order_id=order.client_order_id,
        exchange_order_id=order.exchange_order_id,
        side="buy" if order.side == "buy" else "sell",
        type=order.type,
        amount=order.amount,
        price=order.price if order.price is not None else order.trigger_price,
        reason=order.reason,
        life=tuple(_life(order, events)),
    )


def _life(order: KeptOrder, events: Sequence[JournalEvent]) -> list[Moment]:
    """A decision may have no event of its own where a sale had to wait: then the order itself says why it is there."""
    decided_at = next((event.ts for event in events if event.type in _DECIDED or event.type == "order_placed"), None)
    life = [] if decided_at is None else [Moment(ts=decided_at, state="decided", text=_sentence(order.reason))]
    filled = Decimal(0)
    last_fill = max((number for number, event in enumerate(events) if event.type == "fill"), default=None)
    for number, event in enumerate(events):
        if event.type == "fill":
            filled = EXACT.add(filled, Decimal(event.data["amount"]))
            is_whole = number == last_fill and (filled >= order.amount or _ended_filled(events))
            life.append(_fill(event, is_whole=is_whole))
        elif event.type in _TELL:
            state, text = _TELL[event.type](order, event.data)
            life.append(Moment(ts=event.ts, state=state, text=_sentence(text)))
        elif event.type == "order_closed" and event.data["status"] != "filled":
            state = "refused" if event.data["status"] == "rejected" else "canceled"
            life.append(Moment(ts=event.ts, state=state, text=_sentence(event.data["detail"] or f"It was {state}")))
    return life


def _ended_filled(events: Sequence[JournalEvent]) -> bool:
    return any(event.type == "order_closed" and event.data["status"] == "filled" for event in events)


def _fill(event: JournalEvent, *, is_whole: bool) -> Moment:
    data = event.data
    fee = (
        "" if data.get("fee") is None else f", fee {amount_text(Decimal(data['fee']))} {data.get('fee_currency') or ''}"
    )
    amount, price = amount_text(Decimal(data["amount"])), amount_text(Decimal(data["price"]))
    text = f"{amount} filled at {price}{fee.rstrip()}."
    return Moment(ts=event.ts, state="filled" if is_whole else "partly filled", text=text)


def _sent(order: KeptOrder, _data: Mapping[str, Any]) -> tuple[str, str]:
    how = "at the market"
    if order.price is not None:
        how = f"at {amount_text(order.price)} or better"
    elif order.trigger_price is not None:
        how = f"once the price meets {amount_text(order.trigger_price)}"
    return "sent", f"Written down, then sent: {order.side} {amount_text(order.amount)} {how}"


def _opened(_order: KeptOrder, data: Mapping[str, Any]) -> tuple[str, str]:
    name = data.get("exchange_order_id")
    return "open", f"The market took it as {name}" if name else "The market took it"


def _recalled(_order: KeptOrder, _data: Mapping[str, Any]) -> tuple[str, str]:
    return "canceling", "What is left of it was asked to be taken back"


_TELL: dict[str, Callable[[KeptOrder, Mapping[str, Any]], tuple[str, str]]] = {
    "order_placed": _sent,
    "order_opened": _opened,
    "cancel_requested": _recalled,
}


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
