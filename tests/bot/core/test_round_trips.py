"""Fills become round trips, however they are cut up."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.core.portfolio import Fill, apply_fill, open_portfolio
from bot.core.round_trips import RoundTrip, round_trips
from bot.events import Side, Trade


def fill(ts: int, side: Side, amount: str, pnl: str | None = None, *, fee: str = "0", currency: str = "USDT") -> Trade:
    return Trade(
        id=str(ts),
        ts=ts,
        symbol="BTC/USDT",
        side=side,
        price=Decimal(100),
        amount=Decimal(amount),
        fee=Decimal(fee),
        fee_currency=currency,
        pnl=None if pnl is None else Decimal(pnl),
    )


def trips(*fills: Trade) -> list[RoundTrip]:
    return list(round_trips(fills, "BTC"))


def test_a_buy_and_its_sale_are_one_trip() -> None:
    assert trips(fill(1, "buy", "2"), fill(5, "sell", "2", "7")) == [
        RoundTrip(entry_ts=1, exit_ts=5, pnl=Decimal(7), fills=2)
    ]


def test_sales_in_parts_are_one_trip_and_add_up() -> None:
    (trip,) = trips(fill(1, "buy", "2"), fill(2, "buy", "1"), fill(5, "sell", "2", "7"), fill(9, "sell", "1", "-3"))
    assert trip == RoundTrip(entry_ts=1, exit_ts=9, pnl=Decimal(4), fills=4)


def test_what_is_still_held_is_no_trip() -> None:
    assert trips(fill(1, "buy", "2"), fill(5, "sell", "1", "7")) == []


def test_a_fee_taken_in_base_leaves_less_to_sell() -> None:
    bought = fill(1, "buy", "2", fee="0.5", currency="BTC")
    assert len(trips(bought, fill(5, "sell", "1.5", "7"))) == 1
    assert trips(bought, fill(5, "sell", "1.2", "7", fee="0.2", currency="BTC")) == []
    assert len(trips(bought, fill(5, "sell", "1.2", "7", fee="0.3", currency="BTC"))) == 1


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 200), st.booleans(), st.integers(0, 3)), max_size=30),
)
def test_trips_are_those_of_the_account_and_so_is_their_profit(steps: list[tuple[int, int, bool, int]]) -> None:
    """Bought and sold at random, in parts and whole: what the account calls over is over, for the same profit."""
    account, trades, finished = open_portfolio(Decimal(1_000_000)), [], []
    for ts, (amount, price, is_whole, fee) in enumerate(steps, start=1):
        sells = account.base > 0 and amount % 2 == 0
        traded = min(account.base, Decimal(amount)) if sells and not is_whole else account.base if sells else amount
        side: Side = "sell" if sells else "buy"
        paid = Fill(side=side, price=Decimal(price), amount=Decimal(traded), fee=Decimal(fee))
        account, pnl = apply_fill(account, paid, ts)
        trades.append(
            Trade(
                id=str(ts), ts=ts, symbol="B/Q", side=side, price=paid.price, amount=paid.amount, fee=paid.fee, pnl=pnl
            )
        )
        finished += [account.trip_pnl] if account.lot is None else []
    assert [trip.pnl for trip in round_trips(trades, "B")] == finished
