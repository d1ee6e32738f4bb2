"""Stops and targets inside the candles of a backtest: sold where the market was when it met them, never better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.limits import RiskLimits
from bot.core.order_policy import OrderPolicy
from bot.core.state import Config
from bot.events import Trade
from bot.shell.paper_broker import PaperSettings
from tests.support.backtests import EXACTLY, Prices, walked_backtest
from tests.support.trading import CONFIG, MINUTE, T0, Scripted

FLAT = (100, 100.01, 100, 100)
"""A file is as fine as its prices."""
STOP_ONLY = replace(CONFIG, stop_loss_pct=Decimal("1.5"), take_profit_pct=None)
TARGET_ONLY = replace(CONFIG, stop_loss_pct=None, take_profit_pct=Decimal(3))
ON_EXCHANGE = replace(STOP_ONLY, orders=OrderPolicy(stop_on_exchange=True))


def held_through(
    *candles: Prices, config: Config, paper: PaperSettings = EXACTLY, first_ts: int = T0
) -> Sequence[Trade]:
    """The trades of a bot that bought at 100 at the first open, and then saw these candles."""
    return walked_backtest(
        [FLAT, FLAT, *candles, FLAT], Scripted({0: "enter"}), config, paper, first_ts=first_ts
    ).trades


def sale_in(*candles: Prices, config: Config, paper: PaperSettings = EXACTLY) -> Trade:
    _, sale = held_through(*candles, config=config, paper=paper)
    return sale


@pytest.mark.parametrize(
    "candle", [(101, 110, 100.5, 108), (101, 104, 96, 97)], ids=["which goes on rising", "which falls after it"]
)
def test_a_target_inside_a_candle_is_sold_at_the_target(candle: Prices) -> None:
    sale = sale_in(candle, config=TARGET_ONLY)
    assert sale.price == 103
    assert sale.reason == "Take profit: price 103.00 rose to the target at 103.00 (3 % above the entry at 100.00)"


@pytest.mark.parametrize("candle", [(100, 101, 90, 100.5), (100, 101, 90, 91)], ids=["that recovers", "that does not"])
@pytest.mark.parametrize("config", [STOP_ONLY, ON_EXCHANGE], ids=["watched by the bot", "on the exchange"])
def test_a_stop_inside_a_candle_is_sold_at_the_stop_and_not_at_its_low(candle: Prices, config: Config) -> None:
    sale = sale_in(FLAT, candle, config=config)
    assert sale.price == Decimal("98.5")
    assert "98.5" in sale.reason


@pytest.mark.parametrize("config", [STOP_ONLY, ON_EXCHANGE], ids=["watched by the bot", "on the exchange"])
def test_a_market_that_opens_below_the_stop_sells_at_its_open(config: Config) -> None:
    sale = sale_in((100, 100, 99, 99), (95, 99, 94, 98), config=config)
    assert sale.price == 95


def test_a_market_that_opens_above_the_target_sells_at_its_open() -> None:
    assert sale_in((100, 101, 100, 101), (105, 106, 104, 104), config=TARGET_ONLY).price == 105


def test_a_trailing_stop_counts_like_a_stop() -> None:
    config = replace(STOP_ONLY, stop_loss_pct=None, risk=RiskLimits(trailing_stop_pct=Decimal(2)))
    sale = sale_in((100, 110, 100, 105), config=config)
    assert sale.reason.startswith("Trailing stop: price 107.80 fell to the stop at 107.80 (2 % below")
    assert sale.price == Decimal("107.8")


def test_what_the_sale_costs_comes_off_the_level() -> None:
    paper = PaperSettings(spread_pct=Decimal("0.2"), slippage_pct=Decimal("0.1"))
    sale = sale_in((100, 101, 90, 91), config=STOP_ONLY, paper=paper)
    level = Decimal(sale.reason.split(" fell to the stop at ")[1].split()[0])
    assert level * Decimal("0.998") - Decimal("0.01") < sale.price < level * Decimal("0.9985")


def test_candles_that_do_not_open_on_the_clocks_grid_are_walked_alike() -> None:
    """The grid's own candles would end in the middle of these, and would join one's close to the next one's open."""
    (_, within) = held_through((100, 101, 90, 91), config=STOP_ONLY, first_ts=T0 + MINUTE // 2)
    assert within.price == Decimal("98.5")
    (_, leap) = held_through(FLAT, (95, 99, 94, 98), config=STOP_ONLY, first_ts=T0 + MINUTE // 2)
    assert leap.price == 95


def test_a_limit_and_its_stop_are_filled_one_after_the_other_on_the_way_down() -> None:
    config = replace(STOP_ONLY, orders=OrderPolicy(entry="limit", timeout_s=600))
    candles = [(100, 100.01, 99.5, 99.5), (100, 100.5, 90, 91), FLAT]
    bought, sold = walked_backtest(candles, Scripted({0: "enter"}), config).trades
    assert (bought.price, sold.price) == (Decimal("99.5"), Decimal("98.01"))


def test_a_wild_price_that_was_left_out_is_not_sold_at_what_it_passed() -> None:
    """The guard acts on the second price; by then the market was past the stop."""
    config = replace(STOP_ONLY, risk=RiskLimits(price_band_pct=Decimal(5)))
    assert sale_in((100, 100.01, 90, 89.5), config=config).price == Decimal("89.5")


@st.composite
def candles(draw: st.DrawFn) -> list[Prices]:
    cents = st.integers(9_000, 11_000)
    drawn = draw(st.lists(st.tuples(cents, cents, cents, cents), min_size=6, max_size=20))
    return [(o / 100, max(o, a, b, c) / 100, min(o, a, b, c) / 100, c / 100) for o, a, b, c in drawn]


@given(candles(), st.booleans(), st.sampled_from([None, Decimal(1)]))
def test_no_sale_is_outside_its_candle_and_none_knows_what_comes_after(
    drawn: list[Prices], stop_on_exchange: bool, trailing_pct: Decimal | None
) -> None:
    config = replace(
        CONFIG,
        stop_loss_pct=Decimal(1),
        take_profit_pct=Decimal(2),
        risk=RiskLimits(trailing_stop_pct=trailing_pct),
        orders=OrderPolicy(stop_on_exchange=stop_on_exchange),
    )
    enters = dict.fromkeys(range(20), "enter")
    whole = walked_backtest([FLAT, *drawn], Scripted(enters), config).trades
    cut = 1 + len(drawn) // 2
    part = walked_backtest([FLAT, *drawn[: cut - 1]], Scripted(enters), config).trades
    assert part == [trade for trade in whole if trade.ts < T0 + cut * MINUTE]
    for trade in whole:
        number = (trade.ts - T0) // MINUTE
        near = [FLAT, *drawn][max(number - 1, 0) : number + 1]
        assert min(low for _, _, low, _ in near) <= float(trade.price) <= max(high for _, high, _, _ in near)


def test_an_exit_whose_limit_ran_out_of_time_is_sold_where_the_market_was_then() -> None:
    """It is open at 100, asked back at the high, back at the low of 90 and at the market from there."""
    late = OrderPolicy(exit="limit", timeout_s=10, reprices=0)
    config = replace(CONFIG, stop_loss_pct=None, take_profit_pct=None, orders=late)
    candles = [FLAT, FLAT, (100, 100, 90, 97), FLAT]
    spread = PaperSettings(spread_pct=Decimal("0.02"), slippage_pct=Decimal(0))
    _, sold = walked_backtest(candles, Scripted({0: "enter", 1: "exit"}), config, spread).trades
    assert sold.price == Decimal("89.99")
