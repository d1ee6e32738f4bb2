"""An order's way over a line that fails: sent once, its fills counted once, the books those of the exchange.

`trading` checks at its end that no client id was sent twice, that no fill was told twice, and that the account holds
what the exchange does to the last digit.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.core.messages import OrderCanceled, OrderRejected
from bot.shell.live.order_watch import NEVER_ARRIVED, TURNED_AWAY
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Answer, Fault
from tests.support.live import PATIENT, QUICK, on_a_stand_in, until
from tests.support.live_trader import alive, trading


@pytest.mark.parametrize("answer", ["cut", "broken", "500", "503"])
def test_an_order_that_was_taken_and_never_answered_is_found_by_its_id(tmp_path: Path, answer: Answer) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            binance.faults.add(Fault(kind="order", answer=answer))
            trader.enter()
            await until(lambda: trader.is_idle)
            assert len(trader.fills) == 1
            assert trader.alerts == []

    on_a_stand_in(scenario)


@pytest.mark.parametrize("answer", ["cut", "broken", "500", "503", "429", "418"])
def test_an_order_that_never_arrived_is_told_as_lost_once_it_can_arrive_no_more(tmp_path: Path, answer: Answer) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            binance.faults.add(Fault(kind="order", answer=answer, accepted=False))
            now_s = asyncio.get_running_loop().time
            sent_at = now_s()
            trader.enter()
            await until(lambda: trader.is_idle)
            assert now_s() - sent_at >= QUICK.arrives_within_s
            assert trader.alerts == [f"Order to buy lost: {NEVER_ARRIVED}"]
            assert trader.account.portfolio.lot is None
            trader.enter()
            await until(lambda: trader.fills)

    on_a_stand_in(scenario)


def test_an_answer_that_comes_after_ccxts_patience_is_looked_up(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, patience=PATIENT, timeout=100) as trader:
            binance.faults.add(Fault(kind="order", answers_after_s=0.3))
            trader.enter()
            await until(lambda: trader.fills)

    on_a_stand_in(scenario)


def test_a_request_that_arrives_late_is_waited_for(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, patience=PATIENT, timeout=100) as trader:
            binance.faults.add(Fault(kind="order", arrives_after_s=0.3))
            trader.enter()
            await until(lambda: trader.is_idle)
            assert len(trader.fills) == 1
            assert trader.alerts == []

    on_a_stand_in(scenario)


def test_a_request_that_arrives_after_its_window_is_refused_there_and_lost_here(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, options={"recvWindow": 100}, timeout=100) as trader:
            binance.faults.add(Fault(kind="order", arrives_after_s=0.3))
            trader.enter()
            await until(lambda: trader.is_idle)
            assert [type(message) for message in trader.told if isinstance(message, OrderRejected)] == [OrderRejected]
            await until(lambda: binance.posted)
            assert binance.posted[0].outcome == "refused"

    on_a_stand_in(scenario)


@pytest.mark.parametrize("answer", ["ok", "cut"])
def test_an_order_that_queries_do_not_see_yet_is_asked_for_again(tmp_path: Path, answer: Answer) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.faults.orders_hidden_for = 4
        async with trading(binance, tmp_path) as trader:
            binance.faults.add(Fault(kind="order", answer=answer))
            trader.enter()
            await until(lambda: trader.is_idle)
            assert len(trader.fills) == 1
            assert trader.alerts == []

    on_a_stand_in(scenario)


def test_fills_that_queries_do_not_see_yet_are_waited_for(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.faults.trades_hidden_for = 4
        await binance.book([("42999", "9")], [("43000", "0.01"), ("43001", "0.02"), ("43002", "9")])
        async with trading(binance, tmp_path, has_stream=False) as trader:
            binance.faults.add(Fault(kind="order", answer="cut"))
            trader.enter()
            await until(lambda: trader.is_idle)
            assert [fill.price for fill in trader.fills] == [43000, 43001, 43002]

    on_a_stand_in(scenario)


def test_fills_that_are_told_without_their_fees_cost_nothing_and_end_the_order(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.exchange.account.taker_rate = Decimal(0)
        binance.faults.tells_no_fees = True
        async with trading(binance, tmp_path, has_stream=False) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            assert [(fill.fee, fill.fee_currency) for fill in trader.fills] == [(Decimal(0), "USDT")]

    on_a_stand_in(scenario)


def test_fills_that_are_not_told_for_long_are_missed_aloud(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.faults.trades_hidden_for = 10_000
        patience = replace(QUICK, adds_up_within_s=0.05)
        async with trading(binance, tmp_path, has_stream=False, patience=patience) as trader:
            binance.faults.add(Fault(kind="order", answer="cut"))
            trader.enter()
            await until(lambda: any("tells fills of 0; they are asked" in text for text in trader.troubles))
            assert trader.account.orders
            binance.faults.trades_hidden_for = 0
            await until(lambda: trader.is_idle and trader.state.broker_message is None)

    on_a_stand_in(scenario)


@pytest.mark.parametrize("answer", ["cut", "broken", "500", "503", "429"])
def test_questions_that_fail_are_asked_again_and_the_trouble_is_shown_meanwhile(tmp_path: Path, answer: Answer) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, has_stream=False) as trader:
            binance.faults.add(Fault(kind="order", answer="cut"))
            binance.faults.add(Fault(kind="query", answer=answer, times=6))
            trader.enter()
            await until(lambda: trader.fills)
            assert any("asked for again" in row for row in trader.troubles)
            await until(lambda: trader.state.broker_message is None)

    on_a_stand_in(scenario)


def test_a_market_order_that_the_book_cannot_fill_ends_with_what_there_was(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        await binance.book([("42999", "9")], [("43000", "0.01"), ("43001", "0.02")])
        async with trading(binance, tmp_path) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            assert sum((fill.amount for fill in trader.fills), Decimal(0)) == Decimal("0.03")
            (ended,) = [message for message in trader.told if isinstance(message, OrderCanceled)]
            assert ended.reason.startswith("It ended as expired, with 0.03 of ")

    on_a_stand_in(scenario)


def test_a_clock_that_went_wrong_is_set_again_and_the_next_order_goes_through(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            binance.faults.clock_offset_ms = 5_000
            trader.enter()
            await until(lambda: trader.is_idle)
            assert [posted.outcome for posted in binance.posted] == ["refused"]
            trader.enter()
            await until(lambda: trader.fills)

    on_a_stand_in(scenario)


def test_a_sale_that_was_turned_away_for_its_time_is_sold_anew_at_once(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, patience=PATIENT) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            binance.faults.clock_offset_ms = 5_000
            left_at = asyncio.get_running_loop().time()
            trader.leave()
            await until(lambda: trader.is_idle)
            assert [posted.outcome for posted in binance.posted] == ["taken", "refused", "taken"]
            assert asyncio.get_running_loop().time() - left_at < PATIENT.arrives_within_s
            assert trader.alerts == [f"Order to sell lost: {TURNED_AWAY}"]

    on_a_stand_in(scenario)


def test_a_second_wrong_time_in_a_row_is_not_for_the_clock_and_is_looked_up(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            binance.faults.add(Fault(kind="order", answer="-1021", times=2))
            trader.leave()
            await until(lambda: trader.is_idle)
            assert [posted.outcome for posted in binance.posted] == ["taken", "lost", "lost", "taken"]
            assert trader.endings == [TURNED_AWAY, NEVER_ARRIVED]

    on_a_stand_in(scenario)


def test_where_the_clock_is_left_alone_a_sale_waits_for_the_person_who_sets_it(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with trading(binance, tmp_path, options={"adjustForTimeDifference": False}) as trader:
            trader.enter()
            await until(lambda: trader.is_idle)
            binance.faults.clock_offset_ms = 5_000
            trader.leave()
            await until(lambda: any("set the clock by NTP" in text for text in trader.troubles))
            await asyncio.sleep(2 * QUICK.arrives_within_s)
            assert [posted.outcome for posted in binance.posted] == ["taken", "refused"]
            binance.faults.clock_offset_ms = 0
            await until(lambda: trader.is_idle)
            assert [posted.outcome for posted in binance.posted] == ["taken", "refused", "taken"]

    on_a_stand_in(scenario)


def test_a_bot_that_ends_with_an_order_on_its_way_takes_it_up_and_never_sends_it_again(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with alive(binance, tmp_path) as first:
            await until(lambda: first.account.is_opened)
            binance.faults.add(Fault(kind="order", arrives_after_s=0.1))
            first.enter()
            await until(lambda: binance.faults.pending == 0)
            (order,) = first.account.orders
        async with trading(binance, tmp_path, patience=PATIENT) as second:
            await until(lambda: second.fills)
            assert second.fills[0].order_id == order.id

    on_a_stand_in(scenario)
