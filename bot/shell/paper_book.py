"""The orders that a paper broker holds, and what they leave free of the account, as an exchange counts it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import reduce

from bot.core.market_rules import MarketRules
from bot.core.messages import Order
from bot.core.orders import rounded
from bot.core.portfolio import EXACT, ZERO
from bot.events import Price
from bot.shell.paper_market import Fee, Quote, fee_of


@dataclass(slots=True)
class Working:
    """An order that is here or on its way, and how far it has come; `filled` in base."""

    order: Order
    filled: Decimal = ZERO
    has_arrived: bool = False
    is_triggered: bool = False
    is_recalled: bool = False
    recalled_ts: int | None = None
    """When it was asked back, by the market's time; None until the next price says what time it is."""

    def left(self, rules: MarketRules) -> Decimal:
        """What is still to be traded, on the market's grid."""
        return EXACT.subtract(rounded(self.order.amount, rules.amount_step, ROUND_FLOOR), self.filled)

    @property
    def rests(self) -> bool:
        """Whether it waits on the market, which keeps back what it would cost."""
        return self.has_arrived and self.order.type != "market"


def working_of(order: Order) -> Working:
    """The order as its account has it: a new one, or one of an earlier session, as far as it had come."""
    has_filled = order.filled > 0
    return Working(
        order,
        filled=order.filled,
        has_arrived=has_filled or order.exchange_order_id is not None,
        is_triggered=has_filled and order.type == "stop",
        is_recalled=order.status in ("canceling", "repricing"),
    )


@dataclass(slots=True)
class Moment:
    """A price as the orders meet it, and what the account has then: cash and base, which each fill changes."""

    price: Price
    before: Price | None
    """The one that the market showed last."""
    quote: Quote
    rules: MarketRules
    cash: Decimal
    base: Decimal
    fee_in_base: bool

    @property
    def ts(self) -> int:
        """When it is."""
        return self.price.ts

    def fee(self, working: Working, price: Decimal, amount: Decimal, rate: Decimal) -> Fee:
        """What trading `amount` of the order costs besides its price."""
        return fee_of(working.order.side, price, amount, rate, self.rules, in_base=self.fee_in_base)

    def book(self, working: Working, price: Decimal, amount: Decimal, fee: Fee) -> None:
        """`amount` of the order was filled."""
        cost = EXACT.multiply(price, amount)
        working.filled, working.has_arrived = EXACT.add(working.filled, amount), True
        if working.order.side == "buy":
            self.cash = EXACT.subtract(self.cash, EXACT.add(cost, fee.in_quote))
            self.base = EXACT.add(self.base, EXACT.subtract(amount, fee.in_base))
        else:
            self.cash = EXACT.add(self.cash, EXACT.subtract(cost, fee.in_quote))
            self.base = EXACT.subtract(self.base, amount)

    def total(self, working: Working, price: Decimal, amount: Decimal, rate: Decimal) -> Decimal:
        """What `amount` of the order costs at `price` with its fee, in quote."""
        return EXACT.add(EXACT.multiply(price, amount), self.fee(working, price, amount, rate).in_quote)

    def free(self, others: Iterable[Working]) -> tuple[Decimal, Decimal]:
        """Cash and base that the other orders which rest do not keep back."""
        resting = [other for other in others if other.rests]
        cash = (self._kept_back(other) for other in resting if other.order.side == "buy")
        base = (other.left(self.rules) for other in resting if other.order.side == "sell")
        return reduce(EXACT.subtract, cash, self.cash), reduce(EXACT.subtract, base, self.base)

    def _kept_back(self, working: Working) -> Decimal:
        assert working.order.price is not None
        left = working.left(self.rules)
        return self.total(working, working.order.price, left, self.rules.taker_fee_rate)
