"""Orders of the real ccxt.pro.binance at the stand-in: what becomes of them, and the exact balances after."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.trading import SYMBOL, on_an_exchange


def owned(binance: BinanceStandIn, asset: str) -> tuple[str, str]:
    """Free and locked, as plain digits."""
    balance = binance.exchange.wallet[asset]
    return f"{balance.free.normalize():f}", f"{balance.locked.normalize():f}"


def test_a_market_buy_takes_the_books_levels_and_pays_its_fee_in_base() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        await binance.book([("42999", "1")], [("43000", "0.01"), ("43001", "0.02"), ("43002", "5")])
        order = await client.create_order(SYMBOL, "market", "buy", 0.04, None, {"clientOrderId": "mine-1"})
        assert (order["status"], order["filled"], order["clientOrderId"]) == ("closed", 0.04, "mine-1")
        assert [(trade["price"], trade["amount"]) for trade in order["trades"]] == [
            (43000, 0.01),
            (43001, 0.02),
            (43002, 0.01),
        ]
        assert order["cost"] == 1720.04
        assert owned(binance, "USDT") == ("8279.96", "0")
        assert owned(binance, "BTC") == ("1.03996", "0")
        assert binance.exchange.market("BTCUSDT").book.asks[0].quantity == Decimal("4.99")

    on_an_exchange(scenario)


def test_a_resting_limit_fills_as_maker_by_the_volume_that_trades_through_it() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        order = await client.create_order(SYMBOL, "limit", "buy", 0.05, 42000)
        assert (order["status"], owned(binance, "USDT")) == ("open", ("7900", "2100"))
        await binance.trade("42000.01", quantity="1")
        await binance.trade("41990", quantity="0.02")
        half = await client.fetch_order(order["id"], SYMBOL)
        assert (half["status"], half["filled"], half["average"]) == ("open", 0.02, 42000)
        assert owned(binance, "USDT") == ("7900", "1260")
        await binance.trade("42000", quantity="7")
        trades = await client.fetch_my_trades(SYMBOL, params={"orderId": order["id"]})
        assert [(trade["amount"], trade["takerOrMaker"], trade["fee"]) for trade in trades] == [
            (0.02, "maker", {"currency": "BTC", "cost": 0.00002}),
            (0.03, "maker", {"currency": "BTC", "cost": 0.00003}),
        ]
        assert owned(binance, "USDT") == ("7900", "0")
        assert owned(binance, "BTC") == ("1.04995", "0")

    on_an_exchange(scenario)


def test_a_cancel_frees_what_the_order_held_and_a_second_one_finds_nothing() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        order = await client.create_order(SYMBOL, "limit", "sell", 0.5, 50000, {"clientOrderId": "mine-1"})
        assert owned(binance, "BTC") == ("0.5", "0.5")
        canceled = await client.cancel_order(None, SYMBOL, {"clientOrderId": "mine-1"})
        assert (canceled["status"], canceled["id"]) == ("canceled", order["id"])
        assert canceled["info"]["origClientOrderId"] == "mine-1"
        assert canceled["clientOrderId"] != "mine-1", "as Binance does: here it is the cancel's own"
        assert owned(binance, "BTC") == ("1", "0")
        with pytest.raises(ccxt.OrderNotFound, match="-2011"):
            await client.cancel_order(order["id"], SYMBOL)

    on_an_exchange(scenario)


def test_an_order_is_found_by_its_client_id_and_an_unknown_one_is_not() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        placed = await client.create_order(SYMBOL, "limit", "buy", 0.01, 42000, {"clientOrderId": "mine-1"})
        found = await client.fetch_order(None, SYMBOL, {"clientOrderId": "mine-1"})
        assert found["id"] == placed["id"]
        with pytest.raises(ccxt.OrderNotFound, match="-2013"):
            await client.fetch_order(None, SYMBOL, {"clientOrderId": "mine-2"})

    on_an_exchange(scenario)
