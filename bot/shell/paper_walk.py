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

    - Without latency an order is there at once, at the price that decided it; for a protective sale that is the level
      it met. What was bought after the market had passed that level, and lifted it, is not sold for more than was paid.
    - What comes later came somewhere between the last price before it arrived and the first one after.
    - In a market that is not walked all meets the price itself; a new stop is judged by it everywhere.
    """
    before, last = moment.before, moment.price.price
    if before is None or moment.rules.walked_ms is None or order.type == "stop":
        return last
    if not latency_ms and order.ts == before.ts:
        met = before.price if order.worst_price is None else order.worst_price
        return met if order.worst_price is None or bought_at is None else min(met, bought_at)
    start = walked_from(before, moment.price, moment.rules)
    if start is None or (latency_ms and before.ts >= order.ts + latency_ms):
        return last
    return max(start, last) if order.side == "buy" else min(start, last)
