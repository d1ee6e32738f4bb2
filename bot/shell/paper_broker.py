"""A broker that trades against the prices it is shown, never better than the market was.

An order fills whole at the next price after it was placed: a buy at the best ask, a sale at the best bid, or, where the
market gives none, half the spread away from the last price; then slippage moves it further against us, and it is
rounded against us to the price step. The taker fee is paid in quote, rounded up. What the market's rules forbid is
refused, with the rule and by how much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_UP, Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.market_rules import MarketRules
from bot.core.messages import Order, OrderFilled, OrderRejected
from bot.core.orders import rounded, size_refusal
from bot.core.portfolio import EXACT, Portfolio
from bot.core.words import amount_text
from bot.events import Price

FEE_STEP = Decimal("1E-8")
DEPOSITS = {"BTC": Decimal(1), "ETH": Decimal(20), "BNB": Decimal(20)}
DEPOSIT = Decimal(10_000)


class InvalidPaper(ValueError):
    """`paper` of the exchange's configuration cannot be used; its text is one sentence."""


class PaperSettings(BaseModel):
    """The object `paper` in TAPEDECK_EXCHANGE_CONFIG."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deposit: Annotated[Decimal, Field(gt=0, allow_inf_nan=False)] | None = None
    """Quote currency that a new paper account starts with; default 10,000, or 1 BTC, 20 ETH, 20 BNB."""
    spread_pct: Annotated[Decimal, Field(ge=0, lt=50, allow_inf_nan=False)] = Decimal("0.02")
    slippage_pct: Annotated[Decimal, Field(ge=0, lt=50, allow_inf_nan=False)] = Decimal("0.01")

    def deposit_in(self, quote_currency: str) -> Decimal:
        """What a new account starts with."""
        return self.deposit or DEPOSITS.get(quote_currency, DEPOSIT)


def paper_settings(exchange_config: Mapping[str, Any]) -> PaperSettings:
    """The checked `paper` object of the exchange's configuration. Raises `InvalidPaper`."""
    try:
        return PaperSettings.model_validate(exchange_config.get("paper", {}))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(["paper", *(str(part) for part in first["loc"])])
        takes = ", ".join(PaperSettings.model_fields)
        fault = (
            f"is not one of {takes}"
            if first["type"] == "extra_forbidden"
            else first["msg"].replace("Input should", "must")
        )
        raise InvalidPaper(f"TAPEDECK_EXCHANGE_CONFIG: {path} {fault}.") from None


class PaperBroker:
    """Holds the orders that wait for the next price."""

    def __init__(self, settings: PaperSettings) -> None:
        self._half_spread = settings.spread_pct / 200
        self._slippage = settings.slippage_pct / 100
        self._waiting: dict[str, Order] = {}
        self._canceled: set[str] = set()

    def place(self, order: Order) -> None:
        """Take the order; the same id again changes nothing."""
        self._waiting.setdefault(order.id, order)

    def cancel(self, order: Order) -> None:
        """Take it back, at the next price."""
        self._canceled.add(order.id)

    def take_up(self, order: Order) -> None:
        """Nothing was sent anywhere, so the order simply waits again."""
        self.place(order)

    def on_price(self, price: Price, rules: MarketRules, portfolio: Portfolio) -> Iterator[OrderFilled | OrderRejected]:
        """What becomes of the waiting orders at this price, with what the account holds."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        cash, base = portfolio.cash, portfolio.base
        for order in waiting.values():
            answer = self._execute(order, price, rules, cash, base)
            if isinstance(answer, OrderFilled):
                sign = 1 if order.side == "buy" else -1
                cash -= EXACT.multiply(answer.price, answer.amount) * sign + answer.fee
                base += answer.amount * sign
            yield answer

    def _execute(
        self, order: Order, price: Price, rules: MarketRules, cash: Decimal, base: Decimal
    ) -> OrderFilled | OrderRejected:
        amount = rounded(order.amount, rules.amount_step, ROUND_FLOOR)
        paid = self._fill_price(order, price, rules.price_step)
        cost = EXACT.multiply(paid, amount)
        fee = EXACT.multiply(cost, rules.taker_fee_rate).quantize(FEE_STEP, ROUND_UP, EXACT)
        refusal = size_refusal(rules, amount, paid) or _funds_refusal(order, rules, amount, cost + fee, cash, base)
        if refusal:
            return OrderRejected(order_id=order.id, reason=refusal)
        return OrderFilled(
            order_id=order.id, ts=price.ts, price=paid, amount=amount, fee=fee, fee_currency=rules.quote_currency
        )

    def _fill_price(self, order: Order, price: Price, step: Decimal) -> Decimal:
        if order.side == "buy":
            met = price.ask if price.ask is not None else price.price * (1 + self._half_spread)
            return rounded(met * (1 + self._slippage), step, ROUND_CEILING)
        met = price.bid if price.bid is not None else price.price * (1 - self._half_spread)
        if order.worst_price is not None:
            met = min(met, order.worst_price)
        return max(rounded(met * (1 - self._slippage), step, ROUND_FLOOR), step)


def _funds_refusal(
    order: Order, rules: MarketRules, amount: Decimal, total: Decimal, cash: Decimal, base: Decimal
) -> str | None:
    if order.side == "buy" and total > cash:
        quote, over = rules.quote_currency, amount_text(total - cash)
        return (
            f"It costs {amount_text(total)} {quote} with its fee, {over} more than the {amount_text(cash)} there are."
        )
    if order.side == "sell" and amount > base:
        over = amount_text(amount - base)
        return (
            f"It sells {amount_text(amount)} {rules.base_currency}, {over} more than the {amount_text(base)} there are."
        )
    return None
