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


def test_a_market_order_by_quote_never_spends_more() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        await binance.book([("42999", "1")], [("43000", "0.01"), ("43001", "2")])
        order = await client.create_market_buy_order_with_cost(SYMBOL, 1000)
        assert (order["status"], order["filled"], order["cost"]) == ("closed", 0.02325, 999.76325)
        assert owned(binance, "USDT") == ("9000.23675", "0")

    on_an_exchange(scenario)


def test_a_market_order_that_the_book_cannot_fill_expires_with_what_it_got() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        await binance.book([("43000", "0.3")], [])
        order = await client.create_order(SYMBOL, "market", "sell", 0.5)
        assert (order["status"], order["filled"]) == ("expired", 0.3)
        assert owned(binance, "BTC") == ("0.7", "0")
        assert owned(binance, "USDT") == ("22887.1", "0")

    on_an_exchange(scenario)


@pytest.mark.parametrize(("time_in_force", "filled"), [("IOC", 0.02), ("FOK", 0)])
def test_a_limit_that_does_not_rest_takes_what_there_is_or_all_or_nothing(time_in_force: str, filled: float) -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        await binance.book([("42999", "1")], [("43000", "0.02"), ("43500", "1")])
        order = await client.create_order(SYMBOL, "limit", "buy", 0.05, 43100, {"timeInForce": time_in_force})
        assert (order["status"], order["filled"]) == ("expired", filled)
        assert binance.exchange.wallet["USDT"].locked == 0

    on_an_exchange(scenario)


def test_a_limit_that_crosses_takes_at_the_books_price_and_rests_with_the_remainder() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        await binance.book([("42999", "1")], [("43000", "0.02")])
        order = await client.create_order(SYMBOL, "limit", "buy", 0.05, 43100)
        assert (order["status"], order["filled"], order["average"]) == ("open", 0.02, 43000)
        assert owned(binance, "USDT") == ("7847", "1293"), "the better price is free again at once"
        await binance.quote("43050", "43100", ask_size="0.01")
        assert [(fill.price, fill.quantity, fill.is_maker) for fill in binance.exchange.fills][1:] == [
            (Decimal(43100), Decimal("0.01"), True)
        ]

    on_an_exchange(scenario)


def test_a_stop_loss_wakes_at_its_price_and_sells_at_the_books() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        stop = await client.create_order(SYMBOL, "market", "sell", 0.1, None, {"stopLossPrice": 42000})
        assert (stop["status"], stop["triggerPrice"], owned(binance, "BTC")) == ("open", 42000, ("0.9", "0.1"))
        await binance.trade("42000.01")
        assert (await client.fetch_open_orders(SYMBOL))[0]["id"] == stop["id"]
        await binance.trade("41990")
        sold = await client.fetch_order(stop["id"], SYMBOL)
        assert (sold["status"], sold["average"]) == ("closed", 41989.99)

    on_an_exchange(scenario)


def test_a_take_profit_waits_for_the_other_side_and_a_stop_limit_rests_once_awake() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        profit = await client.create_order(SYMBOL, "market", "sell", 0.1, None, {"takeProfitPrice": 44000})
        limit = await client.create_order(SYMBOL, "limit", "sell", 0.1, 42500, {"stopLossPrice": 42000})
        await binance.trade("42000")
        assert [order["status"] for order in await client.fetch_orders(SYMBOL)] == ["open", "open"]
        await binance.trade("44000")
        assert (await client.fetch_order(limit["id"], SYMBOL))["status"] == "open", "the trade's volume was too small"
        assert (await client.fetch_order(limit["id"], SYMBOL))["filled"] == 0.01
        assert (await client.fetch_order(profit["id"], SYMBOL))["status"] == "closed"

    on_an_exchange(scenario)


def test_fees_are_paid_in_bnb_while_there_is_some() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.exchange.account.bnb_price = Decimal(600)
        binance.exchange.deposit("BNB", Decimal("0.0006"))
        for _ in range(2):
            await client.create_order(SYMBOL, "market", "buy", 0.01)
        fees = [trade["fee"] for trade in await client.fetch_my_trades(SYMBOL)]
        assert fees == [{"currency": "BNB", "cost": 0.0005375}, {"currency": "BTC", "cost": 0.00001}]

    on_an_exchange(scenario)


def test_my_trades_come_in_pages_by_id_and_by_time() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        for _ in range(3):
            await client.create_order(SYMBOL, "market", "buy", 0.01)
        first, second, third = await client.fetch_my_trades(SYMBOL)
        assert [trade["id"] for trade in await client.fetch_my_trades(SYMBOL, limit=1)] == [third["id"]]
        page = await client.fetch_my_trades(SYMBOL, limit=1, params={"fromId": int(second["id"])})
        assert [trade["id"] for trade in page] == [second["id"]]
        since = await client.fetch_my_trades(SYMBOL, since=first["timestamp"], limit=1)
        assert [trade["id"] for trade in since] == [first["id"]]
        assert await client.fetch_my_trades(SYMBOL, since=third["timestamp"] + 1) == []

    on_an_exchange(scenario)


def test_an_edit_cancels_and_places_anew() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        old = await client.create_order(SYMBOL, "limit", "buy", 0.01, 41000)
        new = await client.edit_order(old["id"], SYMBOL, "limit", "buy", 0.02, 41500)
        assert [order["id"] for order in await client.fetch_open_orders(SYMBOL)] == [new["id"]]
        assert owned(binance, "USDT") == ("9170", "830")
        with pytest.raises(ccxt.ExchangeError, match="partially failed"):
            await client.edit_order(new["id"], SYMBOL, "limit", "buy", 2, 41500)
        assert await client.fetch_open_orders(SYMBOL) == []

    on_an_exchange(scenario)


def test_all_open_orders_are_canceled_at_once() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        for price in (41000, 41500):
            await client.create_order(SYMBOL, "limit", "buy", 0.01, price)
        assert [order["status"] for order in await client.cancel_all_orders(SYMBOL)] == ["canceled", "canceled"]
        assert owned(binance, "USDT") == ("10000", "0")

    on_an_exchange(scenario)
