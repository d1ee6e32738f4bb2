"""What ccxt's classes make of our orders: the client id in the exchange's own field, and no stop that sells at once."""

from __future__ import annotations

import asyncio
import json
import re
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from bot.core.messages import Order
from bot.settings import load
from bot.shell.live.account import ExchangeAccount
from bot.shell.live.compose import live_broker
from bot.shell.live.dialects import lives_for_s, page_at
from bot.shell.live.errors import is_refusal, refusal_text
from bot.shell.markets.exchange_connect import connect
from tests.support.captured import Captured
from tests.support.live import SYMBOL, an_order, client_id

FIELDS = {
    "binance": "newClientOrderId={}",
    "bingx": "newClientOrderId={}",
    "bitget": '"clientOid":"{}"',
    "bitstamp": "client_order_id={}",
    "bybit": '"orderLinkId":"{}"',
    "coinbase": '"client_order_id":"{}"',
    "cryptocom": '"client_oid":"{}"',
    "gate": '"text":"t-{:.28}"',
    "kraken": "cl_ord_id={}",
    "kucoin": '"clientOid":"{}"',
    "mexc": "newClientOrderId={}",
    "okx": '"clOrdId":"{}"',
}
"""What each class calls the client id in a request, as the exchanges' own documentation has it."""
BY_COST = ("bitget", "bybit", "coinbase", "cryptocom", "gate")
FOLLOWED = {"binance": "stopPrice=41000", "kraken": "ordertype=stop-loss"}
NOT_FOLLOWED = ("bitget", "bitstamp", "bybit", "gate", "kucoin", "mexc", "okx")

LIMIT = an_order(type="limit", price=Decimal("42000.5"))
STOP = an_order(type="stop", side="sell", trigger_price=Decimal(41_000))


def sent(exchange_id: str, order: Order) -> list[str]:
    """The requests with which that class would place the order. Raises what it raises before it sends one."""
    captured = Captured(exchange_id)

    async def send() -> None:
        with pytest.raises(ccxt.RequestTimeout):
            await ExchangeAccount(captured.exchange, SYMBOL).send(order)

    asyncio.run(send())
    return captured.orders


@pytest.mark.parametrize(("exchange_id", "field"), FIELDS.items())
@pytest.mark.parametrize("order", [an_order(), an_order(side="sell"), LIMIT], ids=["buy", "sell", "limit"])
def test_an_order_leaves_once_under_our_id(exchange_id: str, field: str, order: Order) -> None:
    (request,) = sent(exchange_id, order)
    assert field.format(client_id()) in request
    assert "0.01" in request


@pytest.mark.parametrize("exchange_id", BY_COST)
def test_where_a_market_buy_would_be_for_an_amount_of_quote_a_limit_within_reach_is_sent(exchange_id: str) -> None:
    (request,) = sent(exchange_id, an_order())
    assert "43430" in request, "one percent over the ask, which is what the size leaves room for"
    assert any(word in request.lower() for word in ("ioc", "immediate_or_cancel"))
    assert '"0.01"' in request


@pytest.mark.parametrize(("exchange_id", "words"), FOLLOWED.items())
def test_a_stop_is_sent_where_it_is_an_order_like_others(exchange_id: str, words: str) -> None:
    (request,) = sent(exchange_id, STOP)
    assert words in request
    assert "41000" in request


@pytest.mark.parametrize("exchange_id", NOT_FOLLOWED)
def test_a_stop_that_could_not_be_followed_is_not_sent(exchange_id: str) -> None:
    with pytest.raises(ccxt.NotSupported) as refused:
        sent(exchange_id, STOP)
    assert is_refusal(refused.value)
    assert refusal_text(refused.value, STOP) == (
        f"The exchange refused to sell 0.01 from 41000 down: Stops are kept apart on {exchange_id} and cannot be"
        " followed; the bot watches the price itself (NotSupported)."
    )


def test_a_stop_whose_trigger_would_be_left_out_does_not_leave() -> None:
    with pytest.raises(ccxt.NotSupported, match="would sell at once"):
        sent("bitfinex", STOP)


def test_an_order_without_its_id_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.shell.live.dialects._NAMES", {})
    with pytest.raises(ccxt.NotSupported, match="sends no client order id"):
        sent("coinbase", LIMIT)


def test_where_an_orders_own_executions_are_not_to_be_had_the_accounts_are_asked_for() -> None:
    captured = Captured("kraken", "XXBTZUSD")
    with pytest.raises(ccxt.RequestTimeout):
        asyncio.run(ExchangeAccount(captured.exchange, SYMBOL).executions(an_order(), "77"))
    assert "/private/TradesHistory" in captured.orders[0]


class Listing:
    """The little of a ccxt exchange that is asked for orders: what it lists, and what it raises for one."""

    id = "bybit"

    def __init__(self, error: Exception | dict[str, Any], **listed: list[dict[str, Any]]) -> None:
        self.options: dict[str, Any] = {}
        self.has = {"fetchOpenOrders": True, "fetchClosedOrders": True}
        self.asked: list[str] = []
        self._error = error
        self._listed = listed

    async def fetch(self, *request: Any) -> None:
        raise AssertionError("nothing is fetched")

    def feature_value(self, symbol: str, name: str, what: str) -> int:
        return 20

    async def load_markets(self) -> None:
        pass

    async def fetch_order(self, order_id: str, symbol: str, params: Any = None) -> Any:
        self.asked.append(f"order {order_id}".strip())
        if isinstance(self._error, Exception):
            raise self._error
        return self._error

    async def fetch_open_orders(self, symbol: str, since: int, limit: int) -> list[dict[str, Any]]:
        self.asked.append("open")
        return self._listed.get("open", [])[:limit]

    async def fetch_closed_orders(self, symbol: str, since: int, limit: int) -> list[dict[str, Any]]:
        self.asked.append("closed")
        return self._listed.get("closed", [])[:limit]


OURS = {"id": "77", "clientOrderId": client_id(), "status": "closed", "filled": "0.01"}
OTHER = {"id": "78", "clientOrderId": "web-1", "status": "open", "filled": "0"}


@pytest.mark.parametrize(
    "answer",
    [
        ccxt.ArgumentsRequired("bybit fetchOrder() can only access an order if it is in last 500 orders"),
        ccxt.BadRequest("kraken EGeneral:Invalid arguments:userref"),
        ccxt.NotSupported("fetchOrder() by client id"),
        ccxt.OrderNotFound("asked for an order without an id"),
        ccxt.ExchangeError("coinbase unknown route"),
        ccxt.ExchangeNotAvailable("coinbase GET orders/historical/ 404 Not Found"),
        TypeError("what a class makes of null"),
        {"id": None, "clientOrderId": None},
        OTHER,
    ],
)
def test_a_class_that_does_not_find_by_our_id_is_asked_for_its_lists(answer: Any) -> None:
    listing = Listing(answer, open=[OTHER], closed=[OURS])
    found = asyncio.run(ExchangeAccount(listing, SYMBOL).find(an_order()))
    assert found is not None
    assert (found.id, found.status) == ("77", "closed")


def test_a_class_that_fetches_no_order_finds_it_in_its_lists_by_the_exchanges_id() -> None:
    listing = Listing(ccxt.ArgumentsRequired("bybit"), open=[OTHER], closed=[{**OURS, "clientOrderId": None}])
    account = ExchangeAccount(listing, SYMBOL)

    async def twice() -> None:
        for _ in range(2):
            found = await account.find(an_order(exchange_order_id="77"))
            assert found is not None

    asyncio.run(twice())
    assert listing.asked == ["order 77", "open", "closed", "open", "closed"], "what it has not is asked once"


def test_what_is_in_no_list_is_not_there() -> None:
    listing = Listing(ccxt.OrderNotFound("no"), open=[OTHER])
    assert asyncio.run(ExchangeAccount(listing, SYMBOL).find(an_order())) is None


@pytest.mark.parametrize("error", [ccxt.RequestTimeout("x"), ccxt.RateLimitExceeded("x"), ccxt.DDoSProtection("x")])
def test_a_question_that_the_line_has_lost_is_asked_again_as_it_was(error: Exception) -> None:
    listing = Listing(error, closed=[OURS])
    with pytest.raises(type(error)):
        asyncio.run(ExchangeAccount(listing, SYMBOL).find(an_order()))
    assert listing.asked == ["order"]


@pytest.mark.parametrize("answer", [ccxt.ExchangeError("unknown route"), ccxt.NotSupported("no"), OTHER])
def test_an_error_is_no_proof_where_no_list_has_orders_that_are_over(answer: Any) -> None:
    listing = Listing(answer, open=[OTHER])
    listing.has["fetchClosedOrders"] = False
    account = ExchangeAccount(listing, SYMBOL)
    for _ in range(2):
        with pytest.raises((ccxt.ExchangeError, ccxt.NotSupported)):
            asyncio.run(account.find(an_order()))


def test_what_is_not_in_a_full_list_may_be_on_its_next_page() -> None:
    listing = Listing(ccxt.ExchangeError("unknown route"), closed=[{**OTHER, "id": str(n)} for n in range(30)])
    with pytest.raises(ccxt.BadResponse, match="more orders since then than it lists"):
        asyncio.run(ExchangeAccount(listing, SYMBOL).find(an_order()))


LISTS = {
    "bitget": ["unfilled-orders", "history-orders", "history-orders"],
    "bybit": ["v5/order/realtime", "v5/order/history", "v5/order/history"],
    "coinbase": ["historical/batch", "historical/batch"],
    "kucoin": ["status=active", "status=done"],
    "okx": ["orders-pending", "state=filled", "state=canceled"],
}
LARGEST = {"bitget": 100, "bybit": 50, "coinbase": 100, "kucoin": 500, "okx": 100}
"""By the exchanges' own documentation."""


@pytest.mark.parametrize(("exchange_id", "lists"), LISTS.items())
def test_an_order_that_a_class_does_not_find_is_looked_for_in_lists_as_long_as_the_exchange_has_them(
    exchange_id: str, lists: list[str]
) -> None:
    captured = Captured(exchange_id)
    captured.exchange.options.update(enableUnifiedAccount=True, enableUnifiedMargin=False)
    assert asyncio.run(ExchangeAccount(captured.exchange, SYMBOL).find(an_order())) is None
    asked = [url for _, url, _ in captured.sent][-len(lists) :]
    for words, url in zip(lists, asked, strict=True):
        assert words in url
        assert int(re.findall(r"(?:limit|pageSize)=(\d+)", url)[0]) <= LARGEST[exchange_id]


@pytest.mark.parametrize(("exchange_id", "page"), [("binance", 500), ("cryptocom", 100), ("kraken", 50)])
def test_a_list_is_as_long_as_the_exchange_takes_it(exchange_id: str, page: int) -> None:
    exchange = Captured(exchange_id).exchange
    assert [page_at(exchange, SYMBOL, name) for name in ("fetchOpenOrders", "fetchClosedOrders")] == [page, page]


def test_bybit_is_asked_for_an_order_by_its_own_id() -> None:
    captured = Captured("bybit")
    captured.exchange.options.update(enableUnifiedAccount=True, enableUnifiedMargin=False)
    asyncio.run(ExchangeAccount(captured.exchange, SYMBOL).find(an_order(exchange_order_id="77")))
    assert "orderId=77" in captured.sent[0][1], "without a word to ccxt it would ask nobody"


LIVES_FOR_S = {
    "binance": 10, "binanceus": 10, "bybit": 5, "mexc": 5, "xt": 5, "okx": 30, "okxus": 30, "coinbase": 120,
    "kraken": 60, "kucoin": 60, "hashkey": 60,
}  # fmt: skip


@pytest.mark.parametrize(("exchange_id", "seconds"), LIVES_FOR_S.items())
def test_an_order_is_waited_for_as_long_as_the_exchange_would_still_take_it(exchange_id: str, seconds: int) -> None:
    assert lives_for_s(connect(exchange_id, {})) == seconds


@pytest.mark.parametrize(("exchange_id", "seconds"), [("binance", 5), ("okx", 30), ("kraken", 60)])
def test_a_window_of_ones_own_counts_where_ccxt_sends_it(exchange_id: str, seconds: int) -> None:
    assert lives_for_s(connect(exchange_id, {"options": {"recvWindow": 5_000}})) == seconds


@pytest.mark.parametrize(("exchange_id", "seconds"), [("binance", 12), ("coinbase", 122)])
def test_a_live_broker_waits_so_long_and_a_little_for_the_clock(
    exchange_id: str, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"apiKey": "k", "secret": "s"}
    monkeypatch.setenv("TAPEDECK_EXCHANGE", exchange_id)
    monkeypatch.setenv("TAPEDECK_EXCHANGE_CONFIG", json.dumps(given))
    assert live_broker(load(), SYMBOL)._patience.arrives_within_s == seconds
