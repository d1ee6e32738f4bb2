"""The engine against an exchange that answers late, in any order and twice: what must hold whatever happens."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.limits import RiskLimits
from bot.core.messages import FeedFailed, FeedOpened, Input, SessionOpened, Signal
from bot.core.order_policy import OrderPolicy
from bot.core.portfolio import EXACT
from bot.core.state import State, dump_account, load_account
from tests.support.exchange_model import MODEL_RULES, ExchangeModel
from tests.support.trading import CONFIG, MINUTE, T0, candle, command, new_state, price, through

STEP_MS = 5_000
SHARES = [Decimal("0.1"), Decimal("0.34"), Decimal("0.5"), Decimal(1)]


class Story:
    """An engine and an exchange, and everything that may happen between them."""

    def __init__(self, orders: OrderPolicy, *, fee_in_base: bool = False, trails: bool = False) -> None:
        risk = RiskLimits.model_validate({"trailing_stop_pct": 1} if trails else {})
        self.config = replace(CONFIG, stake_pct=Decimal(30), max_parts=3, orders=orders, risk=risk)
        self.state = new_state(config=self.config)
        self.exchange = ExchangeModel(Decimal(10_000), fee_in_base=fee_in_base)
        self.now_ms = T0
        self.candles = 0
        self.commands = 0
        self.tell(SessionOpened(run=True), FeedOpened(rules=MODEL_RULES))
        self.show(40_000)

    def tell(self, *messages: Input) -> None:
        """Messages through the engine; what it wants done reaches the exchange; what must hold is looked at."""
        for message in messages:
            self.state, _, effects = through(self.state, message)
            self.exchange.take(effects)
            self.check()

    def check(self) -> None:
        account, portfolio = self.state.account, self.state.account.portfolio
        sales = [EXACT.subtract(o.amount, o.filled) for o in account.orders if o.side == "sell"]
        assert sum(sales, Decimal(0)) <= portfolio.base
        assert sum(order.purpose == "entry" for order in account.orders) <= 1
        held = EXACT.add(portfolio.lot.held_cost, portfolio.lot.held_fees) if portfolio.lot else Decimal(0)
        assert EXACT.add(portfolio.cash, held) == EXACT.add(portfolio.deposit, portfolio.realized_pnl)
        assert 0 <= account.parts <= self.config.max_parts
        assert portfolio.lot is None or account.stop_price is not None

    def show(self, value: Any) -> None:
        self.exchange.bid = Decimal(value)
        self.tell(price(value, self.now_ms, bid=Decimal(value), ask=Decimal(value) + 10))

    def close_candle(self, value: Any) -> None:
        self.candles += 1
        self.now_ms = max(self.now_ms, T0 + (self.candles + 1) * MINUTE)
        self.show(value)
        self.tell(candle(self.candles, value))

    def do(self, act: str, which: int, size: int) -> None:
        """One thing that happens."""
        self.now_ms += STEP_MS
        if act in ("enter", "exit"):
            self.close_candle(self.exchange.bid)
            self.tell(self._signal(act, which, size))
        elif act == "price":
            self.show(int(self.exchange.bid) + (which - 4) * 40 * (size + 1))
        elif act in COMMANDS:
            self.commands += 1
            asked = command(COMMANDS[act], side="sell" if act == "sell" else "buy", flatten=act == "flatten")
            self.tell(replace(asked, id=f"c-{self.commands}"))
        elif act == "away":
            self.tell(FeedFailed(message="gone"))
        elif act == "back":
            self.tell(FeedOpened(rules=MODEL_RULES))
        else:
            self._at_the_exchange(act, which, size)

    def _signal(self, kind: str, which: int, size: int) -> Signal:
        ts = candle(self.candles, 1).ts
        if kind == "enter":
            return Signal(kind="enter", adds=True, parts=1 + which % 2, reason=f"in on {self.candles}", candle_ts=ts)
        parts = None if size == 3 else size + 1
        return Signal(kind="exit", parts=parts, reason=f"out on {self.candles}", candle_ts=ts)

    def _at_the_exchange(self, act: str, which: int, size: int) -> None:
        exchange = self.exchange
        status = {"accept": "new", "refuse": "new", "lose": "new"}.get(act, "open")
        if act in ("deliver", "again"):
            known = exchange.untold() if act == "deliver" else [each for each in exchange.orders.values() if each.told]
        else:
            known = exchange.those(status)
        if not known:
            return
        one = known[which % len(known)]
        if act == "deliver":
            self.tell(exchange.delivered(one, size))
        elif act == "again":
            self.tell(one.told[size % len(one.told)])
        elif act == "accept":
            exchange.accept(one)
        elif act in ("refuse", "lose"):
            exchange.refuse(one, never_arrived=act == "lose")
        elif act == "fill":
            exchange.fill(one, SHARES[size])
        elif one.is_asked_back or act == "expire":
            exchange.end(one)

    def restart(self) -> None:
        """A kill: only the account and the exchange are left; what was told of orders that are open is told again."""
        account = load_account(dump_account(self.state.account))
        self.state = State(config=self.config, account=account)
        self.tell(SessionOpened(run=account.run == "running"))
        for order in account.orders:
            known = self.exchange.orders[order.id]
            known.is_asked_back = known.is_asked_back or order.status in ("canceling", "repricing")
            self.tell(*known.told)
        self.tell(FeedOpened(rules=MODEL_RULES))

    def settle(self) -> None:
        """All that was sent arrives, all that was asked back is over, all that is at the market is filled and told."""
        exchange = self.exchange
        for one in exchange.those("new"):
            exchange.accept(one)
        for one in exchange.those("open"):
            if one.order.type == "market":
                exchange.fill(one, Decimal(1))
            elif one.is_asked_back:
                exchange.end(one)
        while exchange.untold():
            self.tell(exchange.delivered(exchange.untold()[0], 0))

    def close_down(self) -> None:
        """Halt with flatten, and as many minutes as it may take: what was refused is tried again within one."""
        self.tell(FeedOpened(rules=MODEL_RULES), replace(command("halt", flatten=True), id="the end"))
        for _ in range(6):
            self.settle()
            self.now_ms += MINUTE
            self.close_candle(self.exchange.bid)


COMMANDS: dict[str, Any] = {
    "buy": "test_trade", "sell": "test_trade", "close": "close_position", "stop": "stop_bot", "start": "start_bot",
    "halt": "halt", "flatten": "halt", "resume": "resume",
}  # fmt: skip
OFTEN = ["enter", "exit", "price", "price", "accept", "accept", "fill", "fill", "take back", *["deliver"] * 4]
LIFE = [*OFTEN * 5, "refuse", "lose", "again", "expire"]
EVERYTHING = [*LIFE, *COMMANDS, "start", "resume", "away", "back", "back", "restart"]


def acts(kinds: list[str], most: int = 60) -> st.SearchStrategy[list[tuple[str, int, int]]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 7), st.integers(0, 3)), min_size=8, max_size=most)


POLICIES = st.builds(
    OrderPolicy,
    entry=st.sampled_from(["market", "limit"]),
    exit=st.sampled_from(["market", "limit"]),
    timeout_s=st.just(30),
    reprices=st.integers(0, 2),
    stop_on_exchange=st.booleans(),
)


def told(story: Story, script: list[tuple[str, int, int]]) -> Story:
    for act, which, size in script:
        if act == "restart":
            story.restart()
        else:
            story.do(act, which, size)
    return story


@settings(max_examples=300, deadline=None)
@given(POLICIES, acts(EVERYTHING), st.booleans(), st.booleans())
def test_whatever_happens_a_halt_that_closes_leaves_nothing_and_the_books_are_the_exchanges(
    policy: OrderPolicy, script: list[tuple[str, int, int]], fee_in_base: bool, trails: bool
) -> None:
    story = told(Story(policy, fee_in_base=fee_in_base, trails=trails), script)
    story.close_down()
    account, exchange = story.state.account, story.exchange
    assert (account.orders, account.wanted_exit, account.flattening) == ((), None, False)
    assert not exchange.those("new")
    assert not exchange.those("open")
    assert (account.portfolio.cash, account.portfolio.base) == (exchange.quote, exchange.base)
    assert account.portfolio.lot is None or account.portfolio.lot.amount < MODEL_RULES.amount_step


QUIET = [*LIFE, "buy", "sell", "close", "stop", "halt", "flatten"]


@settings(max_examples=200, deadline=None)
@given(POLICIES, acts(QUIET, 25), acts(QUIET, 25), st.booleans())
def test_a_kill_and_a_restart_in_between_lead_to_the_same_account(
    policy: OrderPolicy, before: list[tuple[str, int, int]], after: list[tuple[str, int, int]], trails: bool
) -> None:
    def lived(*, is_killed: bool) -> Story:
        story = told(Story(policy, trails=trails), before)
        if is_killed:
            story.restart()
        story.show(story.exchange.bid)
        return told(story, after)

    one, other = lived(is_killed=False), lived(is_killed=True)
    assert other.state.account == one.state.account
    assert (other.exchange.quote, other.exchange.base) == (one.exchange.quote, one.exchange.base)


@pytest.mark.parametrize("entry", ["market", "limit"])
@pytest.mark.parametrize("stop_on_exchange", [False, True])
def test_a_story_of_every_day_trades(entry: Any, stop_on_exchange: bool) -> None:
    policy = OrderPolicy(entry=entry, exit=entry, stop_on_exchange=stop_on_exchange)
    script = [("enter", 0, 0), ("accept", 0, 0), ("fill", 0, 3), ("deliver", 0, 0), ("deliver", 0, 0), ("accept", 0, 0)]
    story = told(Story(policy), script)
    assert story.state.account.portfolio.base > 0
    story.close_down()
    assert story.state.account.statistics.trades == 1
