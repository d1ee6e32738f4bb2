"""What is wrong with an exchange's settings is said in one sentence; what is right gives rules as ccxt means them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import SettingsError
from bot.shell.market import MarketError
from bot.shell.markets.exchange_connect import _siblings, check_market, connect, rules_of

MARKET = {
    "symbol": "BTC/USDT",
    "base": "BTC",
    "quote": "USDT",
    "maker": 0.0002,
    "taker": 0.0004,
    "precision": {"price": 0.01, "amount": 1e-05},
    "limits": {"amount": {"min": 0.0001}, "cost": {"min": 5.0}},
}


class SomeExchange:
    """The little of a ccxt exchange that rules are read from."""

    id = "some"
    precisionMode = ccxt.TICK_SIZE  # noqa: N815 - ccxt's name
    fees: Mapping[str, Any] = {"trading": {"maker": 0.001, "taker": 0.0015}}
    markets: Mapping[str, Any] = {"BTC/USDT": MARKET, "BTC/USDC": {}, "ETH/USDT": {}}
    timeframes: Mapping[str, str] = {"1m": "1m", "1h": "1h"}


def test_an_unknown_id_is_told_with_close_ones() -> None:
    with pytest.raises(SettingsError, match=r"TAPEDECK_EXCHANGE: got 'binanc'; takes .* did you mean .*binance"):
        connect("binanc", {})


def test_urls_are_merged_deeply_and_the_rest_goes_to_the_constructor() -> None:
    exchange = connect("binance", {"urls": {"api": {"ws": {"spot": "ws://127.0.0.1:1/stream"}}}, "timeout": 1234})

    assert exchange.urls["api"]["ws"]["spot"] == "ws://127.0.0.1:1/stream"
    assert exchange.urls["api"]["public"].startswith("https://")
    assert exchange.urls["api"]["ws"]["linear"].startswith("wss://")
    assert exchange.timeout == 1234
    assert exchange.enableRateLimit is True
    asyncio.run(exchange.close())


def urls_of(exchange_id: str, config: dict[str, Any]) -> Any:
    """The addresses that ccxt has after `connect`."""
    exchange = connect(exchange_id, config)
    asyncio.run(exchange.close())
    return exchange.urls["api"]


def test_the_sandbox_is_the_exchanges_test_net() -> None:
    api = urls_of("binance", {"sandbox": True})

    assert api["private"] == "https://testnet.binance.vision/api/v3"
    assert api["ws"]["ws-api"]["spot"] == "wss://ws-api.testnet.binance.vision/ws-api/v3"
    assert urls_of("binance", {"sandbox": False}) == urls_of("binance", {})


def test_urls_have_the_last_word_over_the_sandbox() -> None:
    api = urls_of("binance", {"sandbox": True, "urls": {"api": {"private": "http://127.0.0.1:9000/api/v3"}}})

    assert api["private"] == "http://127.0.0.1:9000/api/v3"
    assert api["sapi"] == "http://127.0.0.1:9000/sapi/v1"
    assert api["public"] == "https://testnet.binance.vision/api/v3"


def test_an_exchange_without_a_test_net_says_so_in_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        connect("kraken", {"sandbox": True})

    assert caught.value.lines == [
        "TAPEDECK_EXCHANGE_CONFIG.sandbox: got true; kraken has no test net that ccxt knows: leave it out"
    ]


@pytest.mark.parametrize("value", ["true", 1, None])
def test_a_sandbox_that_is_neither_true_nor_false_is_one_line(value: object) -> None:
    with pytest.raises(SettingsError, match=r"^TAPEDECK_EXCHANGE_CONFIG.sandbox: takes true, .* or false$"):
        connect("binance", {"sandbox": value})


@pytest.mark.parametrize("exchange_id", ["binance", "binanceus"])
def test_where_private_calls_go_elsewhere_no_signed_call_goes_to_the_real_exchange(exchange_id: str) -> None:
    api = urls_of(exchange_id, {"urls": {"api": {"private": "http://127.0.0.1:9000/api/v3"}}})

    assert api["sapi"] == "http://127.0.0.1:9000/sapi/v1"
    assert api["sapiV3"] == "http://127.0.0.1:9000/sapi/v3"
    assert api["public"].startswith("https://"), "real prices beside a stand-in's account are a fair wish"


def test_a_sibling_of_private_that_is_named_goes_where_it_is_told() -> None:
    own = {"private": "http://127.0.0.1:9000/api/v3", "sapi": "http://127.0.0.1:9001/sapi/v1"}

    assert urls_of("binance", {"urls": {"api": own}})["sapi"] == "http://127.0.0.1:9001/sapi/v1"


@given(st.dictionaries(st.sampled_from(["private", "public", "sapi"]), st.text() | st.integers() | st.none()))
def test_strange_addresses_are_ccxts_to_refuse(own: dict[str, Any]) -> None:
    moved = _siblings({"private": "https://a.b/api", "sapi": "https://a.b/sapi", "other": "https://c.d/x"}, own)

    assert set(moved) <= {"sapi"} - set(own)


KEYS = {"apiKey": "k", "secret": "s"}


@pytest.mark.parametrize(
    ("config", "adjusts"),
    [
        (KEYS, True),
        ({}, False),
        ({**KEYS, "options": {"adjustForTimeDifference": False}}, False),
        ({**KEYS, "options": {"defaultType": "spot"}}, True),
    ],
)
def test_signed_calls_carry_the_exchanges_time_unless_told_otherwise(config: dict[str, Any], adjusts: bool) -> None:
    exchange = connect("binance", config)
    asyncio.run(exchange.close())

    assert exchange.options["adjustForTimeDifference"] is adjusts


@pytest.mark.parametrize("config", [{"urls": "http://127.0.0.1"}, {"options": 5}])
def test_a_config_that_ccxt_cannot_use_is_one_line_without_its_values(config: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        connect("binance", {"secret": "hunter2", **config})

    [line] = caught.value.lines
    assert line.startswith("TAPEDECK_EXCHANGE_CONFIG")
    assert "hunter2" not in line


def test_an_unknown_symbol_is_told_with_close_ones() -> None:
    with pytest.raises(MarketError, match=r"TAPEDECK_SYMBOL: some has no market 'BTC/USDX'; did you mean BTC/USD"):
        check_market(SomeExchange(), "BTC/USDX", "1m")


def test_a_timeframe_that_the_exchange_has_not_is_told_with_those_it_has() -> None:
    with pytest.raises(MarketError, match=r"TAPEDECK_TIMEFRAME: some has no candles of '5m'; it has 1m 1h"):
        check_market(SomeExchange(), "BTC/USDT", "5m")


def test_rules_come_from_the_market() -> None:
    rules = rules_of(SomeExchange(), MARKET)

    assert (rules.price_step, rules.amount_step) == (Decimal("0.01"), Decimal("0.00001"))
    assert (rules.min_amount, rules.min_cost) == (Decimal("0.0001"), Decimal("5.0"))
    assert (rules.maker_fee_rate, rules.taker_fee_rate) == (Decimal("0.0002"), Decimal("0.0004"))


@pytest.mark.parametrize(
    ("mode", "precision", "price", "step"),
    [
        (ccxt.TICK_SIZE, 0.5, None, "0.5"),
        (ccxt.TICK_SIZE, 1e-08, None, "0.00000001"),
        (ccxt.DECIMAL_PLACES, 2, None, "0.01"),
        (ccxt.DECIMAL_PLACES, 0, None, "1"),
        (ccxt.SIGNIFICANT_DIGITS, 5, "43000.5", "1"),
        (ccxt.SIGNIFICANT_DIGITS, 5, "0.0984", "0.000001"),
        (ccxt.TICK_SIZE, None, None, "0.00000001"),
    ],
)
def test_each_way_to_say_precision_gives_a_step(mode: int, precision: Any, price: str | None, step: str) -> None:
    exchange = SomeExchange()
    exchange.precisionMode = mode
    market = {**MARKET, "precision": {"price": precision, "amount": 1}}

    assert rules_of(exchange, market, Decimal(price) if price else None).price_step == Decimal(step)


def test_what_a_market_leaves_out_has_a_sensible_value() -> None:
    bare = {"symbol": "A/B", "base": "A", "quote": "B", "precision": {}, "limits": {"cost": {"min": None}}}

    rules = rules_of(SomeExchange(), bare)

    assert rules.min_amount == rules.amount_step == Decimal("0.00000001")
    assert rules.min_cost == 0
    assert rules.taker_fee_rate == Decimal("0.0015")


def test_an_exchange_that_does_not_tell_its_time_is_traded_by_this_machines_clock() -> None:
    exchange = connect("binance", KEYS)
    asked = []

    async def no_time(*_: object) -> int:
        asked.append(True)
        raise ccxt.ExchangeNotAvailable("404")

    exchange.fetch_time = no_time
    assert asyncio.run(exchange.load_time_difference()) == 0
    assert asked == [True]


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ({}, None),
        ({"amount": {"max": 9000.0}, "market": {"max": None}}, "9000.0"),
        ({"amount": {"max": 9000.0}, "market": {"max": 120.5}}, "120.5"),
        ({"market": {"max": 0.0}}, None),
    ],
)
def test_the_most_of_an_order_is_the_least_of_its_limits(limits: dict[str, Any], most: str | None) -> None:
    market = {"symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "precision": {}, "limits": limits}
    rules = rules_of(connect("binance", {}), market)
    assert rules.max_amount == (None if most is None else Decimal(most))
