"""Limits and stops on paper: what fills them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.messages import OrderFilled, OrderOpened
from bot.events import Price
from bot.shell.paper_broker import PaperSettings
from tests.support.paper import FEES, PaperDesk, kinds, order, quoted, sharing
from tests.support.trading import candle, price


def test_a_limit_below_the_ask_rests_and_says_so() -> None:
    desk = PaperDesk()
    desk.place(order("buy", "limit", 99))
    assert desk.at(quoted(99, 101)) == [OrderOpened(order_id="o-1", exchange_order_id="paper-o-1")]
    assert desk.at(quoted(99, 101)) == []


@pytest.mark.parametrize(
    ("side", "at", "seen"),
    [
        ("buy", 99, quoted(98, 99, last=99)),  # offered at our price: those before us take it
        ("buy", 99, quoted(99, 101, last=98)),  # a trade of earlier, for the bid is still there
        ("sell", 101, quoted(101, 102)),
        ("sell", 101, quoted(99, 101, last=102)),
    ],
)
def test_a_touch_does_not_fill_it(side: str, at: int, seen: Price) -> None:
    desk = PaperDesk(base=1)
    desk.place(order(side, "limit", at))
    desk.at(quoted(99, 101, last=100))
    assert desk.at(seen) == []


@pytest.mark.parametrize(
    ("side", "at", "seen"),
    [
        ("buy", 99, quoted("98.5", "98.9")),
        ("buy", 99, quoted("98.5", 101, last="98.5")),  # nobody is left at 99, and it traded below
        ("buy", 99, price("98.99")),
        ("sell", 101, quoted("101.1", 102)),
        ("sell", 101, quoted(99, "101.5", last="101.5")),
        ("sell", 101, price("101.01")),
    ],
)
def test_a_market_that_goes_through_it_fills_it_at_its_price_with_the_maker_fee(
    side: str, at: int, seen: Price
) -> None:
    desk = PaperDesk(base=1)
    desk.place(order(side, "limit", at))
    desk.at(quoted(99, 101, last=100))
    (filled,) = desk.at(seen)
    assert isinstance(filled, OrderFilled)
    assert [filled.price, filled.amount, filled.done] == [at, 1, True]
    assert filled.fee == at * FEES.maker_fee_rate


def test_a_limit_that_is_met_when_it_arrives_takes_with_slippage_and_the_taker_fee() -> None:
    desk = PaperDesk(PaperSettings(slippage_pct=Decimal(1)))
    desk.place(order("buy", "limit", 105))
    opened, filled = desk.at(quoted(99, 100))
    assert isinstance(opened, OrderOpened)
    assert isinstance(filled, OrderFilled)
    assert [filled.price, filled.fee] == [101, 101 * FEES.taker_fee_rate]


@pytest.mark.parametrize(("side", "at"), [("buy", 100), ("sell", 99)])
def test_slippage_never_takes_it_beyond_its_price(side: str, at: int) -> None:
    desk = PaperDesk(PaperSettings(slippage_pct=Decimal(1)), base=1)
    desk.place(order(side, "limit", at))
    assert desk.fills_at(quoted(99, 100)) == [(at, 1)]


def test_a_price_off_the_grid_is_refused() -> None:
    desk = PaperDesk()
    desk.place(order("buy", "limit", "99.005"))
    assert desk.refusal_at(quoted(99, 101)) == (
        "The price 99.005 is 0.005 above a multiple of the market's price step of 0.01."
    )


def test_its_cost_is_judged_at_its_price() -> None:
    desk = PaperDesk()
    desk.place(order("buy", "limit", 4))
    assert desk.refusal_at(quoted(99, 101)) == "4 USDT is 1 USDT below the market's minimum cost of 5."


def test_more_than_the_market_takes_at_once_is_refused() -> None:
    desk = PaperDesk(rules=replace(FEES, max_amount=Decimal("0.5")))
    desk.place(order("buy", "limit", 99))
    assert desk.refusal_at(quoted(99, 101)) == "1 BTC is 0.5 BTC above the market's maximum amount of 0.5."


def test_a_stop_rests_until_the_bid_meets_it_and_then_sells_no_better_than_the_bid() -> None:
    desk = PaperDesk(PaperSettings(slippage_pct=Decimal(1)), base=1)
    desk.place(order("sell", "stop", 95))
    assert kinds(desk.at(quoted(99, 100))) == ["OrderOpened"]
    assert desk.at(quoted("95.01", 96, last=90)) == []
    (filled,) = desk.at(quoted(90, 96))
    assert isinstance(filled, OrderFilled)
    assert (filled.price, filled.fee) == (Decimal("89.1"), Decimal("89.1") * FEES.taker_fee_rate)


@pytest.mark.parametrize(("bid", "below"), [(95, "0"), ("94.5", "0.5")])
def test_one_that_would_trigger_at_once_is_refused(bid: Any, below: str) -> None:
    desk = PaperDesk(base=1)
    desk.place(order("sell", "stop", 95))
    assert desk.refusal_at(quoted(bid, 100)) == (
        f"The stop at 95 would trigger at once: the best bid is {bid}, {below} below it."
    )


def test_once_triggered_it_sells_the_rest_at_no_more_than_its_trigger() -> None:
    desk = PaperDesk(sharing(10), base=2)
    desk.broker.on_candle(candle(0, 100))
    desk.place(order("sell", "stop", 95, amount="0.15"))
    desk.at(quoted(99, 100))
    assert desk.fills_at(quoted(95, 96)) == [(95, Decimal("0.1"))]
    desk.broker.on_candle(candle(1, 100))
    assert desk.fills_at(quoted(120, 121)) == [(95, Decimal("0.05"))]
