"""What the bot owns and what it has earned: exact decimals, the same result however an order's fills are cut up.

The promise, for every history of fills: `cash + held_cost + held_fees == deposit + realized_pnl`, exactly, where
`held_cost` and `held_fees` are what the position still held was bought for. Entry fees leave the account when they are
paid and count as a loss when what they bought is sold: `realized_pnl` is after all fees of the trades that are over.

What a fee in base leaves of a position that was sold, too little to be sold itself, is `dust`: held, and written off.
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
    """One execution. `price` in quote, `amount` in base; `fee` in quote, or in base with `fee_in_base`.

    A fee in a third currency (`fee_elsewhere`) leaves neither cash nor base: it is told with the trade and not counted
    here, for its worth in quote is not known. Of a sale's fee in base `fee_beside` was taken from base that is not this
    account's: it is a fee like the rest of it, and leaves no base here.
    """

    side: Literal["buy", "sell"]
    price: Decimal
    amount: Decimal
    fee: Decimal
    fee_in_base: bool = False
    fee_elsewhere: bool = False
    fee_beside: Decimal = ZERO
    booked_cost: Decimal | None = None
    """What the exchange booked in quote, where it rounds to fewer digits than price times amount has."""

    @property
    def cost(self) -> Decimal:
        """What changed hands in quote, without the fee."""
        if self.booked_cost is not None:
            return self.booked_cost
        return EXACT.multiply(self.price, self.amount)

    @property
    def fee_quote(self) -> Decimal:
        """The fee's worth in quote at the fill's price; nothing where it was paid in a third currency."""
        if self.fee_elsewhere:
            return ZERO
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
    dust: Decimal = ZERO
    """Base left over of positions that are closed, at no cost; a later sale may take it along."""

    @property
    def base(self) -> Decimal:
        """Base currency held, dust included."""
        if not self.dust:
            return self.lot.amount if self.lot else ZERO
        return EXACT.add(self.lot.amount, self.dust) if self.lot else self.dust

    def equity(self, price: Decimal | None) -> Decimal:
        """Cash and position at `price`; at cost where no price is known."""
        if self.lot is None and not self.dust:
            return self.cash
        if price is not None:
            return EXACT.add(self.cash, EXACT.multiply(self.base, price))
        return EXACT.add(self.cash, self.lot.held_cost) if self.lot else self.cash

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


def apply_fill(
    portfolio: Portfolio, fill: Fill, ts: int, *, dust_below: Decimal = ZERO
) -> tuple[Portfolio, Decimal | None]:
    """The account after the fill, and the P&L it realized after fees (None for a buy). Raises `Overdrawn`.

    A sale that leaves less than `dust_below` closes the position, and writes the rest off as a part of its P&L.
    """
    if fill.side == "buy":
        return _buy(portfolio, fill, ts), None
    return _sell(portfolio, fill, dust_below)


def taken_out(portfolio: Portfolio, amount: Decimal, *, dust_below: Decimal = ZERO) -> Portfolio:
    """The account after `amount` of base left it without a trade: dust first, then the position, at what it cost.

    The deposit goes down with it, so nothing is realized; a rest below `dust_below` goes the same way. Raises
    `Overdrawn`.
    """
    if amount > portfolio.base:
        raise Overdrawn(f"{amount:f} left the account, and only {portfolio.base:f} is held")
    dust = max(EXACT.subtract(portfolio.dust, amount), ZERO)
    left = EXACT.subtract(amount, EXACT.subtract(portfolio.dust, dust))
    lot = portfolio.lot
    if lot is None or not left:
        return replace(portfolio, dust=dust)
    rest = EXACT.subtract(lot.amount, left)
    if rest < dust_below:
        left, dust = lot.amount, EXACT.add(dust, rest)
    after, given_up = _released(lot, EXACT.add(lot.sold, left))
    deposit = EXACT.subtract(portfolio.deposit, given_up)
    return replace(portfolio, dust=dust, deposit=deposit, lot=after if after.amount else None)


def put_in(portfolio: Portfolio, quote: Decimal) -> Portfolio:
    """The account after so much quote came to it without a trade, or left it where that is negative."""
    return replace(portfolio, cash=EXACT.add(portfolio.cash, quote), deposit=EXACT.add(portfolio.deposit, quote))


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


def _sell(portfolio: Portfolio, fill: Fill, dust_below: Decimal) -> tuple[Portfolio, Decimal]:
    fee = EXACT.subtract(fill.fee, fill.fee_beside) if fill.fee_in_base else ZERO
    leaving = EXACT.add(fill.amount, fee)
    if leaving > portfolio.base:
        raise Overdrawn(f"a sale of {leaving:f} was reported, and only {portfolio.base:f} is held")
    # Base taken as a fee brings nothing in and releases its cost with the rest, so only a fee in quote is subtracted.
    income = fill.cost if fill.fee_in_base or fill.fee_elsewhere else EXACT.subtract(fill.cost, fill.fee)
    lot, dust, given_up = _without(portfolio, leaving, dust_below)
    pnl = EXACT.subtract(income, given_up)
    return replace(
        portfolio,
        cash=EXACT.add(portfolio.cash, income),
        lot=lot,
        realized_pnl=EXACT.add(portfolio.realized_pnl, pnl),
        fees_paid=EXACT.add(portfolio.fees_paid, fill.fee_quote),
        trip_pnl=EXACT.add(portfolio.trip_pnl, pnl),
        dust=dust,
    ), pnl


def _without(portfolio: Portfolio, leaving: Decimal, dust_below: Decimal) -> tuple[Lot | None, Decimal, Decimal]:
    """Lot and dust once so much base is gone, the position's first, and the cost and fees that go with it.

    A sale may meet dust alone: the one before it, on its way at the same time, has closed the position.
    """
    lot = portfolio.lot
    if lot is None:
        return None, EXACT.subtract(portfolio.dust, leaving), ZERO
    of_lot = min(leaving, lot.amount)
    dust = EXACT.subtract(portfolio.dust, EXACT.subtract(leaving, of_lot))
    rest = EXACT.subtract(lot.amount, of_lot)
    if rest < dust_below:
        of_lot, dust = lot.amount, EXACT.add(dust, rest)
    after, given_up = _released(lot, EXACT.add(lot.sold, of_lot))
    return after if after.amount else None, dust, given_up


def _released(lot: Lot, sold: Decimal) -> tuple[Lot, Decimal]:
    """The lot once `sold` of it is gone, and the cost and fees that go with what is newly gone."""
    after = replace(
        lot, sold=sold, released_cost=_share(lot.cost, lot, sold), released_fees=_share(lot.fees, lot, sold)
    )
    cost = EXACT.subtract(after.released_cost, lot.released_cost)
    return after, EXACT.add(cost, EXACT.subtract(after.released_fees, lot.released_fees))


def _share(whole: Decimal, lot: Lot, sold: Decimal) -> Decimal:
    if sold == lot.bought:
        return whole
    return EXACT.divide(EXACT.multiply(whole, sold), lot.bought).quantize(SHARE, ROUND_HALF_EVEN, EXACT)
