"""A sale whose fee is taken in the coin that it sells, and a fill that the account cannot have had."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.journal_events import journal_events
from bot.core.messages import CommandDone, Input, Order, OrderFilled, OrderRejected, SessionOpened
from bot.core.portfolio import EXACT
from bot.core.state import State, dump_account, load_account
from tests.support.balances import ELSEWHERE, RESUME, in_position
from tests.support.orders import asked_back, canceled, execution, holding, placed, restarted, with_policy
from tests.support.replayed import figures_of, replayed
from tests.support.risk import alerts, signal
from tests.support.trading import candle, command, price, through

FEE = Decimal("0.00004")
"""More than what the step leaves of a position, and less than what else is on the exchange."""


def with_elsewhere(state: State, base: Any) -> State:
    return replace(state, account=replace(state.account, base_elsewhere=Decimal(base)))


def in_coins(fill: OrderFilled, fee: Decimal) -> OrderFilled:
    return replace(fill, fee=fee, fee_currency="BTC")


def stopped_out(state: State) -> tuple[State, Order]:
    """The stop loss sells all that is held."""
    after, _, effects = through(state, price(39_000))
    (sale,) = placed(effects)
    return after, sale


def is_conserved(state: State) -> bool:
    portfolio = state.account.portfolio
    held = EXACT.add(portfolio.lot.held_cost, portfolio.lot.held_fees) if portfolio.lot else Decimal(0)
    return EXACT.add(portfolio.cash, held) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)


def test_a_fee_that_the_position_cannot_pay_is_taken_from_the_other_coins_and_nothing_is_sold_twice() -> None:
    state, sale = stopped_out(in_position())
    state, events, effects = through(state, in_coins(execution(sale, sale.amount), FEE), price(38_900))
    assert effects == []
    assert alerts(events) == []
    account = state.account
    assert [account.portfolio.base, account.base_elsewhere] == [0, ELSEWHERE - FEE]
    assert account.portfolio.cash == 10_000 - sale.amount * 40_040 + sale.amount * 40_000
    assert account.portfolio.lot is None
    assert not account.halted
    assert is_conserved(state)


def test_what_the_step_leaves_of_the_position_pays_first() -> None:
    state = in_position()
    lot = state.account.portfolio.lot
    assert lot is not None
    less = replace(lot, bought=lot.bought - Decimal("0.000003"))
    state = replace(state, account=replace(state.account, portfolio=replace(state.account.portfolio, lot=less)))
    state, sale = stopped_out(state)
    state = through(state, in_coins(execution(sale, sale.amount), FEE))[0]
    assert [state.account.portfolio.base, state.account.portfolio.dust] == [0, 0]
    assert state.account.base_elsewhere == ELSEWHERE - FEE + Decimal("0.000007")


@pytest.mark.parametrize("elsewhere", ["0.5", "0.00001", "0"])
def test_however_the_sale_is_cut_the_account_is_the_same_and_all_is_sold(elsewhere: str) -> None:
    state, sale = stopped_out(with_elsewhere(in_position(), elsewhere))
    piece, rest = Decimal("0.02"), sale.amount - Decimal("0.02")
    whole = through(state, in_coins(execution(sale, sale.amount), FEE))[0]
    cut = through(state, in_coins(execution(sale, piece), FEE / 4), in_coins(execution(sale, rest), FEE - FEE / 4))[0]
    assert cut.account == whole.account
    assert cut.account.portfolio.lot is None
    assert cut.account.base_elsewhere == max(Decimal(elsewhere) - FEE, Decimal(0))


@pytest.mark.parametrize("elsewhere", ["0.5", "0"])
def test_the_journals_events_alone_give_the_account(elsewhere: str) -> None:
    before, sale = stopped_out(with_elsewhere(in_position(), elsewhere))
    opened = journal_events(before, SessionOpened(run=True), (before, (), ()), ts=1)
    fill = in_coins(execution(sale, sale.amount), FEE)
    after, events, effects = through(before, fill)
    written = [*opened, *journal_events(before, fill, (after, tuple(events), tuple(effects)), ts=2)]
    assert replayed((event.type, event.data) for event in written) == figures_of(after.account)


def overdrawn(state: State) -> tuple[State, list[Any], list[Any]]:
    """The exchange tells of a sale of more than is held."""
    state, sale = stopped_out(state)
    return through(state, execution(sale, sale.amount * 2))


def test_a_fill_of_more_than_is_held_halts_and_nothing_is_sold_any_more() -> None:
    before = in_position()
    state, events, effects = overdrawn(before)
    assert effects == []
    assert alerts(events) == [("error", "A fill does not fit the account")]
    assert state.account.halted
    reason = state.account.halt_reason or ""
    assert "and resume." in reason
    assert "a sale of 0.12486 was reported, and only 0.06243 is held" in reason
    assert state.account.portfolio == before.account.portfolio
    story: list[Input] = [price(38_000), candle(2, 38_000), signal("exit", 2), price(37_000)]
    assert through(restarted(state), *story)[2] == []


@pytest.mark.parametrize(
    "asked", [command("close_position"), command("halt", flatten=True)], ids=lambda asked: str(asked.name)
)
def test_a_person_is_told_why_nothing_is_sold_until_they_resume(asked: Any) -> None:
    state, _, _ = overdrawn(in_position())
    after, (done,), effects = through(state, asked)
    assert isinstance(done, CommandDone)
    assert (done.error, effects) == (state.account.halt_reason, [])
    resumed = through(after, RESUME)[0]
    assert [order.purpose for order in placed(through(resumed, price(38_000))[2])] == ["protection"]


def test_a_halt_that_was_closing_the_position_sells_no_more_either() -> None:
    state, _, effects = through(in_position(), command("halt", flatten=True))
    (sale,) = placed(effects)
    state, _, effects = through(state, execution(sale, sale.amount * 2), price(40_000), candle(3, 40_000))
    assert effects == []
    assert not state.account.flattening


def test_a_stop_that_rests_is_taken_back_as_well() -> None:
    state = holding(with_policy(stop_on_exchange=True))
    (stop,) = state.account.orders
    barred = replace(state.account, sales_barred=True, halted=True)
    state, _, effects = through(replace(state, account=load_account(dump_account(barred))), price(40_000))
    assert asked_back(effects) == [stop.id]
    assert through(state, canceled(stop), price(38_000))[2] == []


def test_an_account_whose_sales_are_barred_wants_no_lost_sale_again() -> None:
    state, sale = stopped_out(holding(with_policy(stop_on_exchange=False)))
    state = replace(state, account=replace(state.account, sales_barred=True, halted=True))
    lost = OrderRejected(order_id=sale.id, reason="lost", never_arrived=True)
    assert through(state, lost, price(38_000))[2] == []
