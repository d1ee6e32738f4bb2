"""What the stand-in refuses, with Binance's code and words, and as what the real ccxt.pro.binance raises it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_exchange import SpotExchange
from tests.standin.binance_filters import SymbolRules
from tests.standin.trading import SYMBOL, client_of, on_an_exchange

LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "42000",
}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
STOP = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS", "quantity": "0.01", "stopPrice": "42000"}

REFUSED: list[tuple[dict[str, str], int, str, type[Exception]]] = [
    (LIMIT | {"price": "42000.005"}, -1013, "Filter failure: PRICE_FILTER", ccxt.InvalidOrder),
    (STOP | {"stopPrice": "42000.005"}, -1013, "Filter failure: PRICE_FILTER", ccxt.InvalidOrder),
    (LIMIT | {"price": "8000"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE", ccxt.InvalidOrder),
    (LIMIT | {"price": "300000"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE", ccxt.InvalidOrder),
    (LIMIT | {"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE", ccxt.InvalidOrder),
    (LIMIT | {"quantity": "0.010001"}, -1013, "Filter failure: LOT_SIZE", ccxt.InvalidOrder),
    (MARKET | {"quantity": "121"}, -1013, "Filter failure: MARKET_LOT_SIZE", ccxt.InvalidOrder),
    (MARKET | {"quantity": "0.0001"}, -1013, "Filter failure: NOTIONAL", ccxt.BadRequest),
    (LIMIT | {"quantity": "0.0001"}, -1013, "Filter failure: NOTIONAL", ccxt.BadRequest),
    (
        LIMIT | {"quantity": "1"},
        -2010,
        "Account has insufficient balance for requested action.",
        ccxt.InsufficientFunds,
    ),
    (
        MARKET | {"quantity": "1"},
        -2010,
        "Account has insufficient balance for requested action.",
        ccxt.InsufficientFunds,
    ),
    (STOP | {"quantity": "2"}, -2010, "Account has insufficient balance for requested action.", ccxt.InsufficientFunds),
    (STOP | {"stopPrice": "44000"}, -2010, "Stop price would trigger immediately.", ccxt.OrderImmediatelyFillable),
    (LIMIT | {"newClientOrderId": "open"}, -2010, "Duplicate order sent.", ccxt.InvalidOrder),
    (LIMIT | {"symbol": "NOUSDT"}, -1121, "Invalid symbol.", ccxt.BadSymbol),
    (LIMIT | {"side": "HOLD"}, -1117, "Invalid side.", ccxt.BadRequest),
    (LIMIT | {"type": "HOPE"}, -1116, "Invalid orderType.", ccxt.BadRequest),
    (LIMIT | {"timeInForce": "GTX"}, -1115, "Invalid timeInForce.", ccxt.BadRequest),
    (LIMIT | {"price": "x"}, -1100, "Illegal characters found in parameter 'price'", ccxt.BadRequest),
    (LIMIT | {"newClientOrderId": "a b"}, -1100, "Illegal characters found in parameter", ccxt.BadRequest),
    (LIMIT | {"quantity": "0.0100000001"}, -1111, "Parameter 'quantity' has too much precision.", ccxt.BadRequest),
    (LIMIT | {"quantity": "0"}, -1013, "Invalid quantity.", ccxt.BadRequest),
    (MARKET | {"price": "42000"}, -1106, "Parameter 'price' sent when not required.", ccxt.BadRequest),
    (MARKET | {"quoteOrderQty": "10"}, -1128, "Combination of optional parameters invalid.", ccxt.BadRequest),
    ({name: LIMIT[name] for name in LIMIT if name != "price"}, -1102, "Mandatory parameter 'price'", ccxt.BadRequest),
    ({name: MARKET[name] for name in MARKET if name != "quantity"}, -1102, "Param 'quantity' or", ccxt.BadRequest),
]


@pytest.mark.parametrize(("params", "code", "words", "error"), REFUSED)
def test_an_order_is_refused(params: dict[str, str], code: int, words: str, error: type[Exception]) -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        await client.create_order(SYMBOL, "limit", "buy", 0.01, 41000, {"clientOrderId": "open"})
        with pytest.raises(error) as caught:
            await client.private_post_order(params)
        assert type(caught.value) is error
        assert client.last_json_response["code"] == code
        assert client.last_json_response["msg"].startswith(words)
        assert (len(binance.exchange.orders), binance.posted[-1].outcome) == (1, "refused")

    on_an_exchange(scenario)


def test_a_client_id_may_be_used_again_once_its_order_is_over() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        first = await client.create_order(SYMBOL, "limit", "buy", 0.01, 41000, {"clientOrderId": "same"})
        await client.cancel_order(first["id"], SYMBOL)
        second = await client.create_order(SYMBOL, "limit", "buy", 0.01, 41000, {"clientOrderId": "same"})
        assert (await client.fetch_order(None, SYMBOL, {"clientOrderId": "same"}))["id"] == second["id"]
        assert binance.posts_by_client_id == {"same": 2}

    on_an_exchange(scenario)


def test_a_post_only_order_that_would_match_is_refused() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        with pytest.raises(ccxt.OrderImmediatelyFillable, match="immediately match"):
            await client.create_order(SYMBOL, "limit", "buy", 0.01, 43000.01, {"postOnly": True})
        order = await client.create_order(SYMBOL, "limit", "buy", 0.01, 43000, {"postOnly": True})
        assert order["status"] == "open"

    on_an_exchange(scenario)


def test_there_is_a_most_of_open_orders_and_of_stops() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        stop = {"stopLossPrice": 42000}
        await client.create_order(SYMBOL, "market", "sell", 0.01, None, stop)
        with pytest.raises(ccxt.InvalidOrder, match="MAX_NUM_ALGO_ORDERS"):
            await client.create_order(SYMBOL, "market", "sell", 0.01, None, stop)
        await client.create_order(SYMBOL, "limit", "buy", 0.01, 41000)
        with pytest.raises(ccxt.InvalidOrder, match="MAX_NUM_ORDERS"):
            await client.create_order(SYMBOL, "limit", "buy", 0.01, 41000)

    on_an_exchange(scenario, rules=[SymbolRules(base="BTC", quote="USDT", max_orders=2, max_stop_orders=1)])


def test_nothing_is_taken_while_the_market_is_closed() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.exchange.market("BTCUSDT").is_trading = False
        with pytest.raises(ccxt.MarketClosed):
            await client.create_order(SYMBOL, "market", "buy", 0.01)

    on_an_exchange(scenario)


async def _wrong_key(binance: BinanceStandIn) -> None:
    async with client_of(binance, apiKey="another") as client:
        await client.fetch_balance()


async def _wrong_secret(binance: BinanceStandIn) -> None:
    async with client_of(binance, secret="another") as client:
        await client.fetch_balance()


async def _clock_behind(binance: BinanceStandIn) -> None:
    binance.faults.clock_offset_ms = 11_000
    async with client_of(binance) as client:
        await client.fetch_balance()


async def _clock_ahead(binance: BinanceStandIn) -> None:
    binance.faults.clock_offset_ms = -2_000
    async with client_of(binance) as client:
        await client.fetch_balance()


async def _key_that_may_not_trade(binance: BinanceStandIn) -> None:
    binance.faults.key_may_trade = False
    async with client_of(binance) as client:
        await client.create_order(SYMBOL, "market", "buy", 0.01)


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (_wrong_key, ccxt.AuthenticationError, "-2015"),
        (_wrong_secret, ccxt.AuthenticationError, "-1022"),
        (_clock_behind, ccxt.InvalidNonce, "outside of the recvWindow"),
        (_clock_ahead, ccxt.InvalidNonce, "1000ms ahead of the server's time"),
        (_key_that_may_not_trade, ccxt.AuthenticationError, "-2015"),
    ],
)
def test_a_request_without_the_right_key_or_time_is_refused(
    ask: Callable[[BinanceStandIn], Awaitable[None]], error: type[Exception], words: str
) -> None:
    async def run() -> None:
        async with BinanceStandIn() as binance:
            with pytest.raises(error, match=words):
                await ask(binance)
            assert not binance.exchange.orders

    asyncio.run(run())


def test_a_clock_that_is_off_is_mended_by_ccxts_time_difference() -> None:
    async def run() -> None:
        async with BinanceStandIn() as binance:
            binance.faults.clock_offset_ms = 3_600_000
            async with client_of(binance) as client:
                await client.load_time_difference()
                assert (await client.fetch_balance())["USDT"]["total"] == 10_000

    asyncio.run(run())


def test_what_a_key_may_do_is_told() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        assert (await client.sapi_get_account_apirestrictions())["enableWithdrawals"] is False
        binance.faults.key_may_withdraw = True
        assert (await client.sapi_get_account_apirestrictions())["enableWithdrawals"] is True

    on_an_exchange(scenario)


def test_an_exchange_with_fees_of_its_own_says_so() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        fee = await client.fetch_trading_fee(SYMBOL)
        assert (fee["maker"], fee["taker"]) == (0.0002, 0.0004)

    on_an_exchange(scenario, maker_rate=Decimal("0.0002"), taker_rate=Decimal("0.0004"))


def test_the_core_says_the_same_without_a_wire() -> None:
    with pytest.raises(Exception, match="-1121 Invalid symbol"):
        SpotExchange().market("NOUSDT")
