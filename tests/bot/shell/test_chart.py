"""What is kept of the market for a relay that comes later."""

from __future__ import annotations

from bot.shell.chart import KEPT_CANDLES, SHOWN_CANDLES, Chart
from tests.support.trading import candle, price


def kept(*items: object) -> list[object]:
    chart = Chart()
    for item in items:
        chart.keep(item)  # type: ignore[arg-type]
    return list(chart.messages())


def test_closed_candles_in_order_then_the_forming_one_then_the_price() -> None:
    forming = candle(2, 7, closed=False)
    assert kept(price(5), candle(0, 5), candle(1, 6), forming) == [candle(0, 5), candle(1, 6), forming, price(5)]


def test_a_candle_that_closed_forms_no_more_and_is_there_once() -> None:
    assert kept(candle(1, 5, closed=False), candle(1, 6), candle(1, 6)) == [candle(1, 6)]


def test_only_the_newest_are_shown_and_more_are_kept_up_to_a_limit() -> None:
    chart, candles = Chart(), [candle(number, 5) for number in range(KEPT_CANDLES + 50)]
    forming = candle(KEPT_CANDLES + 50, 6, closed=False)
    for item in [*candles, forming]:
        chart.keep(item)
    assert list(chart.messages()) == list(chart.shown()) == [*candles[-SHOWN_CANDLES:], forming]
    assert chart.closed() == candles[-KEPT_CANDLES:]


def test_history_that_comes_again_changes_nothing() -> None:
    candles = [candle(number, 5) for number in range(5)]
    assert kept(*candles, *candles) == candles


def test_a_replay_that_begins_again_begins_a_new_chart() -> None:
    assert kept(candle(8, 5), candle(9, 5), candle(0, 5), candle(1, 5)) == [candle(0, 5), candle(1, 5)]
