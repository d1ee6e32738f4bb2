"""Latency and volume on paper: when an order meets the market, and how much of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core.messages import OrderCanceled, OrderFilled
from bot.shell.paper_broker import paper_settings
from tests.support.paper import SLOW, PaperDesk, kinds, order, sharing
from tests.support.trading import T0, candle, price


def test_an_order_meets_the_first_price_that_is_as_late_as_it_is() -> None:
    desk = PaperDesk(SLOW)
    desk.place(order("buy"))
    assert desk.at(price(100, T0 + 100)) == desk.at(price(100, T0 + 249)) == []
    assert desk.fills_at(price(104, T0 + 250)) == [(104, 1)]


def test_a_limit_is_open_when_it_has_arrived() -> None:
    desk = PaperDesk(SLOW)
    desk.place(order("buy", "limit", 99))
    assert desk.at(price(100, T0 + 249)) == []
    assert kinds(desk.at(price(100, T0 + 250))) == ["OrderOpened"]


def test_a_fill_may_come_before_the_cancellation() -> None:
    desk = PaperDesk(SLOW)
    resting = order("buy", "limit", 99)
    desk.place(resting)
    desk.at(price(100, T0 + 250))
    desk.broker.cancel(resting)
    assert desk.fills_at(price(98, T0 + 499)) == [(99, 1)]
    assert desk.at(price(98, T0 + 1_000)) == []


def test_once_it_has_arrived_nothing_is_filled_any_more() -> None:
    desk = PaperDesk(SLOW)
    resting = order("buy", "limit", 99)
    desk.place(resting)
    desk.at(price(100, T0 + 250))
    desk.broker.cancel(resting)
    assert desk.at(price(98, T0 + 500)) == [OrderCanceled(order_id="o-1", reason="as asked")]
    assert desk.at(price(97, T0 + 1_000)) == []


def test_what_is_asked_back_on_its_way_arrives_first() -> None:
    desk = PaperDesk()
    resting = order("buy", "limit", 99)
    desk.place(resting)
    desk.broker.cancel(resting)
    assert kinds(desk.at(price(100))) == ["OrderOpened"]
    assert kinds(desk.at(price(98))) == ["OrderCanceled"]


def test_asking_twice_takes_back_once_and_what_is_over_stays_over() -> None:
    desk = PaperDesk()
    resting = order("buy", "limit", 99)
    desk.place(resting)
    desk.at(price(100))
    desk.broker.cancel(resting)
    desk.broker.cancel(resting)
    assert kinds(desk.at(price(100))) == ["OrderCanceled"]
    desk.broker.cancel(resting)
    assert desk.at(price(100)) == []


def test_orders_trade_at_most_their_share_of_the_last_candle() -> None:
    desk = PaperDesk(sharing(10), base=1)
    desk.broker.on_candle(candle(0, 100))
    desk.place(order("buy", amount="0.07", number=1), order("sell", amount="0.07", number=2))
    assert desk.fills_at(price(100)) == [(100, Decimal("0.07")), (100, Decimal("0.03"))]
    assert desk.at(price(100)) == []


def test_the_rest_follows_with_the_next_candle_and_only_the_last_part_is_the_end() -> None:
    desk = PaperDesk(sharing(10))
    desk.broker.on_candle(candle(0, 100))
    desk.place(order("buy", amount="0.15"))
    (first,) = desk.at(price(100))
    desk.broker.on_candle(candle(1, 100))
    (second,) = desk.at(price(102))
    assert isinstance(first, OrderFilled)
    assert isinstance(second, OrderFilled)
    assert [(first.amount, first.done), (second.amount, second.done)] == [
        (Decimal("0.1"), False),
        (Decimal("0.05"), True),
    ]
    assert second.price == 102


def test_the_same_candle_again_brings_nothing() -> None:
    desk = PaperDesk(sharing(10))
    desk.broker.on_candle(candle(0, 100))
    desk.place(order("buy"))
    desk.at(price(100))
    desk.broker.on_candle(candle(0, 100))
    assert desk.at(price(100)) == []


def test_a_candle_without_volume_tells_nothing() -> None:
    desk = PaperDesk(sharing(10))
    desk.broker.on_candle(candle(0, 100))
    desk.broker.on_candle(replace(candle(1, 100), volume=Decimal(0)))
    desk.place(order("buy"))
    assert desk.fills_at(price(100)) == [(100, Decimal("0.1"))]


def test_before_the_first_candle_and_without_the_setting_there_is_no_limit() -> None:
    for desk in (PaperDesk(sharing(10)), PaperDesk()):
        desk.place(order("buy"))
        assert desk.fills_at(price(100)) == [(100, 1)]


def test_a_limit_is_filled_in_parts_too() -> None:
    desk = PaperDesk(sharing(10))
    desk.place(order("buy", "limit", 99, amount="0.15"))
    desk.at(price(100))
    desk.broker.on_candle(candle(0, 100))
    assert desk.fills_at(price(98)) == [(99, Decimal("0.1"))]
    assert desk.at(price(98)) == []
    desk.broker.on_candle(candle(1, 100))
    assert desk.fills_at(price(98)) == [(99, Decimal("0.05"))]


def test_a_real_exchange_has_latency_and_a_share_of_the_volume_unless_it_is_set_otherwise() -> None:
    ours, real = paper_settings({}), paper_settings({}, "binance")
    assert (ours.latency_ms, ours.volume_share_pct) == (0, None)
    assert [real.latency_ms, real.volume_share_pct] == [250, 10]
    chosen = paper_settings({"paper": {"latency_ms": 0, "volume_share_pct": None}}, "binance")
    assert (chosen.latency_ms, chosen.volume_share_pct) == (0, None)
    assert paper_settings({}, "replay") == ours
