"""A refusal says which rule and by how much, and what is free; with the real ccxt.pro.binance where it is asked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.core.messages import Order
from bot.shell.live import explain
from bot.shell.live.explain import broken_rules, explained, shortage
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Fault
from tests.support.live import SYMBOL, account_at, an_order, on_a_stand_in
from tests.support.trading import RULES


def limit(price: str, amount: str = "0.01", **fields: Any) -> Order:
    return an_order(type="limit", price=Decimal(price), amount=Decimal(amount), **fields)


def told(order: Order, prepare: Callable[[BinanceStandIn], None] = lambda binance: None) -> str:
    """The sentences for an order that the exchange refuses; `prepare` comes between the refusal and the question."""
    said: list[str] = []

    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            with pytest.raises(Exception) as raised:  # noqa: PT011 - `test_errors.py` is about which one it is
                await account.send(order)
            prepare(binance)
            said.append(await explained(account.exchange, SYMBOL, order, raised.value))

    on_a_stand_in(scenario)
    return said[0].partition("). ")[2]


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        (an_order(amount=Decimal("0.0001")), "4.300001 USDT is 0.699999 USDT below the market's minimum cost of 5."),
        (an_order(amount=Decimal(121)), "121 BTC is 1 BTC above the market's maximum amount of 120."),
        (limit("1000000.01"), "The price of 1000000.01 USDT is 0.01 above the market's maximum of 1000000."),
        (limit("8000", "1"), "Its price is 35000.01 USDT below the market's 43000.01."),
        (
            an_order(type="stop", side="sell", trigger_price=Decimal(43_500)),
            "Its price is 500.01 USDT above the market's 42999.99.",
        ),
    ],
)
def test_the_rule_is_told_with_its_numbers(order: Order, numbers: str) -> None:
    assert told(order) == numbers


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        (an_order(amount=Decimal("0.5")), "It takes about 21500.005 USDT, 11500.005 more than the 10000 free."),
        (limit("42000", "0.25"), "It takes 10500 USDT, 500 more than the 10000 free."),
        (an_order(side="sell", amount=Decimal("1.5")), "It takes 1.5 BTC, 0.5 more than the 1 free."),
    ],
)
def test_where_funds_are_missing_it_is_told_how_much_is_needed_and_free(order: Order, numbers: str) -> None:
    assert told(order) == numbers


def test_what_other_orders_hold_is_not_free() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            await account.send(limit("42000", "0.2"))
            with pytest.raises(Exception) as raised:  # noqa: PT011
                await account.send(limit("42000", "0.1", number=2))
            said = await explained(account.exchange, SYMBOL, limit("42000", "0.1"), raised.value)
            assert said.endswith("It takes 4200 USDT, 2600 more than the 1600 free.")

    on_a_stand_in(scenario)


def test_funds_that_came_meanwhile_are_no_shortage() -> None:
    deposit = told(limit("42000", "0.25"), lambda binance: binance.exchange.deposit("USDT", Decimal(600)))
    assert deposit == "It takes 10500 USDT without its fee, and 10600 are free."


@pytest.mark.parametrize("fault", [Fault(kind="any", answer="500", times=5), Fault(kind="any", answers_after_s=5)])
def test_a_refusal_without_numbers_is_told_all_the_same(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "WITHIN_S", 0.05)
    assert told(an_order(amount=Decimal("0.5")), lambda binance: binance.faults.add(fault)) == ""


def test_amounts_and_prices_between_the_steps_are_told() -> None:
    order = limit("40000.005", "0.000125")
    assert list(broken_rules(RULES, {}, order, Decimal(40_000))) == [
        "The amount of 0.000125 BTC is 0.000005 off the market's step of 0.00001.",
        "The price of 40000.005 USDT is 0.005 off the market's step of 0.01.",
    ]


def test_limits_that_an_exchange_does_not_state_are_not_broken() -> None:
    limits = {"amount": {"min": None, "max": None}, "price": None, "market": {}, "cost": {"max": "0"}}
    assert list(broken_rules(RULES, limits, an_order(), Decimal(40_000))) == []


def test_a_shortage_is_exact() -> None:
    order = limit("0.1", "0.123456789012345678")
    assert shortage(order, Decimal(9), "USDT", Decimal("0.0123456789012345677")) == (
        "It takes 0.0123456789012345678 USDT, 0.0000000000000000001 more than the 0.0123456789012345677 free."
    )
