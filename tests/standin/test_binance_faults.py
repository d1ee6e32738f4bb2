"""Each fault of the stand-in's REST side, as the real ccxt.pro.binance meets it."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Answer, Fault, Kind
from tests.standin.trading import SYMBOL, on_an_exchange, until

OUTCOME_UNKNOWN = (ccxt.ExchangeNotAvailable, ccxt.RequestTimeout)


async def buy(client: Any, name: str = "mine-1") -> Any:
    return await client.create_order(SYMBOL, "market", "buy", 0.01, None, {"clientOrderId": name})


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize(
    ("answer", "error"),
    [("cut", OUTCOME_UNKNOWN), ("500", ccxt.OperationFailed), ("503", ccxt.OperationFailed)],
)
def test_an_order_is_taken_or_lost_and_the_answer_does_not_say_which(
    answer: Answer, error: type[Exception], accepted: bool
) -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.add(Fault(kind="order", answer=answer, accepted=accepted))
        with pytest.raises(error):
            await buy(client)
        assert len(binance.exchange.orders) == accepted
        assert [(posted.client_order_id, posted.outcome) for posted in binance.posted] == [
            ("mine-1", "taken" if accepted else "lost")
        ]
        await buy(client, "mine-2")
        assert binance.posts_by_client_id == {"mine-1": 1, "mine-2": 1}

    on_an_exchange(scenario)


@pytest.mark.parametrize(("answer", "status"), [("429", 429), ("418", 418)])
def test_too_many_requests_are_answered_with_how_long_to_wait_and_nothing_is_done(answer: Answer, status: int) -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.add(Fault(answer=answer))
        with pytest.raises(ccxt.DDoSProtection, match=f"{status}.*-1003"):
            await buy(client)
        assert client.last_response_headers["Retry-After"] == "1"
        assert not binance.exchange.orders

    on_an_exchange(scenario)


def test_a_wrong_time_is_told_and_nothing_is_done() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.add(Fault(kind="order", answer="-1021"))
        with pytest.raises(ccxt.InvalidNonce, match="outside of the recvWindow"):
            await buy(client)
        assert not binance.exchange.orders
        await buy(client)

    on_an_exchange(scenario)


def test_half_a_json_is_an_order_without_an_id_for_ccxt_and_the_order_is_taken() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.add(Fault(kind="order", answer="broken"))
        order = await buy(client)
        assert (order["id"], order["status"]) == (None, None)
        assert len(binance.exchange.orders) == 1

    on_an_exchange(scenario)


def test_an_answer_that_comes_late_is_a_time_out_with_the_order_taken() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        client.timeout = 100
        binance.faults.add(Fault(kind="order", answers_after_s=5))
        with pytest.raises(ccxt.RequestTimeout):
            await buy(client)
        assert len(binance.exchange.orders) == 1

    on_an_exchange(scenario)


def test_an_order_that_arrives_late_is_not_there_when_it_is_looked_up_and_comes_after() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        client.timeout = 100
        binance.faults.add(Fault(kind="order", arrives_after_s=0.3))
        with pytest.raises(ccxt.RequestTimeout):
            await buy(client)
        with pytest.raises(ccxt.OrderNotFound):
            await client.fetch_order(None, SYMBOL, {"clientOrderId": "mine-1"})
        await until(lambda: binance.exchange.orders)
        assert (await client.fetch_order(None, SYMBOL, {"clientOrderId": "mine-1"}))["status"] == "closed"

    on_an_exchange(scenario)


def test_a_cut_cancel_is_sent_again_by_the_client_and_finds_nothing_to_cancel() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        order = await client.create_order(SYMBOL, "limit", "buy", 0.01, 42000)
        binance.faults.add(Fault(kind="cancel", answer="cut"))
        with pytest.raises(ccxt.OrderNotFound, match="-2011"):
            await client.cancel_order(order["id"], SYMBOL)
        assert sum(request.startswith("/api/v3/order?") for request in binance.requests) == 2

    on_an_exchange(scenario)


@pytest.mark.parametrize(
    ("kind", "struck", "spared"),
    [
        ("order", "create_market_buy_order", "fetch_open_orders"),
        ("query", "fetch_open_orders", "create_market_buy_order"),
        ("market", "fetch_order_book", "fetch_open_orders"),
    ],
)
def test_a_fault_strikes_only_its_kind_and_only_so_often(kind: Kind, struck: str, spared: str) -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        calls = {
            "create_market_buy_order": (SYMBOL, 0.01),
            "fetch_open_orders": (SYMBOL,),
            "fetch_order_book": (SYMBOL,),
        }
        binance.faults.add(Fault(kind=kind, answer="500", accepted=False, times=2))
        await getattr(client, spared)(*calls[spared])
        for _ in range(2):
            with pytest.raises(ccxt.OperationFailed):
                await getattr(client, struck)(*calls[struck])
        assert binance.faults.pending == 0
        await getattr(client, struck)(*calls[struck])

    on_an_exchange(scenario)


def test_a_new_order_is_hidden_from_the_first_queries() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.orders_hidden_for = 2
        order = await client.create_order(SYMBOL, "limit", "buy", 0.01, 42000)
        with pytest.raises(ccxt.OrderNotFound):
            await client.fetch_order(order["id"], SYMBOL)
        assert await client.fetch_open_orders(SYMBOL) == []
        assert (await client.fetch_order(order["id"], SYMBOL))["status"] == "open"

    on_an_exchange(scenario)


def test_a_new_execution_is_hidden_from_the_first_queries_of_my_trades() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.trades_hidden_for = 1
        await buy(client)
        assert await client.fetch_my_trades(SYMBOL) == []
        assert len(await client.fetch_my_trades(SYMBOL)) == 1

    on_an_exchange(scenario)


def test_a_restart_keeps_the_port_and_all_that_was_known() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        order = await client.create_order(SYMBOL, "limit", "buy", 0.01, 42000)
        await binance.stop()
        with pytest.raises(ccxt.NetworkError):
            await client.fetch_open_orders(SYMBOL)
        await binance.start()
        assert [found["id"] for found in await client.fetch_open_orders(SYMBOL)] == [order["id"]]

    on_an_exchange(scenario)


def test_a_request_under_way_does_not_hold_a_restart_up() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.add(Fault(kind="order", answers_after_s=60))
        task = asyncio.create_task(buy(client))
        await until(lambda: binance.exchange.orders)
        await binance.restart()
        with pytest.raises(ccxt.NetworkError):
            await task
        assert (await client.fetch_my_trades(SYMBOL))[0]["amount"] == 0.01

    on_an_exchange(scenario)


def test_switches_by_name_and_all_back() -> None:
    faults = BinanceStandIn().faults
    faults.switch(orders_hidden_for=3, is_silent=True, fates=["drop", "twice"])
    assert (faults.orders_hidden_for, faults.stream.is_silent, list(faults.stream.fates)) == (
        3,
        True,
        ["drop", "twice"],
    )
    faults.add(Fault())
    faults.clear()
    assert (faults.orders_hidden_for, faults.stream.is_silent, faults.pending) == (0, False, 0)
    for name in ("stream", "_left", "nothing"):
        with pytest.raises(ValueError, match="there is no switch"):
            faults.switch(**{name: 1})
    with pytest.raises(ValueError, match="answer one of"):
        Fault(answer="maybe")  # type: ignore[arg-type]
