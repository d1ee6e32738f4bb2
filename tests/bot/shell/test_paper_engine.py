"""Engine and paper broker together, whatever the strategy, the market, the person and the power supply do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.limits import RiskLimits
from bot.core.messages import Notice, Signal
from bot.core.order_policy import OrderPolicy
from bot.core.orders import on_its_way
from bot.core.portfolio import EXACT
from bot.core.state import Config
from bot.shell.paper_broker import PaperSettings
from tests.bot.shell.test_paper_stories import Story
from tests.support.trading import CONFIG, MINUTE, T0, command

HALF = Decimal("0.5")
maybe_percent = st.sampled_from([None, Decimal(1), Decimal(2)])
ways = st.sampled_from(["market", "limit"])


@st.composite
def configs(draw: st.DrawFn) -> Config:
    return replace(
        CONFIG,
        stop_loss_pct=draw(maybe_percent),
        take_profit_pct=draw(maybe_percent),
        max_parts=draw(st.sampled_from([1, 3])),
        risk=RiskLimits(trailing_stop_pct=draw(maybe_percent)),
        orders=OrderPolicy(
            entry=draw(ways),
            exit=draw(ways),
            timeout_s=draw(st.sampled_from([1, 3, 10])),
            reprices=draw(st.sampled_from([0, 1, 3])),
            stop_on_exchange=draw(st.booleans()),
        ),
    )


papers = st.builds(
    PaperSettings,
    latency_ms=st.sampled_from([0, 1_500]),
    volume_share_pct=st.sampled_from([None, Decimal(10)]),
    fee_in_base=st.booleans(),
)
moves = st.tuples(st.just("move"), st.integers(-80, 80), st.integers(0, 10))
closes = st.tuples(st.just("close"), st.sampled_from([0, 1, 5, 100]))
enters = st.tuples(st.just("signal"), st.just("enter"), st.fixed_dictionaries({"adds": st.just(True)}))
exits = st.tuples(
    st.just("signal"),
    st.just("exit"),
    st.fixed_dictionaries({"parts": st.sampled_from([None, 1, 2]), "share": st.sampled_from([Decimal(1), HALF])}),
)
orders_of_a_person = st.tuples(
    st.just("ask"), st.sampled_from(["halt", "resume", "resume", "start_bot", "stop_bot", "close_position"])
)
restarts = st.tuples(st.just("restart"))
lives = st.lists(
    st.one_of(moves, moves, moves, closes, enters, exits, orders_of_a_person, restarts), min_size=15, max_size=80
)


class Life:
    """A story told in cents, so that a market may wander."""

    def __init__(self, config: Config, paper: PaperSettings) -> None:
        self.story, self.cents = Story({}, config, paper), 10_000

    def move(self, by: int, spread: int) -> None:
        self.cents = max(5_000, self.cents + by)
        self.story.at(Decimal(self.cents) / 100, Decimal(self.cents + spread) / 100)

    def close(self, volume: int) -> None:
        self.story.close_candle(Decimal(self.cents) / 100, volume)

    def signal(self, kind: Any, fields: dict[str, Any]) -> None:
        self.close(5)
        candle_ts = T0 + (self.story.candles - 1) * MINUTE
        self.story.tell(Signal(kind=kind, reason=kind, candle_ts=candle_ts, **fields))

    def ask(self, name: Any) -> None:
        self.story.tell(command(name))

    def restart(self) -> None:
        self.story.restart()


@given(configs(), papers, lives)
def test_what_is_held_is_offered_once_and_whatever_happens_is_paid_for(
    config: Config, paper: PaperSettings, actions: list[tuple[Any, ...]]
) -> None:
    life = Life(config, paper)
    for name, *arguments in actions:
        getattr(life, name)(*arguments)
        state = life.story.state
        portfolio = state.account.portfolio
        lot = portfolio.lot
        held = EXACT.add(lot.held_cost, lot.held_fees) if lot else Decimal(0)
        assert EXACT.add(portfolio.cash, held) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)
        assert portfolio.cash >= 0
        assert on_its_way(state, "sell") <= portfolio.base
        assert bool(state.account.parts) <= bool(lot)
    assert not [each for each in life.story.events if isinstance(each, Notice) and "there are." in each.message]


@given(configs(), papers, lives)
def test_a_halt_that_flattens_ends_with_nothing_held_or_too_little_to_sell(
    config: Config, paper: PaperSettings, actions: list[tuple[Any, ...]]
) -> None:
    life = Life(config, paper)
    for name, *arguments in actions:
        getattr(life, name)(*arguments)
    life.story.tell(command("halt", flatten=True))
    for _ in range(6):
        life.close(1_000_000)
        for _ in range(5):
            life.story.at(Decimal(life.cents) / 100, after_s=2)
    state = life.story.state
    assert not state.account.flattening
    assert state.account.portfolio.base * life.cents / 100 < 5
