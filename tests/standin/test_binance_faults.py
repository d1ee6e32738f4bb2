"""Each fault of the stand-in, as the real ccxt.pro.binance meets it."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Fault
from tests.standin.trading import SYMBOL, on_an_exchange

OUTCOME_UNKNOWN = (ccxt.ExchangeNotAvailable, ccxt.RequestTimeout)


async def buy(client: Any, name: str = "mine-1") -> Any:
    return await client.create_order(SYMBOL, "market", "buy", 0.01, None, {"clientOrderId": name})


@pytest.mark.parametrize("accepted", [True, False])
def test_a_connection_is_cut_with_the_order_taken_or_lost(accepted: bool) -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.add(Fault(kind="order", answer="cut", accepted=accepted))
        with pytest.raises(OUTCOME_UNKNOWN):
            await buy(client)
        assert len(binance.exchange.orders) == accepted
        assert [(posted.client_order_id, posted.outcome) for posted in binance.posted] == [
            ("mine-1", "taken" if accepted else "lost")
        ]
        await buy(client, "mine-2")
        assert binance.posts_by_client_id == {"mine-1": 1, "mine-2": 1}

    on_an_exchange(scenario)


@pytest.mark.parametrize("accepted", [True, False])
def test_an_internal_error_says_nothing_of_the_order(accepted: bool) -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        binance.faults.add(Fault(kind="order", answer="500", accepted=accepted))
        with pytest.raises(ccxt.OperationFailed, match="-1001"):
            await buy(client)
        assert len(binance.exchange.orders) == accepted

    on_an_exchange(scenario)


def test_an_answer_that_comes_late_is_a_time_out_with_the_order_taken() -> None:
    async def scenario(binance: BinanceStandIn, client: Any) -> None:
        client.timeout = 100
        binance.faults.add(Fault(kind="order", answers_after_s=5))
        with pytest.raises(ccxt.RequestTimeout):
            await buy(client)
        assert len(binance.exchange.orders) == 1

    on_an_exchange(scenario)
