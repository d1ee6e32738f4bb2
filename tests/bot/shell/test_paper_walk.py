"""Orders on paper in a market that is walked through candles: where on the way between two prices they met it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.messages import Order
from bot.shell.paper_broker import PaperSettings
from tests.support.paper import EXACTLY, FEES, PaperDesk, kinds, order, sharing
from tests.support.trading import MINUTE, T0, candle, price

WALKED = replace(FEES, walked_ms=MINUTE)
LATE = EXACTLY.model_copy(update={"latency_ms": 5_000})
LEG = MINUTE // 3


def desk_at(value: int, settings: PaperSettings = EXACTLY) -> PaperDesk:
    """A desk that holds some base, in a walked market that has opened a candle at this price."""
    desk = PaperDesk(settings, base=10, rules=WALKED)
    desk.at(price(value, T0))
    return desk


def protective(worst: str, ts: int, amount: str = "1") -> Order:
    return order("sell", amount=amount, ts=ts, worst_price=Decimal(worst), number=9)


@pytest.mark.parametrize(("side", "met"), [("buy", 100), ("sell", 90)])
def test_an_order_on_its_way_meets_the_worse_of_the_prices_around_its_arrival(side: str, met: int) -> None:
    desk = desk_at(100, LATE)
    desk.place(order(side))
    assert desk.fills_at(price(90, T0 + LEG)) == [(met, 1)]
    desk = desk_at(90, LATE)
    desk.place(order(side))
    assert desk.fills_at(price(100, T0 + LEG)) == [(met, 1)]


def test_between_two_candles_it_meets_the_one_that_opened() -> None:
    desk = desk_at(100, LATE)
    desk.place(order("buy"))
    assert desk.fills_at(price(90, T0 + MINUTE)) == [(90, 1)]


def test_a_market_that_is_not_walked_or_tells_bid_and_ask_is_met_at_its_price() -> None:
    desk = PaperDesk(LATE)
    desk.at(price(100, T0))
    desk.place(order("buy"))
    assert desk.fills_at(price(90, T0 + LEG)) == [(90, 1)]
    desk = desk_at(100, LATE)
    desk.place(order("buy"))
    assert desk.fills_at(price(90, T0 + LEG, bid=Decimal(89), ask=Decimal(91))) == [(91, 1)]


def test_one_that_arrived_earlier_and_found_no_volume_meets_the_price_that_there_is_then() -> None:
    desk = desk_at(100, sharing(10).model_copy(update={"latency_ms": 5_000}))
    desk.broker.on_candle(candle(0, 100))
    desk.place(order("sell", amount="0.1", number=2), order("buy", amount="0.1"))
    assert desk.fills_at(price(95, T0 + LEG)) == [(95, Decimal("0.1"))]
    desk.broker.on_candle(candle(1, 100))
    assert desk.fills_at(price(90, T0 + 2 * LEG)) == [(90, Decimal("0.1"))]


def test_a_limit_is_judged_by_the_worse_price_too_and_rests_where_that_does_not_meet_it() -> None:
    desk = desk_at(100, LATE)
    desk.place(order("buy", "limit", 95))
    assert kinds(desk.at(price(90, T0 + LEG))) == ["OrderOpened"]
    assert desk.fills_at(price(94, T0 + 2 * LEG)) == [(95, 1)]


def test_a_protective_sale_is_sold_at_its_price_and_only_at_the_first_price_after_it() -> None:
    desk = desk_at(100, sharing(10))
    desk.at(price(90, T0 + LEG))
    desk.broker.on_candle(candle(0, 100))
    desk.place(protective("98", T0 + LEG, amount="0.15"))
    assert desk.fills_at(price(92, T0 + 2 * LEG)) == [(98, Decimal("0.1"))]
    desk.broker.on_candle(candle(1, 100))
    assert desk.fills_at(price(93, T0 + MINUTE)) == [(93, Decimal("0.05"))]


@pytest.mark.parametrize(("following", "met"), [(70, 70), (85, 80)])
def test_one_that_had_to_wait_is_sold_no_better_than_the_prices_that_there_are_then(following: int, met: int) -> None:
    """An order that rested on what it sells was taken back first: the market has gone on since."""
    desk = desk_at(100)
    desk.at(price(90, T0 + LEG))
    desk.at(price(80, T0 + LEG + 1))
    desk.place(protective("98", T0 + LEG))
    assert desk.fills_at(price(following, T0 + 2 * LEG)) == [(met, 1)]


@pytest.mark.parametrize(("side", "kinder"), [("buy", 80), ("sell", 120)])
def test_without_latency_an_order_meets_the_price_that_decided_it_however_kind_the_next_one_is(
    side: str, kinder: int
) -> None:
    desk = desk_at(100)
    desk.place(order(side))
    assert desk.fills_at(price(kinder, T0 + LEG)) == [(100, 1)]


def test_a_decision_at_a_close_meets_the_next_open() -> None:
    desk = desk_at(100)
    desk.place(order("buy", ts=T0 + MINUTE))
    assert desk.fills_at(price(103, T0 + MINUTE)) == [(103, 1)]


def test_a_limit_that_the_market_goes_through_at_once_is_not_filled_below_its_price() -> None:
    desk = desk_at(100, PaperSettings(slippage_pct=Decimal(0)))
    desk.place(order("buy", "limit", 100))
    assert kinds(desk.at(price(90, T0 + LEG))) == ["OrderOpened"]
    assert desk.fills_at(price(99, T0 + 2 * LEG)) == [(100, 1)]


def test_with_latency_a_protective_sale_meets_the_worse_price_and_never_more_than_its_own() -> None:
    desk = desk_at(100, LATE)
    desk.at(price(110, T0 + LEG))
    desk.place(protective("103", T0 + LEG))
    assert desk.fills_at(price(108, T0 + 2 * LEG)) == [(103, 1)]


def test_what_was_bought_below_a_level_that_it_lifted_is_not_sold_for_more_than_was_paid() -> None:
    desk = desk_at(100)
    desk.place(order("buy", "limit", 95))
    desk.at(price(99, T0 + 1))
    assert desk.fills_at(price(90, T0 + LEG)) == [(95, 1)]
    desk.place(protective("96", T0 + LEG))
    assert desk.fills_at(price(85, T0 + 2 * LEG)) == [(95, 1)]


def test_a_stop_is_filled_at_its_trigger_within_a_candle_and_where_it_lands_after_a_leap() -> None:
    for ts, met in ((T0 + 2 * LEG, 95), (T0 + MINUTE, 90)):
        desk = desk_at(100)
        desk.place(order("sell", "stop", 95))
        assert kinds(desk.at(price(99, T0 + LEG))) == ["OrderOpened"]
        assert desk.fills_at(price(90, ts)) == [(met, 1)]


def test_a_stop_pays_slippage_off_its_trigger() -> None:
    desk = desk_at(100, PaperSettings(spread_pct=Decimal(2), slippage_pct=Decimal(1)))
    desk.place(order("sell", "stop", 95))
    desk.at(price(99, T0 + LEG))
    assert desk.fills_at(price(90, T0 + 2 * LEG)) == [(Decimal("94.05"), 1)]
