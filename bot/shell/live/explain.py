"""Why an exchange refused an order, with the numbers: which of the market's rules, what was needed, what is free.

An exchange names its rule and seldom says by how much. The rest is worked out from what ccxt knows of the market, and
asked where it has to be: what is free, and what the price is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import ccxt

from bot.core.market_rules import MarketRules
from bot.core.messages import Order
from bot.core.orders import size_refusal
from bot.core.portfolio import EXACT
from bot.core.words import amount_text
from bot.shell.live.errors import refusal_text, sentence
from bot.shell.markets.exchange_connect import rules_of

_ABOUT_NUMBERS = (ccxt.InsufficientFunds, ccxt.InvalidOrder, ccxt.BadRequest)
WITHIN_S = 5.0
"""The refusal waits no longer for its numbers."""
log = logging.getLogger(__name__)


async def explained(exchange: Any, symbol: str, order: Order, error: Exception) -> str:
    """The refusal in whole sentences; without numbers where the exchange does not tell them in time."""
    said = refusal_text(error, order)
    if not isinstance(error, _ABOUT_NUMBERS):
        return said
    try:
        async with asyncio.timeout(WITHIN_S):
            more = await _numbers(exchange, symbol, order, error)
    except Exception as failure:
        log.info("The refusal of %s stays without numbers: %s", order.id, sentence(failure))
        return said
    return " ".join([said, *more])


async def _numbers(exchange: Any, symbol: str, order: Order, error: Exception) -> list[str]:
    market = exchange.market(symbol)
    price = await _price(exchange, symbol, order)
    if isinstance(error, ccxt.InsufficientFunds):
        currency = market["quote"] if order.side == "buy" else market["base"]
        free = _number((await exchange.fetch_balance()).get("free", {}).get(currency))
        return [shortage(order, price, currency, free or Decimal(0))]
    own = _own_price(order)
    rules, limits = rules_of(exchange, market, price), market.get("limits") or {}
    broken = list(broken_rules(rules, limits, order, own or price))
    return broken or ([] if own is None else [distance(own, price, market["quote"])])


def _own_price(order: Order) -> Decimal | None:
    return order.price or order.trigger_price


async def _price(exchange: Any, symbol: str, order: Order) -> Decimal:
    """What the market shows. Raises `ValueError` where it shows none."""
    ticker = await exchange.fetch_ticker(symbol)
    shown = _number(ticker.get("ask" if order.side == "buy" else "bid")) or _number(ticker.get("last"))
    if shown is None:
        raise ValueError("the market shows no price")
    return shown


def shortage(order: Order, price: Decimal, currency: str, free: Decimal) -> str:
    """What the order takes of a currency, and by how much that is more than what is free."""
    needed = EXACT.multiply(order.amount, _own_price(order) or price) if order.side == "buy" else order.amount
    about = "about " if order.side == "buy" and order.price is None else ""
    over = EXACT.subtract(needed, free)
    if over <= 0:
        return f"It takes {about}{amount_text(needed)} {currency} without its fee, and {amount_text(free)} are free."
    return (
        f"It takes {about}{amount_text(needed)} {currency}, {amount_text(over)} more than the {amount_text(free)} free."
    )


def distance(own: Decimal, price: Decimal, currency: str) -> str:
    """How far the order's own price is from the market's."""
    apart = EXACT.subtract(own, price)
    way = "above" if apart > 0 else "below"
    return f"Its price is {amount_text(abs(apart))} {currency} {way} the market's {amount_text(price)}."


def broken_rules(rules: MarketRules, limits: Mapping[str, Any], order: Order, price: Decimal) -> Iterator[str]:
    """A sentence for each rule of the market that the order breaks, and by how much; `limits` are ccxt's."""
    amounts, costs, prices = (limits.get(name) or {} for name in ("amount", "cost", "price"))
    largest = [_number(amounts.get("max"))]
    if order.type != "limit":
        largest.append(_number((limits.get("market") or {}).get("max")))
    most = min((each for each in largest if each), default=None)
    size = size_refusal(replace(rules, max_amount=most), order.amount, price)
    if size is not None:
        yield size
    yield from _off_grid("amount", order.amount, rules.amount_step, rules.base_currency)
    cost, dearest = EXACT.multiply(order.amount, price), _number(costs.get("max"))
    yield from _outside("cost", cost, None, dearest, rules.quote_currency)
    for name, own in (("price", order.price), ("stop price", order.trigger_price)):
        if own is not None:
            least, highest = _number(prices.get("min")), _number(prices.get("max"))
            yield from _outside(name, own, least, highest, rules.quote_currency)
            yield from _off_grid(name, own, rules.price_step, rules.quote_currency)


def _off_grid(name: str, value: Decimal, step: Decimal, currency: str) -> Iterator[str]:
    over = EXACT.remainder(value, step)
    if over:
        grid = f"the market's step of {amount_text(step)}"
        yield f"The {name} of {amount_text(value)} {currency} is {amount_text(over)} off {grid}."


def _outside(name: str, value: Decimal, least: Decimal | None, most: Decimal | None, currency: str) -> Iterator[str]:
    said = f"The {name} of {amount_text(value)} {currency} is"
    if least is not None and value < least:
        yield f"{said} {amount_text(EXACT.subtract(least, value))} below the market's minimum of {amount_text(least)}."
    if most is not None and value > most:
        yield f"{said} {amount_text(EXACT.subtract(value, most))} above the market's maximum of {amount_text(most)}."


def _number(value: object) -> Decimal | None:
    """A number of ccxt's, which says None, and now and then zero, for none."""
    return Decimal(str(value)) or None if value not in (None, "") else None
