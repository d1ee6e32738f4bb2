"""Positions that are bought in parts: what is bought, how parts are counted, and that strategies keep to them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.messages import Notice, OrderRejected, Said, Signal
from bot.core.state import dump_account, load_account
from bot.core.strategies import load_strategy
from bot.core.strategies.kit import candles
from bot.events import Candle, Price
from bot.shell.backtest import run_backtest
from bot.shell.paper_broker import PaperSettings
from tests.support.parts import PARTED, add, done, held
from tests.support.trading import RULES, T0, candle, command, filled, live_state, price, through


def test_an_entry_that_adds_buys_its_stake_of_the_equity() -> None:
    state = held(1)
    state, _, effects = through(state, price(50_000), candle(1, 50_000), add(1))
    order = effects[0].order
    lot = state.account.portfolio.lot
    assert lot is not None
    equity = state.account.portfolio.cash + lot.amount * 50_000
    wanted = equity / 10 / (50_000 * Decimal("1.001"))
    assert 0 <= wanted - order.amount < RULES.amount_step
    assert (order.side, order.purpose, order.parts) == ("buy", "entry", 1)


def test_an_entry_that_does_not_add_leaves_a_position_alone() -> None:
    plain = Signal(kind="enter", reason="x", candle_ts=T0 + 60_000)
    assert through(held(1), candle(1, 40_000), plain)[2] == []


def test_one_that_adds_and_meets_an_order_on_its_way_says_so_once() -> None:
    state = through(held(1), candle(1, 40_000), add(1))[0]
    state, events, effects = through(state, candle(2, 40_000), add(2), add(2), command("start_bot"))
    assert effects == []
    lines = [event.message for event in events if isinstance(event, Said)]
    assert lines == [f"Buy signal left out, an order is on its way: {add(2).reason}"]


def test_an_added_part_moves_the_average_entry_and_its_protection() -> None:
    config = replace(PARTED, take_profit_pct=Decimal(3))
    state = done(live_state(config=config), 0, add(0), 40_000)
    state = done(state, 1, add(1), 20_000)
    lot = state.account.portfolio.lot
    assert lot is not None
    assert 20_000 < lot.entry_price < 30_000
    target = state.account.take_profit_price
    assert target is not None
    assert abs(target - lot.entry_price * Decimal("1.03")) <= RULES.price_step
    _, _, effects = through(state, price(target))
    assert effects[0].order.amount == lot.amount
    assert effects[0].order.reason.startswith("Take profit")


def test_several_parts_are_bought_at_once() -> None:
    one = through(live_state(config=PARTED), candle(0, 40_000), add(0))[2][0].order
    three = through(live_state(config=PARTED), candle(0, 40_000), add(0, 3))[2][0].order
    assert 0 <= three.amount - 3 * one.amount < 3 * RULES.amount_step
    assert three.parts == 3


def test_no_more_parts_are_bought_than_the_strategy_may_hold() -> None:
    state = done(held(3), 3, add(3, 5))
    assert state.account.parts == 4
    state, events, effects = through(state, candle(4, 40_000), add(4))
    assert effects == []
    assert events == [Said(level="info", message="Buy signal left out, 4 of 4 parts are held: rule 4")]
    assert through(state, add(4))[1] == []  # said once


def test_a_strategy_that_never_said_how_many_parts_has_one() -> None:
    state = done(live_state(), 0, add(0))
    assert through(state, candle(1, 40_000), add(1))[2] == []


def test_an_added_part_takes_no_more_than_the_free_cash_with_its_headroom() -> None:
    state = done(live_state(config=replace(PARTED, stake_pct=Decimal(60))), 0, add(0))
    cash = state.account.portfolio.cash
    order = through(state, candle(1, 40_000), add(1))[2][0].order
    assert order.amount * 40_000 * Decimal("1.001") <= cash / Decimal("1.01")
    assert order.amount * 40_000 > cash * Decimal("0.98")


def test_without_cash_for_the_smallest_order_an_added_part_is_skipped_and_told() -> None:
    state = live_state(config=replace(PARTED, stake_pct=Decimal(100)))
    for number in range(2):
        state = done(state, number, add(number))
    _, events, effects = through(state, candle(2, 40_000), add(2))
    assert effects == []
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.title == "Entry skipped"


def test_nothing_is_added_while_an_order_is_on_its_way() -> None:
    state = through(held(1), candle(1, 40_000), add(1))[0]
    assert through(state, candle(2, 40_000), add(2))[2] == []


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_parts_are_counted_alike_however_the_fills_are_cut(pieces: int) -> None:
    state, _, effects = through(held(1), candle(1, 40_000), add(1, 2))
    order = effects[0].order
    piece = (order.amount / pieces).quantize(RULES.amount_step, "ROUND_FLOOR")
    for number in range(pieces):
        is_last = number == pieces - 1
        amount = order.amount - piece * (pieces - 1) if is_last else piece
        state = through(state, filled(order, 40_000, amount=amount, done=is_last))[0]
    assert state.account.parts == 3


def test_an_entry_that_was_refused_after_a_first_fill_counts_and_one_refused_whole_does_not() -> None:
    state, _, effects = through(held(1), candle(1, 40_000), add(1))
    order = effects[0].order
    refused = OrderRejected(order_id=order.id, reason="no more")
    assert through(state, refused)[0].account.parts == 1
    part = filled(order, 40_000, amount=order.amount / 2, done=False)
    assert through(state, part, refused)[0].account.parts == 2


def test_an_entry_whose_first_fill_was_sold_before_the_rest_was_refused_leaves_no_part() -> None:
    state, _, effects = through(held(0), candle(0, 40_000), add(0))
    entry = effects[0].order
    state = through(state, filled(entry, 40_000, amount=Decimal("0.01"), done=False))[0]
    state, _, effects = through(state, command("close_position"))
    state = through(state, filled(effects[0].order, 40_000), OrderRejected(order_id=entry.id, reason="no more"))[0]
    assert state.account.portfolio.lot is None
    assert state.account.parts == 0


def test_parts_come_back_from_the_journal_and_an_old_one_has_none() -> None:
    account = through(held(2), candle(2, 40_000), add(2))[0].account
    assert load_account(dump_account(account)) == account
    old = dump_account(account).replace('"parts":2,', "").replace('"parts":1,', "")
    assert '"parts"' not in old
    assert load_account(old).parts == 0


@pytest.mark.parametrize(
    ("name", "params"),
    [("dca", {"every": 3, "max_entries": 4, "take_profit_pct": 2}), ("grid", {"step_pct": 1, "levels": 4})],
)
@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(9_000, 11_000), min_size=5, max_size=60))
def test_a_strategy_that_adds_trades_a_whole_file_within_its_parts(
    name: str, params: dict[str, Any], cents: list[int]
) -> None:
    strategy = load_strategy(name, params)
    chosen = strategy.params
    config = replace(PARTED, max_parts=chosen.max_parts, take_profit_pct=chosen.take_profit_pct)
    told: list[Price | Candle] = []
    for one in candles([Decimal(value) / 100 for value in cents], start_ts=T0):
        told += [price(one.close, one.ts), one]
    result = run_backtest(told, RULES, strategy, config, PaperSettings(deposit=Decimal(1000)))
    base, buys = Decimal(0), 0
    for trade in result.trades:
        assert trade.reason.startswith(("DCA: ", "Take profit: ") if name == "dca" else "Grid of 1 %: ")
        base += trade.amount if trade.side == "buy" else -trade.amount
        buys = buys + (trade.side == "buy") if base else 0
        assert name == "grid" or buys <= chosen.max_parts
    assert base == result.state.account.portfolio.base
    assert result.state.account.parts <= config.max_parts
