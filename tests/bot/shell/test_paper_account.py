"""What a paper account can pay, what it pays, and what a restart finds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.core.messages import Order, OrderFilled, OrderOpened, OrderRejected
from bot.shell.paper_broker import PaperSettings
from tests.support.paper import EXACTLY, SLOW, PaperDesk, kinds, order
from tests.support.trading import T0, price


def test_what_rests_keeps_its_cost_and_fee_back() -> None:
    desk = PaperDesk(cash=200)
    desk.place(order("buy", "limit", 99), order("buy", number=2))
    opened, rejected = desk.at(price(101))
    assert isinstance(opened, OrderOpened)
    assert isinstance(rejected, OrderRejected)
    assert rejected.reason == "It costs 101.101 USDT with its fee, 0.2 more than the 100.901 there are."


@pytest.mark.parametrize(("kind", "at"), [("limit", 105), ("stop", 95)])
def test_what_rests_keeps_its_base_back(kind: str, at: int) -> None:
    desk = PaperDesk(base="1.5")
    desk.place(order("sell", kind, at), order("sell", number=2))
    opened, rejected = desk.at(price(100))
    assert isinstance(opened, OrderOpened)
    assert isinstance(rejected, OrderRejected)
    assert rejected.reason == "It sells 1 BTC, 0.5 more than the 0.5 there are."


def test_what_was_taken_back_is_free_again() -> None:
    desk = PaperDesk(cash=150)
    resting = order("buy", "limit", 99)
    desk.place(resting)
    desk.at(price(100))
    desk.broker.cancel(resting)
    desk.place(order("buy", number=2))
    assert kinds(desk.at(price(100))) == ["OrderCanceled", "OrderFilled"]


def test_a_limit_that_nobody_can_pay_is_refused_when_it_arrives() -> None:
    desk = PaperDesk(cash=99)
    desk.place(order("buy", "limit", 99))
    assert desk.refusal_at(price(100)) == "It costs 99.099 USDT with its fee, 0.099 more than the 99 there are."


def test_a_purchases_fee_may_be_taken_from_what_was_bought() -> None:
    desk = PaperDesk(EXACTLY.model_copy(update={"fee_in_base": True}), cash=100, base=1)
    desk.place(order("buy", number=1), order("sell", number=2))
    bought, sold = desk.at(price(100))
    assert isinstance(bought, OrderFilled)
    assert isinstance(sold, OrderFilled)
    assert (bought.fee, bought.fee_currency) == (Decimal("0.001"), "BTC")
    assert (sold.fee, sold.fee_currency) == (Decimal("0.1"), "USDT")
    assert desk.portfolio.base == Decimal("0.999")
    assert desk.portfolio.cash == Decimal("99.9")


def taken_up(placed: Order, settings: PaperSettings = EXACTLY) -> PaperDesk:
    desk = PaperDesk(settings, base=1)
    desk.sides[placed.id] = placed.side
    desk.broker.take_up(placed)
    return desk


def test_only_the_rest_of_an_order_is_traded() -> None:
    desk = taken_up(order("buy", filled=Decimal("0.4"), fills=2))
    (filled,) = desk.at(price(100))
    assert isinstance(filled, OrderFilled)
    assert (filled.amount, filled.done) == (Decimal("0.6"), True)


def test_a_rest_that_would_be_too_small_for_an_order_is_traded_all_the_same() -> None:
    assert taken_up(order("buy", filled=Decimal("0.99"))).fills_at(price(100)) == [(100, Decimal("0.01"))]


def test_a_limit_that_had_arrived_rests_on_and_is_not_told_again() -> None:
    desk = taken_up(order("buy", "limit", 99, status="open", exchange_order_id="paper-o-1"))
    assert desk.fills_at(price(90)) == [(99, 1)]


def test_a_limit_that_had_not_arrived_meets_the_market_as_it_is() -> None:
    assert taken_up(order("buy", "limit", 99)).fills_at(price(90)) == [(90, 1)]


def test_a_stop_that_had_begun_to_sell_goes_on_whatever_the_bid() -> None:
    desk = taken_up(order("sell", "stop", 95, filled=Decimal("0.5"), status="open"))
    assert desk.fills_at(price(120)) == [(95, Decimal("0.5"))]


@pytest.mark.parametrize("status", ["canceling", "repricing"])
def test_what_was_being_taken_back_is_taken_back(status: Any) -> None:
    desk = taken_up(order("buy", "limit", 99, status=status, exchange_order_id="paper-o-1"))
    assert kinds(desk.at(price(90))) == ["OrderCanceled"]


def test_a_cancellation_takes_its_time_anew() -> None:
    resting = order("buy", "limit", 99, status="canceling", exchange_order_id="paper-o-1")
    desk = taken_up(resting, SLOW)
    assert desk.at(price(100, T0 + 900_000)) == []
    assert kinds(desk.at(price(100, T0 + 900_250))) == ["OrderCanceled"]
