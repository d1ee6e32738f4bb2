"""Where on its way through a walked candle the market was when an order met it (`MarketRules.walked_ms`).

Such a market shows four prices of a candle, and was at each price between two of them. What a price on the way decides,
as a stop does, is done there; what comes at an unknown place on the way meets the worse of its ends.
"""

from __future__ import annotations

from decimal import Decimal

from bot.core.market_rules import MarketRules
from bot.core.messages import Order
from bot.events import Price
from bot.shell.paper_book import Moment


def walked_from(before: Price | None, price: Price, rules: MarketRules) -> Decimal | None:
    """The price from which the market went through all prices to this one; None where it may have leaped."""
    if before is None or price.bid is not None or not rules.is_one_walk(before.ts, price.ts):
        return None
    return before.price


def arrival_price(order: Order, moment: Moment, latency_ms: int, bought_at: Decimal | None) -> Decimal:
    """What the market was at when the order came to it; `bought_at` is the least that was paid at the price before.

    - A protective sale without latency is there at once, at the price that triggered it. What was bought after the
      market had passed that price, and lifted the level above it, is not sold for more than it was bought for.
    - What is on its way for a while came somewhere between the last price before it arrived and the first one after.
    - All else meets the price itself, as everything does in a market that is not walked; a new stop is judged by it.
    """
    before, last = moment.before, moment.price.price
    if before is None or moment.rules.walked_ms is None or order.type == "stop":
        return last
    if not latency_ms:
        if order.worst_price is None or order.ts != before.ts:
            return last
        return order.worst_price if bought_at is None else min(order.worst_price, bought_at)
    start = walked_from(before, moment.price, moment.rules)
    if start is None or before.ts >= order.ts + latency_ms:
        return last
    return max(start, last) if order.side == "buy" else min(start, last)
