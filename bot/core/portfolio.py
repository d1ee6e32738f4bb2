"""What the bot owns and what it has earned: exact decimals, the same result however an order's fills are cut up.

The promise, for every history of fills: `cash + held_cost + held_fees == deposit + realized_pnl`, exactly, where
`held_cost` and `held_fees` are what the position still held was bought for. Entry fees leave the account when they are
paid and count as a loss when what they bought is sold: `realized_pnl` is after all fees of the trades that are over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

EXACT = Context(prec=100)
"""Wide enough that no sum or product of money is ever rounded; only shares of a cost are, to `SHARE`."""

SHARE = Decimal("1E-18")
WIRE = Decimal("1E-30")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution. `price` in quote, `amount` in base, `fee` in `fee_currency` (quote or base)."""

    side: Literal["buy", "sell"]
    price: Decimal
    amount: Decimal
    fee: Decimal
    fee_in_base: bool = False

    @property
    def cost(self) -> Decimal:
        """What changed hands in quote, without the fee."""
        return EXACT.multiply(self.price, self.amount)

    @property
    def fee_quote(self) -> Decimal:
        """The fee's worth in quote at the fill's price."""
        return EXACT.multiply(self.fee, self.price) if self.fee_in_base else self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """The position since its last buy: what was bought for what, and how much of that has been sold again.

    Sales take their share of the whole lot, cumulatively, so two sales of a half release what one of the whole does.
    """

    bought: Decimal
    cost: Decimal
    fees: Decimal
    entry_ts: int
    sold: Decimal = ZERO
    released_cost: Decimal = ZERO
    released_fees: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """What is held, in base."""
        return EXACT.subtract(self.bought, self.sold)

    @property
    def held_cost(self) -> Decimal:
        """What the held amount was bought for, in quote, without fees."""
        return EXACT.subtract(self.cost, self.released_cost)

    @property
    def held_fees(self) -> Decimal:
        """Entry fees that belong to the held amount, in quote."""
        return EXACT.subtract(self.fees, self.released_fees)

    @property
    def entry_price(self) -> Decimal:
        """Average price of what was bought, without fees."""
        return EXACT.quantize(EXACT.divide(self.cost, self.bought), SHARE).normalize(EXACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """An account in one quote currency with at most one long position."""

    deposit: Decimal
    cash: Decimal
    lot: Lot | None = None
    realized_pnl: Decimal = ZERO
    fees_paid: Decimal = ZERO
    trip_pnl: Decimal = ZERO
    """Realized since the position was opened; what a round trip brought once it is over."""

    @property
    def base(self) -> Decimal:
        """Base currency held."""
        return self.lot.amount if self.lot else ZERO

    def equity(self, price: Decimal | None) -> Decimal:
        """Cash and position at `price`; at cost where no price is known."""
        if self.lot is None:
            return self.cash
        worth = self.lot.held_cost if price is None else EXACT.multiply(self.lot.amount, price)
        return EXACT.add(self.cash, worth)

    def unrealized_pnl(self, price: Decimal) -> Decimal:
        """What selling all at `price` would realize before its fee; entry fees count, as they do in `realized_pnl`."""
        if self.lot is None:
            return ZERO
        paid = EXACT.add(self.lot.held_cost, self.lot.held_fees)
        return EXACT.subtract(EXACT.multiply(self.lot.amount, price), paid)


def plain(value: Decimal) -> Decimal:
    """All digits and no needless zeros, for the wire, which takes 30 decimals."""
    exponent = value.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -30
    return EXACT.add((value if fits else value.quantize(WIRE, context=EXACT)).normalize(EXACT), ZERO)


class Overdrawn(ValueError):
    """A fill that the account cannot have had: it sells what is not held."""


def open_portfolio(deposit: Decimal) -> Portfolio:
    """An account that holds nothing but `deposit`."""
    return Portfolio(deposit=deposit, cash=deposit)


def apply_fill(portfolio: Portfolio, fill: Fill, ts: int) -> tuple[Portfolio, Decimal | None]:
    """The account after the fill, and the P&L it realized after fees (None for a buy). Raises `Overdrawn`."""
    if fill.side == "buy":
        return _buy(portfolio, fill, ts), None
    return _sell(portfolio, fill)


def _buy(portfolio: Portfolio, fill: Fill, ts: int) -> Portfolio:
    received = EXACT.subtract(fill.amount, fill.fee) if fill.fee_in_base else fill.amount
    # A fee taken in base was paid with quote all the same: the cost stands, and its share of it is called a fee.
    cost = EXACT.subtract(fill.cost, fill.fee_quote) if fill.fee_in_base else fill.cost
    held = portfolio.lot
    lot = Lot(
        bought=EXACT.add(held.amount, received) if held else received,
        cost=EXACT.add(held.held_cost, cost) if held else cost,
        fees=EXACT.add(held.held_fees, fill.fee_quote) if held else fill.fee_quote,
        entry_ts=held.entry_ts if held else ts,
    )
    return replace(
        portfolio,
        cash=EXACT.subtract(portfolio.cash, EXACT.add(cost, fill.fee_quote)),
        lot=lot,
        fees_paid=EXACT.add(portfolio.fees_paid, fill.fee_quote),
        trip_pnl=portfolio.trip_pnl if held else ZERO,
    )


def _sell(portfolio: Portfolio, fill: Fill) -> tuple[Portfolio, Decimal]:
    lot = portfolio.lot
    leaving = EXACT.add(fill.amount, fill.fee) if fill.fee_in_base else fill.amount
    if lot is None or leaving > lot.amount:
        raise Overdrawn(f"a sale of {leaving:f} was reported, and only {portfolio.base:f} is held")
    # Base taken as a fee brings nothing in and releases its cost with the rest, so only a fee in quote is subtracted.
    income = fill.cost if fill.fee_in_base else EXACT.subtract(fill.cost, fill.fee)
    sold = EXACT.add(lot.sold, leaving)
    after = replace(
        lot, sold=sold, released_cost=_share(lot.cost, lot, sold), released_fees=_share(lot.fees, lot, sold)
    )
    given_up = EXACT.add(
        EXACT.subtract(after.released_cost, lot.released_cost), EXACT.subtract(after.released_fees, lot.released_fees)
    )
    pnl = EXACT.subtract(income, given_up)
    return replace(
        portfolio,
        cash=EXACT.add(portfolio.cash, income),
        lot=after if after.amount else None,
        realized_pnl=EXACT.add(portfolio.realized_pnl, pnl),
        fees_paid=EXACT.add(portfolio.fees_paid, fill.fee_quote),
        trip_pnl=EXACT.add(portfolio.trip_pnl, pnl),
    ), pnl


def _share(whole: Decimal, lot: Lot, sold: Decimal) -> Decimal:
    if sold == lot.bought:
        return whole
    return EXACT.divide(EXACT.multiply(whole, sold), lot.bought).quantize(SHARE, ROUND_HALF_EVEN, EXACT)
