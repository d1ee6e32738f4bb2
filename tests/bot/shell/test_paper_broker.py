"""Fills on paper: never better than the market was."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Order, OrderFilled, OrderRejected
from bot.core.portfolio import Fill, Portfolio, apply_fill, open_portfolio
from bot.events import Price
from bot.shell.markets.simulated_rules import FeeRates
from bot.shell.paper_broker import InvalidPaper, PaperBroker, PaperSettings, paper_settings
from bot.shell.trading import Answer
from tests.support.trading import RULES, price

EXACTLY = PaperSettings(spread_pct=Decimal(0), slippage_pct=Decimal(0))


def order(side: str, amount: Any, number: int = 1, **fields: Any) -> Order:
    return Order(
        id=f"o-{number}",
        ts=0,
        side="buy" if side == "buy" else "sell",
        amount=Decimal(str(amount)),
        reason="",
        purpose="entry",
        **fields,
    )


def holding(base: Any = 0, cash: Any = 10_000) -> Portfolio:
    portfolio = open_portfolio(Decimal(str(cash)))
    if base:
        fill = Fill(side="buy", price=Decimal("0.01"), amount=Decimal(str(base)), fee=Decimal(0))
        portfolio = apply_fill(portfolio, fill, 0)[0]
    return portfolio


def answer(placed: Order, at: Price, settings: PaperSettings = EXACTLY, **account: Any) -> Answer:
    broker = PaperBroker(settings)
    broker.place(placed)
    (only,) = broker.on_price(at, RULES, holding(**account))
    return only


def fill_of(*args: Any, **kwargs: Any) -> OrderFilled:
    filled = answer(*args, **kwargs)
    assert isinstance(filled, OrderFilled), filled
    return filled


def refusal_of(*args: Any, **kwargs: Any) -> str:
    rejected = answer(*args, **kwargs)
    assert isinstance(rejected, OrderRejected), rejected
    return rejected.reason


def test_a_buy_pays_the_best_ask_and_a_sale_gets_the_best_bid() -> None:
    quoted = price(100, bid=Decimal(99), ask=Decimal(101))
    assert fill_of(order("buy", 1), quoted).price == 101
    assert fill_of(order("sell", 1), quoted, base=1).price == 99


def test_without_a_quote_half_the_spread_stands_in() -> None:
    settings = PaperSettings(spread_pct=Decimal(2), slippage_pct=Decimal(0))
    assert fill_of(order("buy", 1), price(100), settings).price == 101
    assert fill_of(order("sell", 1), price(100), settings, base=1).price == 99


def test_slippage_and_the_price_step_go_against_us() -> None:
    settings = PaperSettings(spread_pct=Decimal(0), slippage_pct=Decimal("0.333"))
    assert fill_of(order("buy", 1), price(100), settings).price == Decimal("100.34")
    assert fill_of(order("sell", 1), price(100), settings, base=1).price == Decimal("99.66")


def test_the_taker_fee_is_paid_in_quote_and_rounded_up() -> None:
    filled = fill_of(order("buy", "0.12345"), price("100.07"))
    assert (filled.fee, filled.fee_currency) == (Decimal("0.01235365"), "USDT")


def test_the_amount_is_cut_to_the_step() -> None:
    assert fill_of(order("buy", "0.123456789"), price(100)).amount == Decimal("0.12345")


def test_a_protective_sale_is_never_better_than_the_price_it_was_triggered_at() -> None:
    assert fill_of(order("sell", 1, worst_price=Decimal(95)), price(120), base=1).price == 95
    assert fill_of(order("sell", 1, worst_price=Decimal(95)), price(90), base=1).price == 90


@pytest.mark.parametrize(
    ("placed", "at", "account", "sentence"),
    [
        (order("buy", "0.04"), 100, {}, "4 USDT is 1 USDT below the market's minimum cost of 5."),
        (order("buy", "0.000001"), 100, {}, "0 BTC is 0.00001 BTC below the market's minimum amount of 0.00001."),
        (order("buy", 1), 100, {"cash": 100}, "It costs 100.1 USDT with its fee, 0.1 more than the 100 there are."),
        (order("sell", 2), 100, {"base": "1.5"}, "It sells 2 BTC, 0.5 more than the 1.5 there are."),
    ],
)
def test_a_refusal_says_the_rule_and_by_how_much(
    placed: Order, at: int, account: dict[str, Any], sentence: str
) -> None:
    assert refusal_of(placed, price(at), **account) == sentence


def test_two_orders_at_one_price_share_the_account() -> None:
    broker = PaperBroker(EXACTLY)
    for number in (1, 2):
        broker.place(order("buy", "0.6", number))
    first, second = broker.on_price(price(100), RULES, holding(cash=100))
    assert isinstance(first, OrderFilled)
    assert isinstance(second, OrderRejected)


def test_an_order_is_executed_once_however_often_it_is_placed() -> None:
    broker = PaperBroker(EXACTLY)
    broker.place(order("buy", 1))
    broker.place(order("buy", 1))
    assert len(list(broker.on_price(price(100), RULES, holding()))) == 1
    assert list(broker.on_price(price(100), RULES, holding())) == []


@given(
    st.decimals("0.01", "100000", places=2),
    st.decimals("0", "5", places=3),
    st.decimals("0", "5", places=3),
    st.sampled_from(["buy", "sell"]),
)
def test_no_fill_is_better_than_the_market(value: Decimal, spread: Decimal, slippage: Decimal, side: str) -> None:
    settings = PaperSettings(spread_pct=spread, slippage_pct=slippage)
    rules = replace(RULES, min_cost=Decimal(0))
    broker = PaperBroker(settings)
    broker.place(order(side, 1))
    (filled,) = broker.on_price(price(value), rules, holding(base=1, cash=1_000_000))
    assert isinstance(filled, OrderFilled)
    assert filled.price >= value if side == "buy" else filled.price <= value
    assert filled.price % rules.price_step == 0


def test_the_deposit_fits_the_quote_currency_unless_it_is_set() -> None:
    assert PaperSettings().deposit_in("USDT") == 10_000
    assert PaperSettings().deposit_in("BTC") == 1
    assert paper_settings({"paper": {"deposit": "250"}}).deposit_in("BTC") == 250


@pytest.mark.parametrize("given", [{"spred_pct": 1}, {"spread_pct": -1}, {"deposit": "much"}, [1]])
def test_a_bad_paper_setting_is_one_sentence(given: Any) -> None:
    with pytest.raises(InvalidPaper) as error:
        paper_settings({"paper": given})
    assert str(error.value).startswith("TAPEDECK_EXCHANGE_CONFIG: paper")
    assert "\n" not in str(error.value)


def test_a_fee_is_that_of_a_usual_exchange_unless_it_is_set_and_a_real_one_has_its_own() -> None:
    assert PaperSettings().fees == FeeRates(maker=Decimal("0.001"), taker=Decimal("0.001"))
    chosen = paper_settings({"paper": {"maker_fee_pct": 0, "taker_fee_pct": "0.04"}}, "replay").fees
    assert chosen == FeeRates(maker=Decimal(0), taker=Decimal("0.0004"))
    with pytest.raises(InvalidPaper) as error:
        paper_settings({"paper": {"taker_fee_pct": 0.04}}, "binance")
    assert str(error.value) == (
        "TAPEDECK_EXCHANGE_CONFIG: paper.taker_fee_pct is for replay and simulated;"
        " binance has fees of its own: leave it out."
    )
