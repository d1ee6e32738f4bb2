"""No entry is bought that could not be sold again: at its stop, and after the fee."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.messages import FeedOpened
from bot.core.order_policy import OrderPolicy
from bot.core.portfolio import Lot
from bot.core.state import State
from tests.support.orders import quoted
from tests.support.risk import asked, limited, refusal
from tests.support.trading import RULES, T0, command, through

FINE = replace(RULES, amount_step=Decimal("0.00000001"))


def small(stop_pct: Any, *, deposit: Any = "20.50", rules: Any = FINE, **config: Any) -> State:
    """An account whose stake is 5.12 USDT; the market takes 5."""
    stop = None if stop_pct is None else Decimal(str(stop_pct))
    state = limited(deposit, config={"stop_loss_pct": stop, **config})
    return through(state, FeedOpened(rules=rules))[0]


def test_an_entry_whose_stop_is_worth_less_than_the_market_takes_is_refused_with_both() -> None:
    _, events, orders = asked(small(5))
    assert orders == []
    assert refusal(events) == (
        "What would be held after the fee could not be sold at its stop 38,000.00: 4.85868 USDT is 0.14132 USDT"
        " below the market's minimum cost of 5. Let entries be larger, or set a nearer stop."
    )
    assert len(asked(small(2))[2]) == 1


def test_an_entry_without_a_stop_must_be_worth_it_after_the_fee() -> None:
    assert len(asked(small(None))[2]) == 1
    _, events, orders = asked(small(None, deposit="20.023"))
    assert orders == []
    assert "could not be sold at the entry's price 40,000.00: 4.9" in refusal(events)
    assert refusal(events).endswith("Let entries be larger.")


@pytest.mark.parametrize(("rate", "orders"), [("0", 1), ("0.001", 0)])
def test_an_entry_of_the_least_amount_leaves_less_than_that_where_its_fee_is_taken_of_it(
    rate: str, orders: int
) -> None:
    rules = replace(RULES, min_amount=RULES.amount_step, min_cost=Decimal(0), taker_fee_rate=Decimal(rate))
    assert len(asked(small(2, deposit="1.61", rules=rules))[2]) == orders


def test_what_is_held_already_counts_with_it() -> None:
    state = small(5, deposit=84, stake_pct=Decimal(6))
    assert asked(state)[2] == []
    lot = Lot(bought=Decimal("0.0001"), cost=Decimal(4), fees=Decimal(0), entry_ts=T0)
    portfolio = replace(state.account.portfolio, cash=Decimal(80), lot=lot)
    assert len(asked(replace(state, account=replace(state.account, portfolio=portfolio)))[2]) == 1


def test_a_limit_is_judged_by_the_bid_that_it_waits_at() -> None:
    state = small(2, orders=OrderPolicy(entry="limit"))
    assert asked(through(state, quoted("39500", "40000"))[0])[2] == []


def test_a_test_trade_has_a_margin_of_its_own() -> None:
    assert len(through(small(30, deposit=1_000), command("test_trade", side="buy"))[2]) == 1
