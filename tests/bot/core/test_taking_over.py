"""`resume` takes the exchange's figures over: exactly, as no trade, and of an account that is as it was seen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import reconciliation
from bot.core.journal_events import journal_events
from bot.core.limits import RiskLimits
from bot.core.messages import BalancesSeen, Event
from bot.core.portfolio import EXACT, Portfolio
from bot.core.state import State
from bot.core.view import message
from tests.support.balances import RESUME, differing, in_position, live, seen
from tests.support.orders import canceled, placed, quoted, with_policy
from tests.support.risk import alerts, asked
from tests.support.trading import CONFIG, command, filled, new_state, price, through


def is_conserved(portfolio: Portfolio) -> bool:
    held = EXACT.add(portfolio.lot.held_cost, portfolio.lot.held_fees) if portfolio.lot else Decimal(0)
    return EXACT.add(portfolio.cash, held) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)


TRANSFERS = [
    ("quote more", {"quote": "123.45"}),
    ("quote less", {"quote": "-123.45"}),
    ("base more", {"base": "0.2"}),
    ("base less than was elsewhere", {"base": "-0.2"}),
    ("base less than all that was elsewhere", {"base": "-0.52"}),
    ("all base gone", {"base": "-0.56243"}),
    ("all of it", {"quote": "-1000", "base": "-0.51"}),
]


@pytest.mark.parametrize("more", [more for _, more in TRANSFERS], ids=[name for name, _ in TRANSFERS])
def test_resume_takes_the_exchanges_figures_over_and_calls_nothing_a_trade(more: dict[str, Any]) -> None:
    state = differing(in_position(), **more)
    before, there = state.account, seen(state, **more)
    state, events, _ = through(state, RESUME)
    account = state.account
    assert account.portfolio.cash == there.quote
    assert EXACT.add(account.portfolio.base, account.base_elsewhere) == there.base
    assert reconciliation.difference(state, there) is None
    assert is_conserved(account.portfolio)
    assert account.portfolio.realized_pnl == before.portfolio.realized_pnl
    assert account.difference is None
    assert alerts(events) == [("info", "Settled")]
    assert account.statistics.trades == 0
    assert account.statistics.max_drawdown_pct == before.statistics.max_drawdown_pct


@given(
    st.decimals("-9000", "9000", places=8),
    st.decimals("-0.56243", "3", places=8),
    st.sampled_from([0, "0.01", "0.03"]),
    st.sampled_from(["0", "0.00000917"]),
)
def test_whatever_came_or_went_the_promise_of_the_portfolio_holds(
    quote: Decimal, base: Decimal, sold: Any, fee_in_base: str
) -> None:
    state = in_position()
    fee = Decimal(fee_in_base)
    if sold:
        state, _, effects = through(state, command("close_position"))
        (order,) = placed(effects)
        part = filled(order, 41_000, amount=Decimal(sold), done=False)
        state = through(state, replace(part, fee=fee, fee_currency="BTC"), canceled(order))[0]
    least = EXACT.add(state.account.portfolio.base, state.account.base_elsewhere).copy_negate()
    state = differing(state, quote=quote, base=max(base, least))
    there = state.balances_seen
    before = state.account
    state = through(state, RESUME)[0]
    account = state.account
    assert there is not None
    assert (account.portfolio.cash, EXACT.add(account.portfolio.base, account.base_elsewhere)) == (
        there.quote,
        there.base,
    )
    assert is_conserved(account.portfolio)
    assert account.portfolio.realized_pnl == before.portfolio.realized_pnl
    assert account.portfolio.lot is None or account.portfolio.lot.amount >= Decimal("0.00001")


def test_what_is_left_of_a_position_keeps_its_protection_and_its_parts() -> None:
    state = in_position()
    before = state.account
    state = through(differing(state, base="-0.53"), RESUME)[0]
    assert (state.account.stop_price, state.account.take_profit_price) == (before.stop_price, before.take_profit_price)
    assert state.account.parts == 1
    (sale,) = placed(through(state, price(39_000))[2])
    assert sale.amount == state.account.portfolio.base == before.portfolio.base - Decimal("0.03")


def test_a_position_that_was_taken_away_leaves_nothing_for_the_next_one() -> None:
    state = in_position(risk=RiskLimits.model_validate({"trailing_stop_pct": 1}), take_profit_pct=None)
    state = through(state, price(45_000))[0]
    state = through(differing(state, base="-0.56243"), RESUME, price(40_000))[0]
    assert state.account.portfolio.lot is None
    assert (state.account.parts, state.account.stop_price, state.account.risk.trailing_stop) == (0, None, None)
    state = through(state, seen(state))[0]
    state, _, (order,) = asked(state, 1)
    state = through(state, filled(order, 40_000))[0]
    assert state.account.stop_price == Decimal(39_200)  # and not 44,550


def test_a_rest_that_is_less_than_a_step_is_no_position() -> None:
    state = through(differing(in_position(), base="-0.562425"), RESUME)[0]
    assert state.account.portfolio.lot is None
    assert state.account.portfolio.dust == Decimal("0.000005")


def test_a_withdrawal_is_no_loss_of_the_day_and_no_drawdown() -> None:
    risk = RiskLimits.model_validate({"daily_loss_limit_pct": 3, "max_drawdown_stop_pct": 10})
    state = through(in_position(risk=risk), price(40_000))[0]
    state = through(differing(state, quote=-5_000), RESUME, price(40_000))[0]
    assert not state.account.halted
    assert message(state) is None
    state, events, _ = through(state, price(39_000))
    assert events[0].message.startswith("Stop loss")  # type: ignore[union-attr]
    assert state.account.risk.day_limit_equity is None


def test_with_a_stop_on_the_exchange_the_figures_are_taken_over_and_the_stop_follows() -> None:
    orders = with_policy(stop_on_exchange=True).config.orders
    state = in_position(orders=orders)
    (stop,) = state.account.orders
    state, events, effects = through(differing(state, base="-0.53"), RESUME)
    assert alerts(events) == [("info", "Settled")]
    (again,) = placed([*effects, *through(state, canceled(stop))[2]])
    assert again.amount == state.account.portfolio.base


@pytest.mark.parametrize("moves", ["an order is on its way", "nobody has asked since"])
def test_nothing_is_taken_over_of_an_account_that_has_moved_on(moves: str) -> None:
    state = differing(in_position(), quote=5)
    state, _, effects = through(state, command("close_position"))
    if moves != "an order is on its way":
        state = through(state, filled(effects[0].order, 40_000))[0]
    after, events, _ = through(state, RESUME)
    assert after.account.portfolio == state.account.portfolio
    assert alerts(events) == [("warning", "Not settled yet")]
    assert after.account.difference is not None


def test_an_order_that_should_be_over_and_rests_is_a_difference_that_no_resume_settles() -> None:
    state = live()
    state = differing(state, strays=("abc", "def"), quote=1)
    assert state.account.difference is not None
    assert "cancel them there (abc, def)" in state.account.difference
    state, events, _ = through(state, RESUME)
    assert alerts(events) == [("warning", "Not settled yet")]
    assert state.account.portfolio.cash == 10_001
    assert state.account.difference is not None
    assert "USDT" not in state.account.difference
    assert alerts(through(state, seen(state))[1]) == [("success", "Settled")]


def test_resume_without_a_difference_changes_no_figure() -> None:
    state = in_position()
    assert through(state, RESUME)[0].account.portfolio is state.account.portfolio


def written(state: State, message_: Any) -> list[tuple[str, dict[str, Any]]]:
    after, events, effects = through(state, message_)
    told: tuple[Event, ...] = tuple(events)
    return [(e.type, e.data) for e in journal_events(state, message_, (after, told, tuple(effects)), ts=7)]


@pytest.mark.parametrize("more", [{"quote": 5}, {"base": "0.1"}, {"base": "-0.51"}])
def test_a_take_over_is_an_event_with_what_the_account_is_then(more: dict[str, Any]) -> None:
    state = differing(in_position(), **more)
    after = through(state, RESUME)[0].account
    (data,) = [data for name, data in written(state, RESUME) if name == "balances_taken_over"]
    assert Decimal(data["cash"]) == after.portfolio.cash
    assert Decimal(data["base"]) == after.portfolio.base
    assert Decimal(data["deposit"]) == after.portfolio.deposit
    assert Decimal(data["base_elsewhere"]) == after.base_elsewhere


def test_also_where_nothing_but_dust_went() -> None:
    state = in_position()
    portfolio = replace(state.account.portfolio, dust=Decimal("0.000003"))
    state = replace(state, account=replace(state.account, portfolio=portfolio, base_elsewhere=Decimal(0)))
    state = differing(state, base="-0.000003")
    assert "balances_taken_over" in [name for name, _ in written(state, RESUME)]


def test_a_fill_and_a_price_are_no_take_over() -> None:
    state, _, effects = through(in_position(), command("close_position"))
    for message_ in (filled(effects[0].order, 40_000), quoted(40_000)):
        assert "balances_taken_over" not in [name for name, _ in written(state, message_)]


def test_opening_an_account_is_one_too() -> None:
    state = replace(new_state(0, replace(CONFIG, mode="live")))
    state = replace(state, account=replace(state.account, is_opened=False))
    first = BalancesSeen(quote=Decimal(10), base=Decimal(0), portfolio=state.account.portfolio)
    assert [name for name, _ in written(state, first)] == ["balances_taken_over"]


def test_a_resume_that_only_settles_is_no_new_beginning_for_the_drawdown_stop() -> None:
    risk = RiskLimits.model_validate({"max_drawdown_stop_pct": 10})
    state = through(in_position(risk=risk, stake_pct=Decimal(90), stop_loss_pct=None), price(41_000))[0]
    peak = state.account.risk.peak_equity
    state = through(differing(state, quote=5), RESUME)[0]
    assert peak is not None
    assert state.account.risk.peak_equity == peak + 5
    assert [through(state, price(38_000), price(at))[0].account.halted for at in (37_500, 36_000)] == [False, True]
