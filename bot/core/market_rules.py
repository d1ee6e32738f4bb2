"""What a market demands of an order. Filled from ccxt's market structure, or by the simulated market itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """Steps and minima in the units that ccxt uses: price in quote, amount in base, cost in quote; fees as a rate."""

    symbol: str
    base_currency: str
    quote_currency: str
    price_step: Decimal
    amount_step: Decimal
    min_amount: Decimal
    min_cost: Decimal
    maker_fee_rate: Decimal
    taker_fee_rate: Decimal
    max_amount: Decimal | None = None
    walked_ms: int | None = None
    """Prices are walked through candles of this length: between two of one candle the market was at each in between."""
    walked_from_ms: int = 0
    """When any of those candles opened, ms UTC."""

    def is_one_walk(self, before_ts: int, ts: int) -> bool:
        """Whether the market went from the price of the one time to that of the other through all between them."""
        if self.walked_ms is None:
            return False
        return (before_ts - self.walked_from_ms) // self.walked_ms == (ts - self.walked_from_ms) // self.walked_ms
