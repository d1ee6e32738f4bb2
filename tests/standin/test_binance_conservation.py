"""The core keeps its promise whatever is done to it: no digit is lost, and nothing is ever below zero."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.standin.binance_book import Level
from tests.standin.binance_errors import Refused
from tests.standin.binance_events import Execution
from tests.standin.binance_exchange import SpotExchange
from tests.standin.binance_filters import SymbolRules
from tests.standin.binance_orders import ZERO, NewOrder, Order, OrderType, Side

AWKWARD = SymbolRules(
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.0007"),
    min_price=Decimal("0.0007"),
    step_size=Decimal("0.00003"),
    min_quantity=Decimal("0.00003"),
    min_notional=Decimal("0.01"),
)
"""Steps whose products have more than eight decimals."""
FIRST = Decimal("70.0007")

prices = st.integers(99_950, 100_050).map(lambda ticks: ticks * AWKWARD.tick_size)
amounts = st.integers(1, 2_000).map(lambda steps: steps * 7 * AWKWARD.step_size)
sides = st.sampled_from(get_args(Side))
levels = st.lists(st.builds(Level, prices, amounts), max_size=4)


class Trading(RuleBasedStateMachine):
    """Orders of every type, trades, books, cancels, deposits and fee changes, in any order."""

    @initialize(rate=st.sampled_from([ZERO, Decimal("0.001"), Decimal("0.00075123")]))
    def open_account(self, rate: Decimal) -> None:
        deposits = {"USDT": Decimal("60.00000001"), "BTC": Decimal("0.80000007"), "BNB": Decimal("0.0005")}
        self.exchange = SpotExchange(
            deposits=deposits, rules=[AWKWARD], maker_rate=rate, taker_rate=rate * 2, clock=lambda: 1
        )
        self.exchange.market("BTCUSDT").level_size = Decimal("0.09999")
        self.exchange.set_last("BTCUSDT", FIRST)

    @rule(side=sides, kind=st.sampled_from(get_args(OrderType)), amount=amounts, price=prices, stop=prices)
    def order(self, side: Side, kind: OrderType, amount: Decimal, price: Decimal, stop: Decimal) -> None:
        is_limit, is_stop = "LIMIT" in kind, kind.startswith(("STOP", "TAKE"))
        asked = NewOrder(
            symbol="BTCUSDT",
            side=side,
            type=kind,
            quantity=amount,
            price=price if is_limit else ZERO,
            stop_price=stop if is_stop else ZERO,
        )
        self.place(asked)

    @rule(side=sides, time_in_force=st.sampled_from(["IOC", "FOK"]), amount=amounts, price=prices)
    def order_that_does_not_rest(self, side: Side, time_in_force: str, amount: Decimal, price: Decimal) -> None:
        asked = NewOrder(
            symbol="BTCUSDT",
            side=side,
            type="LIMIT",
            quantity=amount,
            price=price,
            time_in_force=time_in_force,  # type: ignore[arg-type]
        )
        if (order := self.place(asked)) is not None:
            assert not order.is_open
            assert time_in_force == "IOC" or order.executed in (ZERO, amount)

    @rule(side=sides, quote=amounts.map(lambda amount: amount * 100))
    def market_order_by_quote(self, side: Side, quote: Decimal) -> None:
        order = self.place(NewOrder(symbol="BTCUSDT", side=side, type="MARKET", quote_quantity=quote))
        assert order is None or order.quote_executed <= quote

    @rule(price=prices, amount=amounts)
    def others_trade(self, price: Decimal, amount: Decimal) -> None:
        before = sum(fill.quantity for fill in self.exchange.fills if fill.is_maker)
        self.exchange.trade("BTCUSDT", price, amount)
        assert sum(fill.quantity for fill in self.exchange.fills if fill.is_maker) - before <= amount

    @rule(bids=levels, asks=levels)
    def a_book_is_set(self, bids: list[Level], asks: list[Level]) -> None:
        self.exchange.set_book("BTCUSDT", bids, asks)

    @rule()
    def the_book_follows_the_price(self) -> None:
        self.exchange.let_book_follow_last("BTCUSDT")

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        open_orders = self.exchange.open_orders()
        if open_orders:
            order = data.draw(st.sampled_from(open_orders))
            self.exchange.cancel("BTCUSDT", order.order_id)

    @rule(asset=st.sampled_from(["USDT", "BTC", "BNB"]), amount=st.integers(-(10**9), 10**9))
    def money_comes_or_goes(self, asset: str, amount: int) -> None:
        moved = Decimal(amount).scaleb(-8)
        if self.exchange.wallet[asset].free + moved >= 0:
            self.exchange.deposit(asset, moved)
        else:
            with pytest.raises(Refused, match="insufficient balance"):
                self.exchange.deposit(asset, moved)

    @rule(price=st.sampled_from([None, Decimal("3.1")]))
    def fees_in_bnb_are_switched(self, price: Decimal | None) -> None:
        self.exchange.account.bnb_price = price

    @invariant()
    def everything_adds_up(self) -> None:
        self.exchange.check_conservation()

    @invariant()
    def the_events_tell_it_all(self) -> None:
        executions = [event for event in self.exchange.events if isinstance(event, Execution)]
        assert [event.fill for event in executions if event.kind == "TRADE"] == self.exchange.fills
        last_told = {event.order.order_id: event.order.status for event in executions}
        assert last_told == {number: order.status for number, order in self.exchange.orders.items()}

    def place(self, asked: NewOrder) -> Order | None:
        """The order; None where it is refused, which changes nothing and tells nothing."""
        before = len(self.exchange.orders), len(self.exchange.events)
        try:
            return self.exchange.place(asked)
        except Refused:
            assert before == (len(self.exchange.orders), len(self.exchange.events))
            return None


TestTrading = Trading.TestCase
TestTrading.settings = settings(max_examples=200, stateful_step_count=40)
