"""Limit orders and stops through engine and paper broker, as the live bot and the backtest join them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.kernel import Kernel
from bot.core.limits import RiskLimits
from bot.core.messages import CancelOrder, Effect, Event, Input, Notice, Order, SessionOpened
from bot.core.order_policy import OrderPolicy
from bot.core.state import Config, State, dump_account, load_account, new_account
from bot.events import Trade
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.trading import advance, carry_out, open_feed
from tests.support.paper import EXACTLY, sharing
from tests.support.trading import CONFIG, MINUTE, RULES, T0, Scripted, candle, command, price

LIMITS = OrderPolicy(entry="limit", exit="limit", timeout_s=30, reprices=1)
FREE = replace(CONFIG, stop_loss_pct=None, take_profit_pct=None, orders=LIMITS)
GUARDED = replace(
    CONFIG,
    take_profit_pct=None,
    risk=RiskLimits(trailing_stop_pct=Decimal(2)),
    orders=OrderPolicy(stop_on_exchange=True),
)


class Story:
    """Kernel and broker, joined as in a desk; a restart leaves what the account holds."""

    def __init__(self, script: dict[int, str], config: Config = FREE, settings: PaperSettings = EXACTLY) -> None:
        self.script, self.settings = script, settings
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self.candles, self.now = 0, T0
        self._begin(State(config=config, account=new_account("bot", Decimal(10_000))))
        self.tell(SessionOpened(run=True))
        self.at(100)

    def _begin(self, state: State) -> None:
        self.kernel = Kernel(state, Scripted(self.script))
        self.broker = PaperBroker(self.settings)
        open_feed(self.kernel, self.broker, RULES, [candle(number, 100) for number in range(self.candles)][-1:])

    def tell(self, message: Input) -> None:
        _, events, effects = advance(self.kernel, self.broker, message)
        self.events += events
        self.effects += effects
        for effect in effects:
            carry_out(self.broker, effect)

    def at(self, bid: Any, ask: Any = None, *, after_s: int = 1) -> None:
        """A trade at the bid, so many seconds after what came before."""
        self.now += after_s * 1000
        offered = bid if ask is None else ask
        self.tell(price(bid, self.now, bid=Decimal(str(bid)), ask=Decimal(str(offered))))

    def close_candle(self, close: Any = 100, volume: Any = 1) -> None:
        self.tell(replace(candle(self.candles, close), volume=Decimal(volume)))
        self.candles += 1
        self.now = max(self.now, T0 + self.candles * MINUTE)

    def restart(self) -> None:
        account = load_account(dump_account(self.state.account))
        self._begin(State(config=self.state.config, account=account))
        for order in account.orders:
            self.broker.take_up(order)
        self.tell(SessionOpened(run=True))

    @property
    def state(self) -> State:
        return self.kernel.state

    @property
    def trades(self) -> list[list[Any]]:
        """Side, price and amount of each."""
        return [[t.side, t.price, t.amount] for t in self.events if isinstance(t, Trade)]

    @property
    def orders(self) -> list[Order]:
        return list(self.state.account.orders)

    def sent(self) -> list[list[Any]]:
        """What went out, in order: an order's side, type and price, or `back` with the order's id."""
        return [
            ["back", effect.order.id]
            if isinstance(effect, CancelOrder)
            else [effect.order.side, effect.order.type, effect.order.price or effect.order.trigger_price]
            for effect in self.effects
        ]

    def alerts(self) -> list[str]:
        return [event.title for event in self.events if isinstance(event, Notice)]


def test_an_entry_is_bid_for_priced_anew_filled_in_part_and_given_up() -> None:
    story = Story({0: "enter"}, settings=sharing(10))
    story.at(100, 101)
    story.close_candle()
    story.at(100, 101)
    (resting,) = story.orders
    assert [resting.type, resting.price, resting.status] == ["limit", 100, "open"]
    story.at(103, 104, after_s=30)
    story.at(103, 104)
    story.at(103, 104)
    (anew,) = story.orders
    assert [anew.price, anew.status, anew.attempt] == [103, "open", 2]
    story.at(102, "102.5")
    assert story.trades == [["buy", 103, Decimal("0.1")]]
    story.at(103, 104, after_s=30)
    story.at(103, 104)
    assert story.orders == []
    assert story.state.account.portfolio.base == Decimal("0.1")
    assert story.state.account.parts == 1
    assert story.sent() == [["buy", "limit", 100], ["back", resting.id], ["buy", "limit", 103], ["back", anew.id]]


def test_an_exit_that_nobody_takes_is_sold_at_the_market() -> None:
    story = Story({0: "enter", 1: "exit"})
    story.close_candle()
    story.at(100, 101)
    story.at(99, "99.5")
    assert len(story.trades) == 1
    story.close_candle()
    story.at(99, 100)
    for _ in range(2):
        story.at(98, 99, after_s=30)
        story.at(98, 99)
        story.at(98, 99)
    assert story.trades[-1][:2] == ["sell", 98]
    assert story.state.account.portfolio.lot is None
    assert [word for word in story.sent() if word[0] != "back"] == [
        ["buy", "limit", 100],
        ["sell", "limit", Decimal("99.5")],
        ["sell", "limit", 99],
        ["sell", "market", None],
    ]


def test_the_stop_on_the_exchange_follows_the_trailing_stop_and_sells_where_the_market_falls_to() -> None:
    story = Story({0: "enter"}, config=GUARDED)
    story.close_candle()
    for bid in (100, 100, 110, 110, 110):
        story.at(bid)
    assert [order.trigger_price for order in story.orders] == [Decimal("107.80")]
    story.at(105)
    assert story.trades[-1][:2] == ["sell", 105]
    assert story.state.account.portfolio.lot is None
    assert [word[:2] for word in story.sent()] == [
        ["buy", "market"],
        ["sell", "stop"],
        ["back", "bot-2"],
        ["sell", "stop"],
    ]


def test_a_stop_that_comes_too_late_is_refused_and_the_bot_sells_itself() -> None:
    story = Story({0: "enter"}, config=GUARDED)
    story.close_candle()
    story.at(100)
    story.at(97)
    assert story.alerts() == ["Order to sell refused"]
    story.at(97)
    assert story.trades[-1][:2] == ["sell", 97]


def test_a_halt_that_flattens_takes_back_all_that_rests_and_then_sells() -> None:
    story = Story({0: "enter"}, config=GUARDED)
    story.close_candle()
    for _ in range(3):
        story.at(100)
    story.tell(command("halt", flatten=True))
    for _ in range(3):
        story.at(100)
    assert [word[:2] for word in story.sent()][-2:] == [["back", "bot-2"], ["sell", "market"]]
    assert story.state.account.portfolio.lot is None
    assert story.orders == []
    assert not story.state.account.flattening


def test_an_entry_that_rests_is_taken_back_by_a_halt() -> None:
    story = Story({0: "enter"})
    story.close_candle()
    story.at(100, 101)
    story.tell(command("halt", flatten=True))
    story.at(90, 91)
    assert story.trades == []
    assert story.orders == []


PRICES = [
    (100, 101), (100, 101), (103, 104, 30), (103, 104), (103, 104), (101, 102), (102, 103), (102, 103),
    (100, 101, 30), (100, 101), (100, 101), (100, 101, 30), (100, 101), (100, 101),
]  # fmt: skip


def told_through(story: Story, restart_at: int | None) -> list[list[Any]]:
    """An entry and an exit by limits, with the process ended and begun again before one of the prices."""
    for number, (bid, ask, *after_s) in enumerate(PRICES):
        if number in (1, 7):
            story.close_candle()
        if number == restart_at:
            story.restart()
        story.at(bid, ask, after_s=after_s[0] if after_s else 1)
    return story.trades


def test_a_restart_before_any_price_leaves_the_same_trades() -> None:
    script = {0: "enter", 1: "exit"}
    expected = told_through(Story(script), None)
    assert [trade[:2] for trade in expected] == [["buy", 103], ["sell", 100]]
    for number in range(len(PRICES)):
        trades = told_through(Story(script), number)
        # Before the fourth an entry is to be placed anew, and is given up: there is no price yet to place it at.
        assert trades == ([] if number == 3 else expected), number


def test_a_limit_exit_waits_until_the_stop_has_been_taken_back() -> None:
    story = Story(
        {0: "enter", 1: "exit"}, config=replace(GUARDED, orders=OrderPolicy(exit="limit", stop_on_exchange=True))
    )
    story.close_candle()
    for _ in range(2):
        story.at(100, 101)
    story.close_candle(101)
    for _ in range(2):
        story.at(100, 101)
    story.at(102, 103)
    assert [word[:2] for word in story.sent()] == [
        ["buy", "market"],
        ["sell", "stop"],
        ["back", "bot-2"],
        ["sell", "limit"],
    ]
    assert story.trades[-1][:2] == ["sell", 101]
    assert story.state.account.portfolio.lot is None
