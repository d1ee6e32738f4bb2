"""The exchange's balances beside the journal's: a difference is told, stops entries, and is settled or taken over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Fault
from tests.standin.binance_orders import NewOrder
from tests.support.live import QUICK, client_id, on_a_stand_in, until
from tests.support.live_trader import LiveTrader, alive, ordering, trading

DIFFER = "The exchange and the journal differ: "


def move(binance: BinanceStandIn, **amounts: str) -> None:
    """A person pays in, or out where the amount is negative."""
    for asset, amount in amounts.items():
        binance.exchange.deposit(asset, Decimal(amount))


def place_by_hand(binance: BinanceStandIn, **fields: Any) -> None:
    usual = {"side": "BUY", "type": "LIMIT", "quantity": Decimal("0.01"), "price": Decimal(42_000)}
    binance.exchange.place(NewOrder(symbol="BTCUSDT", **{**usual, **fields}))


async def differs(trader: LiveTrader) -> str:
    """Waits until a difference is told, and gives its sentence."""
    await until(lambda: trader.alerts and trader.alerts[-1].startswith(DIFFER))
    return trader.alerts[-1].removeprefix(DIFFER)


async def is_settled(trader: LiveTrader) -> None:
    """Waits until exchange and journal are said to agree again."""
    await until(lambda: trader.alerts[-1].startswith("Settled: "))


async def agrees(trader: LiveTrader) -> None:
    """Waits for another look, which finds no difference."""
    seen = trader.state.balances_seen
    await until(lambda: trader.state.balances_seen is not seen)
    assert trader.state.suspected is None


def test_the_account_opens_with_what_the_exchange_holds_and_leaves_its_base_alone(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            assert trader.account.portfolio.deposit == 10_000
            assert (trader.account.portfolio.base, trader.account.base_elsewhere) == (Decimal(0), Decimal(1))
            assert trader.status["balances"]["base"] == "1"
            refused = trader.ask("close_position")
            assert refused["error"] == "There is nothing to sell: the bot holds no BTC."

    on_a_stand_in(scenario)


def test_no_entry_before_the_first_look(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.faults.add(Fault(kind="query", answer="500", times=3))
        async with alive(binance, tmp_path) as trader:
            trader.enter()
            assert [trader.alerts, trader.state.account.orders] == [[], ()]
            await until(lambda: trader.troubles)
            assert trader.status["message"].startswith("Asking the exchange what is held failed")
            assert binance.posted == []
            await until(lambda: trader.fills)
            assert trader.state.balances_seen is not None

    on_a_stand_in(scenario)


@pytest.mark.parametrize(
    ("moved", "sentence"),
    [
        ({"USDT": "500"}, "The exchange holds 10500 USDT, 500 more than the journal's 10000"),
        ({"USDT": "-0.00000001"}, "The exchange holds 9999.99999999 USDT, 0.00000001 less than the journal's 10000"),
        ({"BTC": "0.5"}, "The exchange holds 1.5 BTC, 0.5 more than the journal's 1"),
        ({"BTC": "-0.25"}, "The exchange holds 0.75 BTC, 0.25 less than the journal's 1"),
    ],
)
def test_what_a_person_moves_is_told_and_stops_entries_until_it_is_taken_over(
    tmp_path: Path, moved: dict[str, str], sentence: str
) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            move(binance, **moved)
            told = await differs(trader)
            assert told == f"{sentence}: no new entries until it is settled; resume takes the exchange's figures over."
            assert trader.alerts == [DIFFER + told]
            assert trader.status["message"] == told
            trader.enter()
            assert trader.alerts[-1] == f"Entry skipped: {told}"
            assert binance.posted == []
            assert trader.ask("resume")["ok"]
            assert trader.status.get("message") is None
            await agrees(trader)
            assert trader.account.portfolio.realized_pnl == 0
            trader.enter()
            await until(lambda: trader.fills)

    on_a_stand_in(scenario)


def test_a_difference_that_goes_away_is_settled_by_itself(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            move(binance, USDT="500")
            await differs(trader)
            move(binance, USDT="-500")
            await is_settled(trader)
            assert trader.alerts[-1] == "Settled: The exchange and the journal agree again."
            assert trader.status.get("message") is None

    on_a_stand_in(scenario)


def test_a_difference_is_told_once_however_often_it_is_seen(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            move(binance, USDT="500")
            await differs(trader)
            for _ in range(3):
                seen = trader.state.balances_seen
                await until(lambda seen=seen: trader.state.balances_seen is not seen)  # type: ignore[misc]
            assert len(trader.alerts) == 1
            trader.ask("resume")

    on_a_stand_in(scenario)


def test_a_position_that_a_person_reduced_by_hand_shrinks_at_its_cost(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        move(binance, BTC="-1")
        async with trading(binance, tmp_path) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            bought = trader.account.portfolio.base
            place_by_hand(binance, side="SELL", type="MARKET", price=Decimal(0), quantity=Decimal("0.02"))
            await differs(trader)
            trader.ask("resume")
            await agrees(trader)
            assert trader.account.portfolio.base == bought - Decimal("0.02")
            assert trader.account.portfolio.realized_pnl == 0
            trader.ask("close_position")
            await until(lambda: trader.is_idle)
            assert trader.account.portfolio.lot is None

    on_a_stand_in(scenario)


def test_a_position_that_a_person_sold_whole_is_gone(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        move(binance, BTC="-1")
        async with trading(binance, tmp_path) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            move(binance, BTC=f"-{binance.exchange.wallet['BTC'].total}")
            await differs(trader)
            trader.ask("resume")
            await agrees(trader)
            assert (trader.status["position"], trader.account.parts) == (None, 0)

    on_a_stand_in(scenario)


def test_what_was_there_before_goes_first_where_base_leaves_the_account(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            bought = trader.account.portfolio.base
            move(binance, BTC="-0.4")
            await differs(trader)
            trader.ask("resume")
            await agrees(trader)
            assert (trader.account.portfolio.base, trader.account.base_elsewhere) == (bought, Decimal("0.6"))
            trader.ask("close_position")
            await until(lambda: trader.is_idle)
            assert binance.exchange.wallet["BTC"].total >= Decimal("0.6")

    on_a_stand_in(scenario)


def test_orders_of_others_are_left_alone_and_make_no_difference(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        place_by_hand(binance, client_order_id="web-1")
        place_by_hand(binance, side="SELL", price=Decimal(50_000), client_order_id="x-other-bot")
        async with trading(binance, tmp_path) as trader:
            await agrees(trader)
            trader.enter()
            await until(lambda: trader.is_idle)
            trader.ask("halt", flatten=True)
            await until(lambda: not trader.account.flattening)
            await agrees(trader)
            assert [order.client_order_id for order in binance.exchange.open_orders()] == ["web-1", "x-other-bot"]
            assert trader.account.base_elsewhere == 1

    on_a_stand_in(scenario)


@pytest.mark.parametrize("name", [client_id(1), client_id(1)[:28]], ids=["whole", "as much as gate takes"])
def test_an_order_of_ours_that_rests_and_is_over_by_the_journal_is_told(tmp_path: Path, name: str) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            binance.faults.add(Fault(kind="order", answer="cut", accepted=False))
            trader.enter()
            await until(lambda: trader.is_idle)
            place_by_hand(binance, client_order_id=name)
            told = await differs(trader)
            assert "over by the journal rest on the exchange" in told
            assert name in told
            binance.exchange.cancel("BTCUSDT", client_order_id=name)
            await is_settled(trader)

    on_a_stand_in(scenario)


def test_while_an_order_is_on_its_way_nothing_is_judged(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, has_stream=False) as trader:
            binance.faults.trades_hidden_for = 8
            binance.faults.add(Fault(kind="order", answer="cut"))
            trader.enter()
            await until(lambda: trader.is_idle)
            await agrees(trader)
            assert trader.alerts == []

    on_a_stand_in(scenario)


def test_a_limit_that_rests_holds_back_and_makes_no_difference(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, config=ordering(entry="limit")) as trader:
            trader.enter()
            await until(lambda: trader.order.status == "open")
            await agrees(trader)
            await binance.trade("42000", quantity="0.02")
            await until(lambda: trader.fills)
            await agrees(trader)
            assert trader.alerts == []
            trader.ask("stop_bot")

    on_a_stand_in(scenario)


def test_a_fill_that_nobody_has_told_yet_is_asked_for_before_it_makes_a_difference(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        patience = replace(QUICK, first_poll_s=1_000, longest_poll_s=1_000, reconcile_soon_s=0.1)
        config = ordering(entry="limit")
        async with trading(binance, tmp_path, config=config, patience=patience, has_stream=False) as trader:
            trader.enter()
            await until(lambda: trader.order.status == "open")
            binance.exchange.trade("BTCUSDT", Decimal(42_000), Decimal("0.02"))
            await until(lambda: trader.fills)
            await agrees(trader)
            assert trader.alerts == []
            trader.ask("stop_bot")

    on_a_stand_in(scenario)


def test_what_changed_while_the_bot_was_away_is_told_after_the_start(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path):
            pass
        move(binance, USDT="-100")
        async with trading(binance, tmp_path) as trader:
            assert "100 less than the journal's 10000" in await differs(trader)
            trader.ask("resume")

    on_a_stand_in(scenario)


def test_balances_that_cannot_be_asked_for_are_a_trouble_and_no_difference(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            binance.faults.add(Fault(kind="query", answer="broken", times=4))
            await until(lambda: trader.troubles)
            await until(lambda: trader.state.broker_message is None)
            await asyncio.sleep(0)
            assert trader.alerts == []

    on_a_stand_in(scenario)
