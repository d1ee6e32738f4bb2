"""A market's warnings reach the person at the page."""

from __future__ import annotations

import logging

from bot.events import Price
from bot.shell.markets.exchange_prices import ExchangePrices
from bot.shell.markets.patience import Patience
from bot.shell.page_log import shown_on_page


async def nowhere(price: Price, arrived_at: float) -> None:
    """Nobody listens."""


def prices() -> ExchangePrices:
    return ExchangePrices(name="binance", symbol="BTC/USDT", emit=nowhere, patience=Patience())


def test_what_was_dropped_is_shown_with_its_counts_at_the_first_the_tenth_the_hundredth() -> None:
    shown: list[tuple[str, str]] = []
    judged = prices()
    with shown_on_page(lambda level, message: shown.append((level, message))):
        for _ in range(99):
            judged.trade(None, None, 0.0)
        judged.drop("duplicate")
    assert [level for level, _ in shown] == ["warning"] * 3
    assert shown[0][1] == "binance prices dropped so far: {'null': 1}"
    assert shown[2][1] == "binance prices dropped so far: {'null': 99, 'duplicate': 1}"


def test_what_is_no_warning_and_what_comes_later_is_not_shown() -> None:
    shown: list[tuple[str, str]] = []
    with shown_on_page(lambda level, message: shown.append((level, message))):
        logging.getLogger("bot.shell.markets.exchange").info("all is well")
        logging.getLogger("bot.shell.desk").warning("something else")
    prices().drop("null")
    assert shown == []
