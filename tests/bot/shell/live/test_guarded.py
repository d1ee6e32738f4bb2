"""An exchange that was asked too often is left alone by the account too: by its questions and by its orders."""

from __future__ import annotations

import asyncio
from pathlib import Path

import ccxt
import pytest

from bot.shell.live.account import ExchangeAccount
from bot.shell.markets.rest_pause import RestPaused
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Answer, Fault
from tests.support.live import account_at, an_order, on_a_stand_in, until
from tests.support.live_trader import trading

JUST_UNDER_S = 0.9
"""The stand-in asks for a second."""


async def is_kept_from(binance: BinanceStandIn, account: ExchangeAccount) -> None:
    """Asserts that nothing of all that an account does reaches the exchange."""
    asked, order = len(binance.requests), an_order(exchange_order_id="7")
    doing = (account.balances, lambda: account.send(order), lambda: account.find(order), lambda: account.cancel(order))
    for do in doing:
        with pytest.raises(RestPaused):
            await do()
    assert len(binance.requests) == asked
    assert binance.posted == []


@pytest.mark.parametrize("answer", ["429", "418"])
def test_after_one_refusal_nothing_is_sent_until_the_time_is_over(answer: Answer) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            await account.balances()
            binance.faults.add(Fault(kind="query", answer=answer))
            with pytest.raises(ccxt.RateLimitExceeded):
                await account.balances()
            await is_kept_from(binance, account)
            await asyncio.sleep(JUST_UNDER_S / 2)
            await is_kept_from(binance, account)
            await asyncio.sleep(1.05 - JUST_UNDER_S / 2)
            assert (await account.balances()).quote == 10_000
            assert (await account.send(an_order())).filled > 0

    on_a_stand_in(scenario)


def test_a_key_that_may_not_trade_stops_no_question() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            await account.balances()
            binance.faults.key_may_trade = False
            with pytest.raises((ccxt.DDoSProtection, ccxt.AuthenticationError)) as refused:
                await account.send(an_order())
            assert not isinstance(refused.value, RestPaused)
            assert (await account.balances()).quote == 10_000

    on_a_stand_in(scenario)


def test_balances_are_compared_again_when_the_pause_is_over_and_not_before(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, has_stream=False) as trader:
            now_s = asyncio.get_running_loop().time
            binance.faults.add(Fault(kind="query", answer="429"))
            await until(lambda: not binance.faults.pending)
            refused_at, asked, seen = now_s(), len(binance.requests), trader.state.balances_seen
            await until(lambda: trader.state.balances_seen is not seen)
            assert now_s() - refused_at >= JUST_UNDER_S
            assert len(trader.troubles) == 1, "who waits says so once"
            assert len(binance.requests) <= asked + 2, "the balances and what rests there, asked once"

    on_a_stand_in(scenario)
