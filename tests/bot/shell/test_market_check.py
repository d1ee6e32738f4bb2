"""What a check reads out of prices and rules."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.orders import size_refusal
from bot.shell.check_report import CheckReport
from bot.shell.market import MarketError
from bot.shell.market_check import SeenPrice, check_open, feed_line, smallest_order, watch_feed
from tests.support.trading import ENDED, RULES, FakeMarket, price

POSITIVE = st.decimals("0.00000001", "1000000", places=8)


def seen(*pairs: tuple[int, int]) -> list[SeenPrice]:
    """Prices of (their own time, when they came)."""
    return [SeenPrice(ts=ts, came_ms=came_ms) for ts, came_ms in pairs]


def test_ages_are_told_with_their_spread_and_pace() -> None:
    prices = seen((0, 20), (100, 140), (200, 300))

    assert feed_line(prices, 0) == "Feed: 3 prices, 40 ms old (from 20 to 100), one every 140 ms."


def test_a_clock_that_is_ahead_makes_no_price_older() -> None:
    assert feed_line(seen((1_000, 1_530)), 500) == "Feed: one price came, 30 ms old (from 30 to 30)."


def test_by_clocks_that_were_not_compared_the_age_is_told_with_its_doubt() -> None:
    line = feed_line(seen((0, 20), (10, 40)), None)

    assert line == "Feed: 2 prices, 25 ms old (from 20 to 30), one every 20 ms, by two clocks that were not compared."


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_the_smallest_order_is_taken_and_one_step_less_is_not(
    step: Decimal, min_amount: Decimal, min_cost: Decimal, at: Decimal
) -> None:
    rules = replace(RULES, amount_step=step, min_amount=min_amount, min_cost=min_cost)

    least = smallest_order(rules, at)

    assert size_refusal(rules, least.amount, at) is None
    assert size_refusal(rules, least.amount - step, at) is not None


def test_the_first_price_is_told_apart_from_those_after_it() -> None:
    clock = iter((10, 20, 30))

    feed = asyncio.run(watch_feed(FakeMarket([price(1), price(2), price(3), ENDED]), 2, 1, lambda: next(clock)))

    assert (feed.first, feed.first_came_ms) == (price(1), 10)
    assert [one.came_ms for one in feed.streamed] == [20, 30]


def test_a_market_that_ends_after_its_first_price_has_shown_it() -> None:
    feed = asyncio.run(watch_feed(FakeMarket([price(1), ENDED]), 5, 1, lambda: 0))

    assert (feed.first, feed.streamed) == (price(1), [])


def test_a_market_without_a_price_is_one_sentence() -> None:
    with pytest.raises(MarketError, match="No price came"):
        asyncio.run(watch_feed(FakeMarket([ENDED]), 5, 1, lambda: 0))


class Away:
    """An exchange whose line breaks while it lists its markets."""

    id = "binance"

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def load_markets(self) -> None:
        raise self._error


@pytest.mark.parametrize("error", [ccxt.NetworkError("GET\n/exchangeInfo"), OSError("cut"), TypeError("half a JSON")])
def test_a_line_that_breaks_while_markets_are_listed_is_a_fault_and_no_traceback(error: Exception) -> None:
    lines: list[tuple[str, bool]] = []

    asyncio.run(check_open(Away(error), "BTC/USDT", CheckReport(lambda *line: lines.append(line))))

    [(line, is_fault)] = lines
    assert line.startswith(f"Market: binance did not list its markets ({type(error).__name__} ")
    assert line.endswith("): check the network and try again.")
    assert is_fault
