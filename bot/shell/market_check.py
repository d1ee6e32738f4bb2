"""What `python -m bot check` tries of a market: its rules, its history and its feed."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from bot.core.market_rules import MarketRules
from bot.core.orders import rounded
from bot.core.portfolio import EXACT
from bot.core.words import amount_text, digits_of, price_text
from bot.events import Candle, Price
from bot.redaction import redacted
from bot.shell.check_report import CheckReport
from bot.shell.market import Market, MarketEnded, MarketError

ANSWER_WITHIN_S = 30.0


async def check_rules(market: Market, report: CheckReport) -> MarketRules:
    """Ask what the market demands. Raises `MarketError` where it is not there or silent."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            rules = await market.rules()
    except TimeoutError as error:
        raise MarketError(_silence()) from error
    report.well(f"Market: {rules.symbol} answers in {_ms(began)} ms.")
    for line in rules_lines(rules):
        report.well(line)
    return rules


async def check_open(exchange: Any, symbol: str, report: CheckReport) -> None:
    """A market that the exchange lists as closed takes no order, though it shows prices; some do not tell."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await exchange.load_markets()
    except Exception as error:  # of ccxt's, whatever a bad line leads to
        why = redacted(" ".join(f"{type(error).__name__} {error}".split()))[:200]
        report.fault(f"Market: {exchange.id} did not list its markets ({why}): check the network and try again.")
        return
    if exchange.market(symbol).get("active") is False:
        report.fault(
            f"Market: {exchange.id} takes no orders for {symbol} now: wait until it is open again, or name another"
            " TAPEDECK_SYMBOL."
        )


async def check_history(market: Market, warmup: int, report: CheckReport) -> None:
    """Ask for the candles that the strategy wants to see first."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            report.well(_history_line(await market.history(max(warmup, 100)), warmup))
    except TimeoutError:
        report.fault(_silence())
    except MarketError as error:
        report.fault(str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPrice:
    """A price of the stream: its own time and when it came, both in ms UTC, by two clocks."""

    ts: int
    came_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFeed:
    """The first price, which may be by REST, when it came (ms UTC), and those of the stream after it."""

    first: Price
    first_came_ms: int
    streamed: Sequence[SeenPrice]


async def watch_feed(market: Market, wanted: int, within_s: float, clock: Callable[[], int]) -> SeenFeed:
    """The first price and up to `wanted` more, as many as come within `within_s` after it.

    Raises `MarketError` where none comes.
    """
    came: list[tuple[Price, int]] = []
    with contextlib.suppress(TimeoutError, MarketEnded):
        async with asyncio.timeout(ANSWER_WITHIN_S) as limit:
            async for item in market.stream():
                if not isinstance(item, Price):
                    continue
                if not came:
                    limit.reschedule(asyncio.get_running_loop().time() + within_s)
                came.append((item, clock()))
                if len(came) > wanted:
                    break
    if not came:
        raise MarketError(f"No price came within {ANSWER_WITHIN_S:.0f} s: try again, or name another TAPEDECK_SYMBOL.")
    (first, first_came_ms), *others = came
    streamed = [SeenPrice(ts=price.ts, came_ms=came_ms) for price, came_ms in others]
    return SeenFeed(first=first, first_came_ms=first_came_ms, streamed=streamed)


def feed_line(streamed: Sequence[SeenPrice], ahead_ms: int | None) -> str:
    """How old the stream's prices were when they came, and how far apart; `ahead_ms` is by how much our clock is wrong.

    Without it the ages are by two clocks, and the line says so.
    """
    if not streamed:
        return (
            "Feed: no price came after the first; usual in a quiet market, else check that the network lets WebSockets"
            " through."
        )
    ages = [price.came_ms - price.ts - (ahead_ms or 0) for price in streamed]
    age = f"{statistics.median(ages):.0f} ms old (from {min(ages)} to {max(ages)})"
    doubt = "" if ahead_ms is not None else ", by two clocks that were not compared"
    if len(streamed) == 1:
        return f"Feed: one price came, {age}{doubt}."
    apart = (streamed[-1].came_ms - streamed[0].came_ms) / (len(streamed) - 1)
    return f"Feed: {len(streamed)} prices, {age}, one every {apart:.0f} ms{doubt}."


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestOrder:
    """The least that the market takes at a price, on its grid."""

    amount: Decimal
    cost: Decimal
    text: str


def smallest_order(rules: MarketRules, price: Decimal) -> SmallestOrder:
    """The larger of both minima, rounded up to the amount step."""
    least = max(rules.min_amount, rules.min_cost / price)
    amount = rounded(least, rules.amount_step, ROUND_CEILING)
    cost = EXACT.multiply(amount, price)
    shown = price_text(cost, max(2, digits_of(rules.price_step)))
    text = f"{amount_text(amount)} {rules.base_currency}, about {shown} {rules.quote_currency}"
    return SmallestOrder(amount=amount, cost=cost, text=text)


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


def _silence() -> str:
    return f"The market did not answer within {ANSWER_WITHIN_S:.0f} s: check the network and TAPEDECK_EXCHANGE_CONFIG."


def _ms(began: float) -> str:
    return f"{(time.monotonic() - began) * 1000:.0f}"
