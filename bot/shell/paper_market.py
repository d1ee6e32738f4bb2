"""The market as an order on paper meets it: what it would pay, whether it is reached, and what would be refused.

Every rule is against us, and every price on the market's grid. What a limit rests at counts as the end of the queue:
only a market that has gone through it fills it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_UP, Decimal

from bot.core.market_rules import MarketRules
from bot.core.messages import Order
from bot.core.orders import rounded, size_refusal
from bot.core.portfolio import EXACT, ZERO
from bot.core.words import amount_text
from bot.events import Price, Side

FEE_STEP = Decimal("1E-8")


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid, best ask and last trade, in quote currency."""

    bid: Decimal
    ask: Decimal
    last: Decimal


def quote_of(price: Price, half_spread: Decimal) -> Quote:
    """What the market says; where it gives no bid or ask, `half_spread` (a rate) away from the last trade."""
    return Quote(
        bid=price.bid if price.bid is not None else price.price * (1 - half_spread),
        ask=price.ask if price.ask is not None else price.price * (1 + half_spread),
        last=price.price,
    )


def quote_around(last: Decimal, half_spread: Decimal) -> Quote:
    """Bid and ask that far (a rate) away from the last trade."""
    return Quote(bid=last * (1 - half_spread), ask=last * (1 + half_spread), last=last)


def taker_price(order: Order, quote: Quote, slippage: Decimal, step: Decimal) -> Decimal:
    """What an order that takes gets: ask or bid, `slippage` (a rate) worse, and rounded against us.

    A sale is never better than its trigger or `worst_price`; a limit that the market meets is never worse than its own
    price, which bid and ask are not worse than.
    """
    if order.side == "buy":
        paid = rounded(quote.ask * (1 + slippage), step, ROUND_CEILING)
        return paid if order.price is None else min(paid, order.price)
    bounds = (bound for bound in (order.worst_price, order.trigger_price) if bound is not None)
    got = max(rounded(min((quote.bid, *bounds)) * (1 - slippage), step, ROUND_FLOOR), step)
    return got if order.price is None else max(got, order.price)


def is_met(order: Order, quote: Quote) -> bool:
    """Whether what rests on the other side would take the limit at once."""
    assert order.price is not None
    return quote.ask <= order.price if order.side == "buy" else quote.bid >= order.price


def is_passed(order: Order, quote: Quote) -> bool:
    """Whether the market has gone through a limit that rests: a touch fills those who were there before.

    It has where the other side would now take it at a better price; or where a trade was beyond it and nobody on its
    own side is left at it, without which that trade would be one from before it came.
    """
    assert order.price is not None
    if order.side == "buy":
        return quote.ask < order.price or max(quote.last, quote.bid) < order.price
    return quote.bid > order.price or min(quote.last, quote.ask) > order.price


def is_triggered(order: Order, quote: Quote) -> bool:
    """Whether the bid has met the stop."""
    return order.trigger_price is not None and quote.bid <= order.trigger_price


@dataclass(frozen=True, slots=True)
class Fee:
    """What a fill costs besides its price: `amount` of `currency`, which is paid in quote or in base."""

    amount: Decimal
    currency: str
    in_quote: Decimal = ZERO
    in_base: Decimal = ZERO


def fee_of(side: Side, price: Decimal, amount: Decimal, rate: Decimal, rules: MarketRules, *, in_base: bool) -> Fee:
    """The fee at `rate`, rounded up; in quote, or with `in_base` a purchase's in what was bought."""
    if in_base and side == "buy":
        fee = _fee_rounded(amount, rate)
        return Fee(fee, rules.base_currency, in_base=fee)
    fee = _fee_rounded(EXACT.multiply(price, amount), rate)
    return Fee(fee, rules.quote_currency, in_quote=fee)


def _fee_rounded(paid: Decimal, rate: Decimal) -> Decimal:
    return EXACT.multiply(paid, rate).quantize(FEE_STEP, ROUND_UP, EXACT)


def rule_refusal(order: Order, amount: Decimal, price: Decimal, quote: Quote, rules: MarketRules) -> str | None:
    """The rule of the market that a new order of `amount` breaks, judged at `price`, and by how much; or None."""
    refusal = _step_refusal(order, rules) or size_refusal(rules, amount, price)
    if refusal is None and is_triggered(order, quote):
        below = amount_text(price - quote.bid)
        return (
            f"The stop at {amount_text(price)} would trigger at once: the best bid is {amount_text(quote.bid)},"
            f" {below} below it."
        )
    return refusal


def _step_refusal(order: Order, rules: MarketRules) -> str | None:
    price = order.price or order.trigger_price
    if price is None or rounded(price, rules.price_step, ROUND_FLOOR) == price:
        return None
    over = EXACT.subtract(price, rounded(price, rules.price_step, ROUND_FLOOR))
    return (
        f"The price {amount_text(price)} is {amount_text(over)} above a multiple of the market's price step of"
        f" {amount_text(rules.price_step)}."
    )


def funds_refusal(
    order: Order, rules: MarketRules, amount: Decimal, total: Decimal, cash: Decimal, base: Decimal
) -> str | None:
    """Why the account cannot pay `total` of quote or give `amount` of base, of what is free there; or None."""
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
