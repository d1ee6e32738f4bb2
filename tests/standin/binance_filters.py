"""A symbol's rules, as exchangeInfo lists them and as an order is checked against them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.standin.binance_errors import filter_failure
from tests.standin.binance_orders import ORDER_TYPES, STOP_TYPES, ZERO, NewOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolRules:
    """The filters of one symbol; prices and notional in quote, quantities in base."""

    base: str
    quote: str
    tick_size: Decimal = Decimal("0.01")
    min_price: Decimal = Decimal("0.01")
    max_price: Decimal = Decimal("1000000")
    step_size: Decimal = Decimal("0.00001")
    min_quantity: Decimal = Decimal("0.00001")
    max_quantity: Decimal = Decimal("9000")
    max_market_quantity: Decimal = Decimal("120")
    min_notional: Decimal = Decimal("5")
    max_notional: Decimal = Decimal("9000000")
    multiplier_up: Decimal = Decimal("5")
    """How far above the last price an order's price may be, and `multiplier_down` how far below."""
    multiplier_down: Decimal = Decimal("0.2")
    max_orders: int = 200
    max_stop_orders: int = 5

    @property
    def symbol(self) -> str:
        return self.base + self.quote


def check_filters(rules: SymbolRules, asked: NewOrder, last: Decimal, open_orders: list[NewOrder]) -> None:
    """Raises `Refused`, naming the filter that the order fails. `last` is the last price, for orders without one."""
    _check_prices(rules, asked, last)
    if asked.quantity:
        _check_quantity(rules, asked)
    notional = asked.quote_quantity or asked.quantity * (asked.price or asked.stop_price or last)
    if not rules.min_notional <= notional <= (rules.max_notional if asked.price else notional):
        raise filter_failure("NOTIONAL")
    _check_number(rules, asked, open_orders)


def _check_prices(rules: SymbolRules, asked: NewOrder, last: Decimal) -> None:
    for price in (asked.price, asked.stop_price):
        if price and (not rules.min_price <= price <= rules.max_price or price % rules.tick_size):
            raise filter_failure("PRICE_FILTER")
    if asked.price and not last * rules.multiplier_down <= asked.price <= last * rules.multiplier_up:
        raise filter_failure("PERCENT_PRICE_BY_SIDE")


def _check_quantity(rules: SymbolRules, asked: NewOrder) -> None:
    if not rules.min_quantity <= asked.quantity <= rules.max_quantity or asked.quantity % rules.step_size:
        raise filter_failure("LOT_SIZE")
    if asked.price == ZERO and asked.quantity > rules.max_market_quantity:
        raise filter_failure("MARKET_LOT_SIZE")


def _check_number(rules: SymbolRules, asked: NewOrder, open_orders: list[NewOrder]) -> None:
    if len(open_orders) >= rules.max_orders:
        raise filter_failure("MAX_NUM_ORDERS", -2010)
    if asked.type in STOP_TYPES and sum(order.type in STOP_TYPES for order in open_orders) >= rules.max_stop_orders:
        raise filter_failure("MAX_NUM_ALGO_ORDERS", -2010)


def exchange_info(rules: SymbolRules, *, is_trading: bool = True) -> dict[str, Any]:
    """The symbol's entry in GET /api/v3/exchangeInfo."""
    return {
        "symbol": rules.symbol,
        "status": "TRADING" if is_trading else "BREAK",
        "baseAsset": rules.base,
        "baseAssetPrecision": 8,
        "quoteAsset": rules.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": list(ORDER_TYPES),
        "quoteOrderQtyMarketAllowed": True,
        "cancelReplaceAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
        "filters": _filters(rules),
    }


def _filters(rules: SymbolRules) -> list[dict[str, Any]]:
    quantities = {"minQty": text(rules.min_quantity), "stepSize": text(rules.step_size)}
    prices = {"minPrice": text(rules.min_price), "maxPrice": text(rules.max_price), "tickSize": text(rules.tick_size)}
    up, down = str(rules.multiplier_up), str(rules.multiplier_down)
    sides = {f"{side}Multiplier{way}": much for side in ("bid", "ask") for way, much in (("Up", up), ("Down", down))}
    notional = {"minNotional": text(rules.min_notional), "maxNotional": text(rules.max_notional)}
    applies = {"applyMinToMarket": True, "applyMaxToMarket": False, "avgPriceMins": 0}
    return [
        {"filterType": "PRICE_FILTER", **prices},
        {"filterType": "LOT_SIZE", **quantities, "maxQty": text(rules.max_quantity)},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": text(ZERO),
            "maxQty": text(rules.max_market_quantity),
            "stepSize": text(ZERO),
        },
        {"filterType": "PERCENT_PRICE_BY_SIDE", **sides, "avgPriceMins": 0},
        {"filterType": "NOTIONAL", **notional, **applies},
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": rules.max_orders},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": rules.max_stop_orders},
    ]


def text(amount: Decimal) -> str:
    """An amount as Binance writes it: eight decimals."""
    return f"{amount:.8f}"
