"""The core without a wire: whose turn it is, and what a stop without funds comes to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.standin.binance_book import Level
from tests.standin.binance_exchange import SpotExchange
from tests.standin.binance_orders import NewOrder, Side, parse_new_order
from tests.standin.binance_wallet import Balance

AMOUNT = Decimal("0.01")


def an_exchange() -> SpotExchange:
    exchange = SpotExchange(deposits={"USDT": Decimal(10_000), "BTC": Decimal(1)})
    exchange.set_last("BTCUSDT", Decimal(43_000))
    return exchange


def limit(side: Side, price: int) -> NewOrder:
    return NewOrder(symbol="BTCUSDT", side=side, type="LIMIT", quantity=AMOUNT, price=Decimal(price))


def test_a_trades_volume_goes_to_the_best_price_first_then_to_the_oldest_and_no_further() -> None:
    exchange = an_exchange()
    low, high, younger, sell = (
        exchange.place(order)
        for order in (limit("BUY", 42_000), limit("BUY", 42_500), limit("BUY", 42_500), limit("SELL", 44_000))
    )
    exchange.trade("BTCUSDT", Decimal(41_000), Decimal("0.015"))
    assert [order.executed for order in (low, high, younger, sell)] == [0, AMOUNT, AMOUNT / 2, 0]
    assert [(fill.order_id, fill.price) for fill in exchange.fills] == [
        (high.order_id, Decimal(42_500)),
        (younger.order_id, Decimal(42_500)),
    ]
    exchange.check_conservation()


def test_a_stop_whose_money_the_price_has_outrun_expires_and_gives_it_back() -> None:
    exchange = an_exchange()
    stop = exchange.place(
        NewOrder(symbol="BTCUSDT", side="BUY", type="STOP_LOSS", quantity=Decimal("0.2"), stop_price=Decimal(45_000))
    )
    assert exchange.wallet["USDT"].locked == 9_000
    exchange.trade("BTCUSDT", Decimal(60_000), AMOUNT)
    assert stop.status == "EXPIRED"
    assert exchange.wallet["USDT"] == Balance(free=Decimal(10_000))
    exchange.check_conservation()


def test_a_book_that_crosses_a_resting_order_fills_it_at_its_own_price() -> None:
    exchange = an_exchange()
    order = exchange.place(limit("SELL", 44_000))
    exchange.set_book("BTCUSDT", [Level(Decimal(45_000), Decimal("0.004"))], [])
    assert (order.executed, order.quote_executed) == (Decimal("0.004"), Decimal(176))
    assert exchange.market("BTCUSDT").book.bids == []


def test_the_book_keeps_what_an_order_leaves_until_the_next_trade() -> None:
    exchange = an_exchange()
    exchange.place(NewOrder(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=AMOUNT))
    assert exchange.market("BTCUSDT").book.asks[0] == (Decimal("43000.01"), Decimal("0.49"))
    exchange.trade("BTCUSDT", Decimal(43_000), AMOUNT)
    assert exchange.market("BTCUSDT").book.asks[0] == (Decimal("43000.01"), Decimal("0.50"))


@pytest.mark.parametrize("order_type", ["LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"])
def test_an_order_is_read_from_its_parameters(order_type: str) -> None:
    params = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": order_type,
        "timeInForce": "IOC",
        "quantity": "1",
        "price": "2",
    }
    stop = {} if order_type == "LIMIT" else {"stopPrice": "3"}
    asked = parse_new_order(params | stop)
    assert (str(asked.type), str(asked.time_in_force)) == (order_type, "IOC")
    assert [asked.price, asked.quantity, asked.stop_price] == [2, 1, int(stop.get("stopPrice", 0))]
