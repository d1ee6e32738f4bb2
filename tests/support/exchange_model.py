"""A small pure exchange: it accepts, refuses, loses, fills in parts and takes back orders, and tells of it late.

Its answers wait until a test delivers them, in any order that an exchange could produce, and again and again. What an
exchange has promised it keeps (`bot/core/messages.py`): an order's end is told after all of its fills.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from bot.core.messages import (
    CancelOrder,
    Effect,
    Order,
    OrderCanceled,
    OrderFilled,
    OrderOpened,
    OrderRejected,
)
from bot.core.orders import rounded
from bot.core.portfolio import EXACT
from tests.support.trading import RULES, T0

Answer = OrderOpened | OrderFilled | OrderRejected | OrderCanceled
MODEL_RULES = replace(RULES, min_cost=Decimal(0))
"""A step is the least that can be traded, so whatever is more than dust can be sold."""
FEE_RATE = Decimal("0.001")


@dataclass
class Resting:
    """An order as the exchange has it, and what it has not told of it yet."""

    order: Order
    status: Literal["new", "open", "over"] = "new"
    is_asked_back: bool = False
    filled: Decimal = Decimal(0)
    waiting: list[Answer] = field(default_factory=list)
    told: list[Answer] = field(default_factory=list)

    @property
    def left(self) -> Decimal:
        """What may still be filled."""
        return EXACT.subtract(self.order.amount, self.filled)


class ExchangeModel:
    """Balances, a bid, and every order that it ever heard of."""

    def __init__(self, quote: Decimal, *, fee_in_base: bool) -> None:
        self.quote, self.base = quote, Decimal(0)
        self.bid = Decimal(40_000)
        self.orders: dict[str, Resting] = {}
        self._fee_in_base = fee_in_base
        self._fills = 0

    def take(self, effects: Iterable[Effect]) -> None:
        """What the engine wants done: nothing is placed twice, nothing asked back twice."""
        for effect in effects:
            known = self.orders.get(effect.order.id)
            if isinstance(effect, CancelOrder):
                assert known is not None, f"{effect.order.id} was never placed"
                assert not known.is_asked_back, f"{effect.order.id} was asked back twice"
                known.is_asked_back = True
                continue
            assert known is None, f"{effect.order.id} was placed twice"
            self.orders[effect.order.id] = Resting(effect.order)

    def those(self, status: str) -> list[Resting]:
        """The orders of that status, oldest first."""
        return [resting for resting in self.orders.values() if resting.status == status]

    def accept(self, resting: Resting) -> None:
        """It has arrived, and rests. A sale of what is not there, or is in another order, is what must never come."""
        order = resting.order
        if order.side == "sell":
            locked = sum((each.left for each in self.those("open") if each.order.side == "sell"), Decimal(0))
            assert order.amount <= self.base - locked, f"{order.id} sells {order.amount} of {self.base - locked}"
        elif EXACT.multiply(order.amount, self.bid) * Decimal("1.01") > self.quote:
            self.refuse(resting)
            return
        resting.status = "open"
        resting.waiting.append(OrderOpened(order_id=order.id, exchange_order_id=f"x-{order.id}"))

    def refuse(self, resting: Resting, *, never_arrived: bool = False) -> None:
        """It was refused, or lost on the way."""
        resting.status = "over"
        said = OrderRejected(order_id=resting.order.id, reason="no", never_arrived=never_arrived)
        resting.waiting.append(said)

    def fill(self, resting: Resting, share: Decimal) -> None:
        """So much of what is left is executed, on the market's step; a stop only where the price has met it."""
        order = resting.order
        if order.trigger_price is not None and self.bid > order.trigger_price:
            return
        step = MODEL_RULES.amount_step
        amount = max(rounded(resting.left * share, step, ROUND_FLOOR), min(step, resting.left))
        price = order.price or self.bid
        cost, is_buy = EXACT.multiply(price, amount), order.side == "buy"
        in_base = is_buy and self._fee_in_base
        fee = EXACT.multiply(amount if in_base else cost, FEE_RATE)
        self._fills += 1
        self.quote += (cost if in_base else cost + fee) * -1 if is_buy else cost - fee
        self.base += (amount - fee if in_base else amount) if is_buy else -amount
        resting.filled = EXACT.add(resting.filled, amount)
        resting.status = "over" if not resting.left else resting.status
        resting.waiting.append(
            OrderFilled(
                order_id=order.id,
                ts=T0,
                price=price,
                amount=amount,
                fee=fee,
                fee_currency="BTC" if in_base else "USDT",
                done=False,
                fill_id=f"fill-{self._fills}",
            )
        )

    def end(self, resting: Resting) -> None:
        """What is left is taken back, because it was asked for or because the exchange says so."""
        resting.status = "over"
        resting.waiting.append(OrderCanceled(order_id=resting.order.id, reason="taken back"))

    def delivered(self, resting: Resting, which: int) -> Answer:
        """One of its answers, in any order but the end, which is the last."""
        first = [answer for answer in resting.waiting if not isinstance(answer, OrderRejected | OrderCanceled)]
        answer = first[which % len(first)] if first else resting.waiting[0]
        resting.waiting.remove(answer)
        resting.told.append(answer)
        return answer

    def untold(self) -> list[Resting]:
        """Orders of which something waits to be told."""
        return [resting for resting in self.orders.values() if resting.waiting]
