"""A wild tick is not acted upon until a second one says the same."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Event, Said
from tests.support.risk import alerts, asked, entered, limited, refusal
from tests.support.trading import candle, price, through


def said(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Said)]


def test_a_wild_tick_triggers_no_protection_and_is_told_with_its_values() -> None:
    state, events, effects = through(entered(limited(price_band_pct=5)), price(20_000))
    assert effects == []
    assert alerts(events) == [("warning", "A wild price was left out")]
    assert events[0].message == (  # type: ignore[union-attr]
        "The price of 20,000.00 is 50.00 % away from 40,000.00 before it and price_band_pct is 5: nothing is done"
        " until a second price confirms it."
    )
    assert state.price == 40_000


def test_a_second_tick_within_the_band_of_the_first_confirms_it() -> None:
    state = entered(limited(price_band_pct=5))
    _, _, effects = through(state, price(20_000), price(20_900))
    assert [placed.order.purpose for placed in effects] == ["protection"]
    assert through(state, price(20_000), price(30_000))[2] == []
    assert len(through(state, price(20_000), price(30_000), price(30_100))[2]) == 1


def test_a_price_back_in_the_band_ends_the_doubt() -> None:
    state, _, effects = through(entered(limited(price_band_pct=5)), price(20_000), price(40_100), price(20_000))
    assert effects == []
    assert state.price == 40_100
    assert state.wild_prices == 2


def test_no_entry_while_the_newest_price_is_in_doubt() -> None:
    state = through(limited(price_band_pct=5), price(20_000))[0]
    state, events, orders = asked(state, 0, 20_000)
    assert orders == []
    assert refusal(events).startswith("The price of 20,000.00 is 50.00 % away from 40,000.00 before it")
    state = through(state, price(20_000))[0]
    assert len(asked(state, 1, 20_000)[2]) == 1


def test_a_wild_bid_alone_is_a_leap_and_a_wide_spread_is_none() -> None:
    state = through(entered(limited(price_band_pct=5)), price(40_000, bid=Decimal(39_990)))[0]
    _, events, effects = through(state, price(40_000, bid=Decimal(1)))
    assert effects == []
    assert events[0].message.startswith("The bid of 1.00 is 100.00 % away from 39,990.00")  # type: ignore[union-attr]
    wide = price(40_000, bid=Decimal(38_000), ask=Decimal(42_000))
    assert through(limited(price_band_pct=3), *[wide] * 3)[0].wild_price is None


def test_many_wild_prices_are_counted_and_told_a_few_times() -> None:
    state, events, _ = through(limited(price_band_pct=5), *[price(at) for at in (20_000, 40_000)] * 100)
    assert state.wild_prices == 100
    assert len(alerts(events)) == 1
    assert [text.partition(".")[0] for text in said(events)] == [
        "10 wild prices were left out so far",
        "100 wild prices were left out so far",
    ]


def test_without_a_band_every_price_is_acted_upon() -> None:
    assert len(through(entered(limited()), price(20_000))[2]) == 1


@given(st.lists(st.integers(30_000, 50_000), max_size=30))
def test_what_is_acted_upon_is_near_the_price_before_or_was_said_twice(prices: list[int]) -> None:
    state, good, shown = limited(price_band_pct=5), 40_000, 40_000
    for at in prices:
        state = through(state, price(at), candle(0, at))[0]
        near = any(abs(at - before) * 100 <= before * 5 for before in (good, shown))
        good, shown = (at if near else good), at
        assert state.price == good
