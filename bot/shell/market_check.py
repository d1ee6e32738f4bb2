"""`python -m bot check`: whether a bot with these settings could trade now. Sends no order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from bot.core.market_rules import MarketRules
from bot.core.words import amount_text
from bot.events import Candle, Price
from bot.shell.market import Market, MarketError

ANSWER_WITHIN_S = 30.0


async def check_lines(market: Market, warmup: int) -> AsyncIterator[str]:
    """A line for each thing that was tried and is well. Raises `MarketError` at the first that is not."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            began = time.monotonic()
            rules = await market.rules()
            yield f"Market: {rules.symbol} answers in {(time.monotonic() - began) * 1000:.0f} ms."
            for line in rules_lines(rules):
                yield line
            yield _history_line(await market.history(max(warmup, 100)), warmup)
            price = await _first_price(market)
            yield f"Price: {amount_text(price.price)} {rules.quote_currency}, first after {_ms(began)} ms."
            smallest = max(rules.min_amount, rules.min_cost / price.price)
            yield f"Smallest order: {smallest:.8f} {rules.base_currency}, about {smallest * price.price:.8f}."
    except TimeoutError:
        raise MarketError(
            f"The market did not answer within {ANSWER_WITHIN_S:.0f} s: check the network and TAPEDECK_EXCHANGE_CONFIG."
        ) from None
    finally:
        await market.close()


def rules_lines(rules: MarketRules) -> list[str]:
    """What the market demands of an order."""
    base, quote = rules.base_currency, rules.quote_currency
    return [
        f"Steps: price {amount_text(rules.price_step)} {quote}, amount {amount_text(rules.amount_step)} {base}.",
        f"Minima: amount {amount_text(rules.min_amount)} {base}, cost {amount_text(rules.min_cost)} {quote}.",
        f"Fees: maker {amount_text(rules.maker_fee_rate * 100)} %, taker {amount_text(rules.taker_fee_rate * 100)} %.",
    ]


def _history_line(history: list[Candle], warmup: int) -> str:
    enough = "" if len(history) >= warmup else f"; the strategy wants {warmup} and will start to decide later"
    return f"History: {len(history)} closed candles{enough}."


async def _first_price(market: Market) -> Price:
    async for item in market.stream():
        if isinstance(item, Price):
            return item
    raise MarketError("The market gave no price: try again, or name another TAPEDECK_SYMBOL.")


def _ms(began: float) -> str:
    return f"{(time.monotonic() - began) * 1000:.0f}"
