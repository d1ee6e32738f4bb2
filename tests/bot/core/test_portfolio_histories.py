"""The account after any history at all: what its promise says, beside sums that are made without it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.orders import rounded
from bot.core.portfolio import (
    EXACT,
    ZERO,
    Fill,
    Overdrawn,
    Portfolio,
    apply_fill,
    open_portfolio,
    put_in,
    taken_out,
)

STEP = Decimal("0.001")
FeeIn = Literal["quote", "base", "elsewhere"]


@dataclass
class Sums:
    """The same history, summed up by hand."""

    cash: Decimal = Decimal(10_000)
    base: Decimal = ZERO
    pnl: Decimal = ZERO


def bought(amount: str, price: object = 100, fee: str = "0", fee_in: FeeIn = "quote", **fields: Decimal) -> Fill:
    return _fill("buy", Decimal(amount), Decimal(str(price)), Decimal(fee), fee_in, **fields)


def sold(amount: str, price: object = 100, fee: str = "0", fee_in: FeeIn = "quote", **fields: Decimal) -> Fill:
    return _fill("sell", Decimal(amount), Decimal(str(price)), Decimal(fee), fee_in, **fields)


def _fill(
    side: Literal["buy", "sell"], amount: Decimal, price: Decimal, fee: Decimal, fee_in: FeeIn, **fields: Decimal
) -> Fill:
    return Fill(
        side=side,
        price=price,
        amount=amount,
        fee=fee,
        fee_in_base=fee_in == "base",
        fee_elsewhere=fee_in == "elsewhere",
        **fields,
    )


def after(*fills: Fill) -> Portfolio:
    portfolio = open_portfolio(Decimal(10_000))
    for fill in fills:
        portfolio = apply_fill(portfolio, fill, 1, dust_below=STEP)[0]
    return portfolio


def test_what_a_base_fee_leaves_below_a_step_is_a_part_of_the_last_trades_loss() -> None:
    portfolio, pnl = apply_fill(after(bought("1", fee="0.0005", fee_in="base")), sold("0.999", 110), 2, dust_below=STEP)
    assert portfolio.lot is None
    assert portfolio.dust == portfolio.base == Decimal("0.0005")
    assert pnl == portfolio.realized_pnl == Decimal("109.89") - 100
    assert portfolio.equity(Decimal(100)) == portfolio.cash + Decimal("0.05")


def test_a_rest_of_a_whole_step_is_still_a_position() -> None:
    portfolio = after(bought("1"), sold("0.999"))
    assert portfolio.lot is not None
    assert [portfolio.lot.amount, portfolio.dust] == [STEP, 0]


def test_a_later_sale_takes_dust_along_at_no_cost() -> None:
    dusty = after(bought("1", fee="0.0005", fee_in="base"), sold("0.999"), bought("1", fee="0.0005", fee_in="base"))
    assert dusty.base == Decimal("1")
    portfolio, pnl = apply_fill(dusty, sold("1", 110), 2, dust_below=STEP)
    assert portfolio.base == 0
    assert pnl == 10


def test_dust_alone_is_sold_for_nothing_but_gain() -> None:
    dusty = after(bought("1", fee="0.0005", fee_in="base"), sold("0.999"))
    portfolio, pnl = apply_fill(dusty, sold("0.0005", 110), 2)
    assert [portfolio.base, pnl] == [0, Decimal("0.055")]
    with pytest.raises(Overdrawn, match=r"a sale of 0.001 was reported, and only 0.0005 is held"):
        apply_fill(dusty, sold("0.001"), 2)


def test_what_the_exchange_booked_counts_and_not_price_times_amount() -> None:
    portfolio = after(bought("0.333", 100, booked_cost=Decimal("33.29")))
    assert portfolio.cash == Decimal(10_000) - Decimal("33.29")
    portfolio, pnl = apply_fill(portfolio, sold("0.333", 100, booked_cost=Decimal("33.31")), 2)
    assert pnl == Decimal("0.02")


def test_a_fee_in_a_third_currency_leaves_neither_cash_nor_base() -> None:
    portfolio = after(bought("1", 100, "0.01", "elsewhere"))
    assert [portfolio.cash, portfolio.base, portfolio.fees_paid] == [9_900, 1, 0]
    portfolio, pnl = apply_fill(portfolio, sold("1", 110, "0.01", "elsewhere"), 2)
    assert [pnl, portfolio.cash] == [10, 10_010]


def test_what_is_taken_out_goes_at_what_it_cost_dust_first() -> None:
    dusty = after(bought("1", fee="0.0005", fee_in="base"), sold("0.999"), bought("1", 200, "0.2"))
    portfolio = taken_out(dusty, Decimal("0.5005"))
    assert [portfolio.dust, portfolio.base] == [0, Decimal("0.5")]
    assert portfolio.deposit == 10_000 - Decimal("100.1")
    assert portfolio.realized_pnl == dusty.realized_pnl
    with pytest.raises(Overdrawn, match=r"0\.51 left the account, and only 0\.5000 is held"):
        taken_out(portfolio, Decimal("0.51"))


MOVES = st.tuples(
    st.sampled_from(["buy", "buy", "sell", "sell", "sell all", "take out", "put in"]),
    st.decimals("0.00000001", "90000", places=8),
    st.integers(1, 5_000),
    st.decimals("0", "0.01", places=5),
    st.sampled_from(["quote", "base", "elsewhere"]),
    st.sampled_from([None, Decimal("0.01"), Decimal("0.00000001")]),
)
Move = tuple[str, Decimal, int, Decimal, FeeIn, Decimal | None]


@given(st.lists(MOVES, max_size=25))
def test_after_any_history_cash_base_and_profit_are_what_they_are_by_hand_and_the_promise_holds(
    moves: list[Move],
) -> None:
    portfolio, sums = open_portfolio(Decimal(10_000)), Sums()
    for move in moves:
        portfolio = _moved(portfolio, sums, move)
        lot = portfolio.lot
        held = EXACT.add(lot.held_cost, lot.held_fees) if lot else ZERO
        assert EXACT.add(portfolio.cash, held) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)
        assert (portfolio.base, portfolio.cash) == (sums.base, sums.cash)
        assert portfolio.realized_pnl == sums.pnl
        assert portfolio.dust >= 0
        assert lot is None or (lot.amount > 0 and held >= 0)


def _moved(portfolio: Portfolio, sums: Sums, move: Move) -> Portfolio:
    """The portfolio after one move, and the sums as well."""
    what, price, steps, rate, fee_in, booked = move
    amount = EXACT.multiply(STEP, Decimal(steps))
    if what == "put in":
        sums.cash = EXACT.add(sums.cash, price)
        return put_in(portfolio, price)
    if what == "take out":
        gone = min(amount, portfolio.base)
        sums.base = EXACT.subtract(sums.base, gone)
        return taken_out(portfolio, gone, dust_below=STEP)
    is_buy = what == "buy"
    if not is_buy:
        all_of_it = rounded(portfolio.base, STEP, ROUND_FLOOR)
        amount = all_of_it if what == "sell all" else min(amount, all_of_it)
        fee_in = "quote" if fee_in == "base" else fee_in  # no exchange takes base of what is sold
        if not amount or portfolio.lot is None:
            return portfolio
    cost = EXACT.multiply(price, amount)
    cost = cost if booked is None else rounded(cost, booked, ROUND_FLOOR)
    fee = EXACT.multiply(amount if fee_in == "base" else cost, rate)
    fill = _fill(
        "buy" if is_buy else "sell", amount, price, fee, fee_in, **({} if booked is None else {"booked_cost": cost})
    )
    sums.cash = EXACT.add(sums.cash, cost.copy_negate() if is_buy else cost)
    sums.cash = EXACT.subtract(sums.cash, fee if fee_in == "quote" else ZERO)
    sums.base = EXACT.add(sums.base, amount if is_buy else amount.copy_negate())
    sums.base = EXACT.subtract(sums.base, fee if fee_in == "base" else ZERO)
    after_it, pnl = apply_fill(portfolio, fill, 1, dust_below=STEP)
    sums.pnl = EXACT.add(sums.pnl, pnl or ZERO)
    return after_it
