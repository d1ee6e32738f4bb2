"""The accounting: exact, whatever the chunks."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.portfolio import EXACT, Fill, Overdrawn, Portfolio, apply_fill, open_portfolio

PRICES = st.decimals("0.00000001", "200000", places=8)
AMOUNTS = st.decimals("0.00000001", "1000", places=8)
FEE_RATES = st.decimals("0", "0.01", places=6)


def fill(side: str, price: object, amount: object, fee: object = 0, *, in_base: bool = False) -> Fill:
    return Fill(
        side="buy" if side == "buy" else "sell",
        price=Decimal(str(price)),
        amount=Decimal(str(amount)),
        fee=Decimal(str(fee)),
        fee_in_base=in_base,
    )


def after(portfolio: Portfolio, *fills: Fill) -> Portfolio:
    for one in fills:
        portfolio, _ = apply_fill(portfolio, one, 1)
    return portfolio


def is_conserved(portfolio: Portfolio) -> bool:
    held = EXACT.add(portfolio.lot.held_cost, portfolio.lot.held_fees) if portfolio.lot else Decimal(0)
    return EXACT.add(portfolio.cash, held) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)


def test_buying_twice_gives_the_average_entry() -> None:
    portfolio = after(open_portfolio(Decimal(1000)), fill("buy", 100, 1), fill("buy", 200, 1))
    assert portfolio.lot is not None
    assert portfolio.lot.entry_price == 150
    assert portfolio.cash == 700
    assert portfolio.base == 2


def test_selling_half_realizes_the_gain_and_keeps_the_average() -> None:
    portfolio = after(open_portfolio(Decimal(1000)), fill("buy", 100, 2, "0.2"))
    portfolio, pnl = apply_fill(portfolio, fill("sell", 110, 1, "0.11"), 2)
    assert pnl == Decimal("110") - Decimal("0.11") - Decimal("100") - Decimal("0.1")
    assert portfolio.lot is not None
    assert portfolio.lot.entry_price == 100
    assert portfolio.realized_pnl == pnl


def test_selling_all_leaves_cash_and_realized_profit_alone() -> None:
    portfolio = after(open_portfolio(Decimal(1000)), fill("buy", 100, 2, "0.2"), fill("sell", 90, 2, "0.18"))
    assert portfolio.lot is None
    assert portfolio.cash == 1000 + portfolio.realized_pnl
    assert portfolio.realized_pnl == Decimal("-20.38")
    assert portfolio.fees_paid == Decimal("0.38")


def test_the_unrealized_result_counts_the_entry_fee_as_the_realized_one_will() -> None:
    portfolio = after(open_portfolio(Decimal(1000)), fill("buy", 100, 1, "0.1"))
    assert portfolio.unrealized_pnl(Decimal(105)) == Decimal("4.9")
    assert portfolio.equity(Decimal(105)) == Decimal("1004.9")


def test_a_fee_taken_in_base_lowers_what_is_held_and_not_what_was_paid() -> None:
    portfolio = after(open_portfolio(Decimal(1000)), fill("buy", 100, 1, "0.001", in_base=True))
    assert portfolio.base == Decimal("0.999")
    assert portfolio.cash == 900
    assert portfolio.fees_paid == Decimal("0.1")


@pytest.mark.parametrize("held", [0, 1])
def test_more_than_is_held_cannot_be_sold(held: int) -> None:
    portfolio = after(open_portfolio(Decimal(1000)), *[fill("buy", 10, 1)] * held)
    with pytest.raises(Overdrawn, match=r"only \d is held"):
        apply_fill(portfolio, fill("sell", 10, "1.5"), 2)


@given(st.lists(st.tuples(st.booleans(), PRICES, AMOUNTS, FEE_RATES, st.booleans()), max_size=12))
def test_cash_and_position_at_cost_are_deposit_and_realized_profit_exactly(
    trades: list[tuple[bool, Decimal, Decimal, Decimal, bool]],
) -> None:
    portfolio = open_portfolio(Decimal(10_000))
    for is_buy, price, amount, rate, in_base in trades:
        traded = amount if is_buy else min(amount, portfolio.base)
        if traded == 0:
            continue
        fee = EXACT.multiply(traded, rate) if in_base else EXACT.multiply(EXACT.multiply(price, traded), rate)
        if in_base and not is_buy:
            traded = EXACT.subtract(traded, fee)
        portfolio = after(portfolio, fill("buy" if is_buy else "sell", price, traded, fee, in_base=in_base))
        assert is_conserved(portfolio)
        assert portfolio.base >= 0


def cut(whole: Decimal, cuts: list[Decimal]) -> list[Decimal]:
    """`whole` in pieces of at least one step, in eighth decimals."""
    pieces, rest = [], whole
    for share in cuts:
        piece = EXACT.multiply(rest, share).quantize(Decimal("1E-8"))
        if 0 < piece < rest:
            pieces.append(piece)
            rest = EXACT.subtract(rest, piece)
    return [*pieces, rest]


SHARES = st.lists(st.decimals("0.05", "0.95", places=3), max_size=6)


@given(AMOUNTS, PRICES, PRICES, SHARES, SHARES, st.decimals("0.1", "1", places=3))
def test_any_chunking_of_the_fills_gives_the_same_account(
    amount: Decimal, entry: Decimal, leaving: Decimal, buy_cuts: list[Decimal], sell_cuts: list[Decimal], sold: Decimal
) -> None:
    to_sell = max(EXACT.multiply(amount, sold).quantize(Decimal("1E-8")), Decimal("1E-8"))
    rate = Decimal("0.001")

    def fills(side: str, price: Decimal, pieces: list[Decimal]) -> list[Fill]:
        return [fill(side, price, piece, EXACT.multiply(EXACT.multiply(price, piece), rate)) for piece in pieces]

    start = open_portfolio(Decimal(10_000))
    whole = after(start, *fills("buy", entry, [amount]), *fills("sell", leaving, [to_sell]))
    pieces = after(start, *fills("buy", entry, cut(amount, buy_cuts)), *fills("sell", leaving, cut(to_sell, sell_cuts)))
    assert pieces == whole
