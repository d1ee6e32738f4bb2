"""What holds for paper whatever is placed, taken back, shown and restarted: money, ends, and a market never bettered.

The account beside the broker is the engine's own, so what is checked is what the bot would hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.engine import step
from bot.core.messages import Order, OrderCanceled, OrderFilled, OrderRejected
from bot.core.orders import order_of
from bot.core.portfolio import EXACT
from bot.core.resting import taken_back
from bot.core.state import dump_account, load_account, with_account
from bot.events import Price, Side
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.trading import Answer
from tests.support.trading import CONFIG, RULES, T0, candle, live_state, price

CENT = Decimal("0.01")
FREE = replace(CONFIG, stop_loss_pct=None, take_profit_pct=None)
SLIPPING = PaperSettings(slippage_pct=Decimal("0.02"))

places = st.tuples(
    st.just("place"),
    st.sampled_from(["buy", "sell"]),
    st.sampled_from(["market", "limit", "limit", "stop"]),
    st.integers(9_995, 10_005),
    st.decimals("0.04", "60", places=3),
)
prices = st.tuples(st.just("price"), st.integers(9_994, 10_006), st.integers(0, 4), st.integers(-2, 5))
cancels = st.tuples(st.just("cancel"), st.integers(0, 5))
candles = st.tuples(st.just("candle"), st.decimals("0", "50", places=2))
restarts = st.tuples(st.just("restart"))
Story = list[tuple[Any, ...]]


class World:
    """An engine's account that holds cash and base, a paper broker, and all that became of the orders."""

    def __init__(self, settings: PaperSettings) -> None:
        self.settings, self.broker = settings, PaperBroker(settings)
        self.state = with_account(live_state(at=100, config=FREE))
        self.orders: dict[str, Order] = {}
        self.fills: list[tuple[Order, OrderFilled, Price]] = []
        self.told: list[Answer] = []
        self.ended: set[str] = set()
        self.candles = 0
        self.live([("place", "buy", "market", 0, Decimal(40)), ("price", 10_000, 1, 0), ("price", 10_000, 1, 0)])

    def live(self, story: Story) -> World:
        for name, *arguments in story:
            getattr(self, name)(*arguments)
        return self

    def place(self, side: Side, kind: Any, cents: int, amount: Decimal) -> None:
        at = cents * CENT
        side = "sell" if kind == "stop" else side
        self.state, effect = order_of(
            self.state, side, amount, "", "entry", order_type=kind,
            price=at if kind == "limit" else None, trigger_price=at if kind == "stop" else None,
        )  # fmt: skip
        self.orders[effect.order.id] = effect.order
        self.broker.place(effect.order)

    def cancel(self, number: int) -> None:
        self.state, effects = taken_back(self.state, lambda state: state.account.orders[number : number + 1])
        for effect in effects:
            self.broker.cancel(effect.order)

    def price(self, cents: int, spread: int, last: int) -> None:
        bid, ts = cents * CENT, (self.state.market_ts or T0) + 100
        seen = price((cents + last) * CENT, ts, bid=bid, ask=bid + spread * CENT)
        for answer in self.broker.on_price(seen, RULES, self.state.account.portfolio):
            self.hear(answer, seen)
        self.state = step(self.state, seen)[0]

    def hear(self, answer: Answer, seen: Price) -> None:
        assert answer.order_id not in self.ended
        self.told.append(answer)
        self.state = step(self.state, answer)[0]
        if isinstance(answer, OrderFilled):
            self.fills.append((self.orders[answer.order_id], answer, seen))
        if isinstance(answer, OrderRejected | OrderCanceled) or (isinstance(answer, OrderFilled) and answer.done):
            self.ended.add(answer.order_id)

    def candle(self, volume: Decimal) -> None:
        self.candles += 1
        self.broker.on_candle(replace(candle(self.candles, 100), volume=volume))

    def restart(self) -> None:
        account = load_account(dump_account(self.state.account))
        self.state = replace(self.state, account=account)
        self.broker = PaperBroker(self.settings)
        for order in account.orders:
            self.broker.take_up(order)


def stories(*kinds: st.SearchStrategy[tuple[Any, ...]]) -> st.SearchStrategy[Story]:
    return st.lists(st.one_of(*kinds, prices, prices), min_size=10, max_size=40)


settings_of_all_kinds = st.builds(
    PaperSettings,
    slippage_pct=st.sampled_from([Decimal(0), Decimal("0.02")]),
    latency_ms=st.sampled_from([0, 50, 250]),
    volume_share_pct=st.sampled_from([None, Decimal(10)]),
    fee_in_base=st.booleans(),
)
whole_stories = stories(places, places, cancels, candles, restarts)


@given(settings_of_all_kinds, whole_stories)
def test_money_is_conserved_and_never_below_nothing(settings: PaperSettings, story: Story) -> None:
    world = World(settings)
    for action in story:
        world.live([action])
        portfolio = world.state.account.portfolio
        lot = portfolio.lot
        held = EXACT.add(lot.held_cost, lot.held_fees) if lot else Decimal(0)
        assert EXACT.add(portfolio.cash, held) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)
        assert portfolio.cash >= 0
        assert portfolio.base >= 0


@given(settings_of_all_kinds, whole_stories)
def test_the_account_holds_what_the_fills_brought(settings: PaperSettings, story: Story) -> None:
    world = World(settings).live(story)
    cash, base = Decimal(10_000), Decimal(0)
    for order, fill, _ in world.fills:
        sign = 1 if order.side == "buy" else -1
        in_base = fill.fee_currency == "BTC"
        cash = EXACT.subtract(cash, sign * EXACT.multiply(fill.price, fill.amount) + (0 if in_base else fill.fee))
        base = EXACT.add(base, sign * fill.amount - (fill.fee if in_base else 0))
    assert [cash, base] == [world.state.account.portfolio.cash, world.state.account.portfolio.base]


@given(settings_of_all_kinds, whole_stories)
def test_no_order_fills_more_than_it_wants_and_nothing_comes_after_its_end(
    settings: PaperSettings, story: Story
) -> None:
    world = World(settings).live(story)
    filled: dict[str, Decimal] = {}
    for order, fill, _ in world.fills:
        filled[order.id] = filled.get(order.id, Decimal(0)) + fill.amount
        assert filled[order.id] <= order.amount
        assert fill.amount % RULES.amount_step == 0
        assert (filled[order.id] == order.amount) == fill.done
    assert world.ended.isdisjoint(order.id for order in world.state.account.orders)


@given(settings_of_all_kinds, whole_stories)
def test_no_fill_is_better_than_the_market_was(settings: PaperSettings, story: Story) -> None:
    for order, fill, seen in World(settings).live(story).fills:
        bid, ask = seen.bid, seen.ask
        assert bid is not None
        assert ask is not None
        assert fill.price % RULES.price_step == 0
        if order.side == "buy":
            at_the_market, passed = fill.price >= ask, max(bid, seen.price) < fill.price
        else:
            at_the_market, passed = fill.price <= bid, min(ask, seen.price) > fill.price
        assert at_the_market or (passed and fill.price == order.price)
        if order.price is not None:
            assert fill.price <= order.price if order.side == "buy" else fill.price >= order.price
        if order.trigger_price is not None:
            assert fill.price <= order.trigger_price


def without_restarts(story: Sequence[tuple[Any, ...]]) -> Story:
    return [action for action in story if action[0] != "restart"]


@given(stories(places, places, cancels, restarts))
def test_a_restart_at_any_point_changes_nothing(story: Story) -> None:
    assert World(SLIPPING).live(story).told == World(SLIPPING).live(without_restarts(story)).told


@pytest.mark.parametrize("latency_ms", [50, 150, 1_000])
@given(stories(places, places, restarts))
def test_a_restart_changes_nothing_of_what_is_on_its_way(latency_ms: int, story: Story) -> None:
    slow = SLIPPING.model_copy(update={"latency_ms": latency_ms})
    assert World(slow).live(story).told == World(slow).live(without_restarts(story)).told
