"""What a simulated symbol is worth and what its orders must keep to, so that any symbol looks like on an exchange."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from bot.core.market_rules import MarketRules

FEE_RATE = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRates:
    """What a market of our own takes of each trade, as a part of its cost; unless set, a usual spot exchange's."""

    maker: Decimal = FEE_RATE
    taker: Decimal = FEE_RATE


USUAL_FEES = FeeRates()
_USD_WORTH = {
    "BTC": 43_000.0, "ETH": 2_300.0, "BNB": 310.0, "SOL": 98.0, "XRP": 0.57, "ADA": 0.52, "DOGE": 0.081, "LTC": 70.0,
    "DOT": 7.1, "LINK": 15.0, "AVAX": 36.0, "TRX": 0.105, "USDT": 1.0, "USDC": 1.0, "USD": 1.0, "DAI": 1.0,
    "FDUSD": 1.0, "EUR": 1.08, "GBP": 1.27,
}  # fmt: skip
_UNKNOWN_WORTH = 25.0


def currencies(symbol: str) -> tuple[str, str]:
    """Base and quote of `BASE/QUOTE` or `BASE/QUOTE:SETTLE`."""
    base, _, rest = symbol.partition("/")
    return base, rest.partition(":")[0]


def usual_price(symbol: str) -> float:
    """About what the symbol has cost; unknown currencies are worth 25 dollars."""
    base, quote = currencies(symbol)
    return _worth(base) / _worth(quote)


def simulated_rules(symbol: str, price: float, fees: FeeRates = USUAL_FEES) -> MarketRules:
    """Steps that give a price five to seven digits and an order a fineness of about half a dollar or less."""
    base, quote = currencies(symbol)
    return MarketRules(
        symbol=symbol,
        base_currency=base,
        quote_currency=quote,
        price_step=_power_of_ten(max(-12, min(-2, _magnitude(price) - 4))),
        amount_step=_power_of_ten(min(0, -_magnitude(price * _worth(quote)) - 1)),
        min_amount=_power_of_ten(min(0, -_magnitude(price * _worth(quote)) - 1)),
        min_cost=5 * _power_of_ten(-_magnitude(_worth(quote))),
        maker_fee_rate=fees.maker,
        taker_fee_rate=fees.taker,
    )


def _worth(currency: str) -> float:
    return _USD_WORTH.get(currency, _UNKNOWN_WORTH)


def _magnitude(value: float) -> int:
    return math.floor(math.log10(value))


def _power_of_ten(exponent: int) -> Decimal:
    return Decimal(10) ** exponent
