"""The trailing stop: it follows the highest bid in steps, never falls, and survives a restart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.limits import peak_step_pct
from bot.core.state import State, dump_account, load_account
from bot.core.view import status_key
from tests.support.risk import Desk, entered, limited
from tests.support.trading import command, filled, price, through

NO_TARGET = {"take_profit_pct": None}


def trailing(**limits: object) -> State:
    return entered(limited(**{"trailing_stop_pct": 1, "config": NO_TARGET, **limits}))  # type: ignore[arg-type]


def test_it_follows_the_highest_bid_and_the_sale_says_peak_stop_and_percent() -> None:
    state = through(trailing(), price(41_000, bid=Decimal(40_990)), price(40_700, bid=Decimal(40_690)))[0]
    assert state.account.stop_price == Decimal("40580.10")
    _, _, (sale,) = through(state, price(40_580))
    assert sale.order.reason == (
        "Trailing stop: price 40,580.00 fell to the stop at 40,580.10"
        " (1 % below the highest bid since the entry, 40,990.00)"
    )
    assert sale.order.purpose == "protection"


def test_the_stop_loss_holds_where_it_is_nearer() -> None:
    state = through(trailing(trailing_stop_pct=5), price(40_000))[0]
    assert state.account.stop_price == Decimal("39200.00")
    assert through(state, price(39_200))[2][0].order.reason.startswith("Stop loss: ")


def test_it_waits_for_its_activation_and_stays_once_it_is_active() -> None:
    state = through(trailing(trailing_activation_pct=3), price(41_199))[0]
    assert state.account.stop_price == Decimal("39200.00")
    state = through(state, price(41_200))[0]
    assert state.account.stop_price == Decimal("40788.00")
    _, _, effects = through(state, command("test_trade", side="buy"))
    state = through(state, command("test_trade", side="buy"), filled(effects[0].order, 41_000))[0]
    assert state.account.stop_price == Decimal("40788.00")  # a higher average entry does not take it away


def test_one_that_is_active_keeps_what_it_reached_and_goes_on_when_its_settings_become_wider() -> None:
    state = through(trailing(), price(41_000))[0]
    wider = limited(trailing_stop_pct=3, trailing_activation_pct=10, config=NO_TARGET).config
    state = through(replace(state, config=wider), price(41_100))[0]
    assert state.account.stop_price == state.account.risk.trailing_stop == Decimal("40590.00")
    state = through(state, price(42_500))[0]
    assert state.account.stop_price == Decimal("41225.00")


def test_a_small_rise_is_neither_written_nor_sent() -> None:
    state = through(trailing(), price(40_000))[0]
    near = through(state, price(40_039))[0]
    assert near.account is state.account
    assert status_key(near) == status_key(state)
    far = through(near, price(40_040))[0]  # 0.1 % over the peak
    assert far.account.stop_price == Decimal("39639.60")
    assert status_key(far) != status_key(state)


def test_the_next_position_begins_anew() -> None:
    state, _, (sale,) = through(through(trailing(), price(45_000))[0], price(44_000))
    state = entered(through(state, filled(sale.order, 44_000))[0], 1, 42_000)
    assert state.account.risk.highest_bid is None
    assert through(state, price(42_000))[0].account.stop_price == Decimal("41580.00")


def test_a_restart_finds_it_where_it_was() -> None:
    state = through(trailing(), price(41_000))[0]
    again = State(
        config=state.config, account=load_account(dump_account(state.account)), feed="live", rules=state.rules
    )
    assert again.account == state.account
    assert through(again, price(40_590))[2][0].order.reason.startswith("Trailing stop: ")


BIDS = st.lists(st.integers(36_000, 46_000), min_size=1, max_size=40)


@given(BIDS, st.sampled_from(["0.3", "1", "4"]), st.sampled_from([None, "0.5", "2"]), st.booleans())
def test_it_never_falls_and_is_within_a_step_of_the_highest_bid(
    bids: list[int], percent: str, activation: str | None, restarts: bool
) -> None:
    desk = Desk(trailing(trailing_stop_pct=percent, trailing_activation_pct=activation))
    stops: list[Decimal] = []
    highest = 0
    for bid in bids:
        desk.take(price(bid))
        if desk.placed:
            break
        highest = max(highest, bid)
        stops += [desk.state.account.stop_price or Decimal(0)]
        peak = desk.state.account.risk.highest_bid
        has_risen = activation is None or highest >= 40_000 * (100 + Decimal(activation)) / 100
        assert (peak is not None) == has_risen
        assert peak is None or peak <= highest < peak * (1 + peak_step_pct(Decimal(percent)) / 100)
        if restarts:
            desk.restart()
    assert stops == sorted(stops)


@given(BIDS)
def test_the_stop_that_sells_is_the_one_that_was_shown(bids: list[int]) -> None:
    desk = Desk(trailing())
    for bid in bids:
        shown = desk.state.account.stop_price
        desk.take(price(bid))
        if desk.placed:
            assert shown is not None
            assert bid <= shown
            return
    assert desk.state.account.stop_price is not None
    assert bids[-1] > desk.state.account.stop_price


@pytest.mark.parametrize(("percent", "step"), [("1", "0.1"), ("0.4", "0.04"), ("50", "0.1")])
def test_the_step_is_a_tenth_of_the_distance_at_most_a_thousandth(percent: str, step: str) -> None:
    assert peak_step_pct(Decimal(percent)) == Decimal(step)
