"""A desk on a journal of its own, and everything that may happen at it; what is on disk of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

import orjson
from hypothesis import strategies as st
from sqlalchemy import select

from bot.core.kernel import Kernel
from bot.core.market_rules import MarketRules
from bot.core.messages import (
    BalancesSeen,
    FeedEnded,
    FeedFailed,
    Order,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    StrategyFailed,
)
from bot.core.order_policy import OrderPolicy
from bot.core.portfolio import Portfolio
from bot.core.state import State, new_account
from bot.events import Candle, Price
from bot.shell import journal_schema as schema
from bot.shell.desk import Desk, Face
from bot.shell.journal import Journal
from bot.shell.journal_store import Store
from tests.support.replayed import Figures, figures_of
from tests.support.trading import CONFIG, RULES, T0, Scripted, candle, price

FACE = Face(exchange="simulated", timeframe="1m", strategy="scripted")
SCRIPT = {number: "exit" if number % 3 else "enter" for number in range(500)}


BrokerAnswer = OrderFilled | OrderRejected | OrderCanceled
POLICIES = [
    OrderPolicy(),
    OrderPolicy(entry="limit", exit="limit", timeout_s=1, reprices=1, stop_on_exchange=True),
]


class Whims:
    """A broker whose answers the test makes up: parts, refusals, the same fill again, a fill nobody asked for."""

    def __init__(self) -> None:
        self.placed: list[Order] = []
        self.answers: list[BrokerAnswer] = []

    def place(self, order: Order) -> None:
        self.placed.append(order)

    def take_up(self, order: Order) -> None:
        self.placed.append(order)

    def cancel(self, order: Order) -> None:
        """Its end is one of the answers that the test makes up."""

    def on_candle(self, candle: Candle) -> None:
        pass

    def on_price(self, price: Price, rules: MarketRules, portfolio: Portfolio) -> Iterator[BrokerAnswer]:
        answers, self.answers = self.answers, []
        yield from answers


class Story:
    """A desk on an account of its own in a journal that it shares, and what is on disk of it."""

    def __init__(self, journal: Journal, reader: Store, name: str, policy: OrderPolicy) -> None:
        self._journal, self._reader, self._name = journal, reader, name
        self.broker = Whims()
        self.candles = 0
        journal.open_account(name)
        ids = count(1)
        state = State(config=replace(CONFIG, orders=policy), account=new_account(name, Decimal(10_000)))
        self.desk = Desk(
            Kernel(state, Scripted(SCRIPT)),
            self.broker,
            journal,
            FACE,
            wall_ms=lambda: 77,
            new_id=lambda: f"{name}-{next(ids)}",
        )

    def open(self, *, run: bool = True) -> Story:
        self.desk.open_session(run=run)
        self.desk.open_feed(RULES, [])
        self.desk.handle(price(40_000))
        return self

    def rows(self, after_n: int = 0) -> list[tuple[int, str, dict[str, Any]]]:
        """(n, type, data) of the events that were written since."""
        table = schema.events
        query = select(table.c.n, table.c.type, table.c.data).where(table.c.account == self._name, table.c.n > after_n)
        with self._reader.transaction() as connection:
            found = connection.execute(query.order_by(table.c.n)).all()
        return [(n, name, orjson.loads(data)) for n, name, data in found]

    def figures_on_disk(self) -> Figures:
        account = self._journal.open_account(self._name)
        assert account is not None
        return figures_of(account)


@dataclass(frozen=True)
class Answer:
    """What the broker says about one of its orders: nothing where it has none."""

    which: int
    """0 is the last order that was placed."""
    share: Decimal | None
    """Of what is left of the order; None is a refusal, nothing an order taken back, more than 1 too much."""
    at: Decimal
    fee_currency: str = "USDT"
    is_booked: bool = False
    """Whether the exchange rounded what changed hands."""

    def of(self, story: Story) -> BrokerAnswer | None:
        if not story.broker.placed:
            return None
        order = story.broker.placed[-1 - self.which % len(story.broker.placed)]
        if self.share is None:
            return OrderRejected(order_id=order.id, reason="The market says no.")
        if not self.share:
            return OrderCanceled(order_id=order.id, reason="It was taken back.")
        left = next((o.amount - o.filled for o in story.desk.state.account.orders if o.id == order.id), order.amount)
        amount = left * self.share
        return OrderFilled(
            order_id=order.id,
            ts=T0,
            price=self.at,
            amount=amount,
            cost=(amount * self.at).quantize(Decimal("0.01")) if self.is_booked else None,
            fee=amount / 1000 if self.fee_currency == "BTC" else amount * self.at / 1000,
            fee_currency=self.fee_currency,
            done=self.share >= 1,
        )


PRICES = st.decimals("30000", "50000", places=2)
ANSWERS = st.builds(
    Answer,
    st.integers(0, 2),
    st.sampled_from([Decimal("0.25"), Decimal("0.333333333333"), Decimal(1), Decimal("1.5"), Decimal(0), None]),
    PRICES,
    st.sampled_from(["USDT", "BTC", "BNB"]),
    st.booleans(),
)


@dataclass(frozen=True)
class Shown:
    """A price, with what becomes of orders at it."""

    price: Decimal
    answers: tuple[Answer, ...]

    def do(self, story: Story) -> None:
        story.broker.answers = [made for made in (answer.of(story) for answer in self.answers) if made is not None]
        story.desk.handle(price(self.price))


@dataclass(frozen=True)
class Told:
    """An answer of the broker's that comes by itself."""

    answer: Answer

    def do(self, story: Story) -> None:
        made = self.answer.of(story)
        if made is not None:
            story.desk.handle(made)


@dataclass(frozen=True)
class Closed:
    """A candle."""

    close: Decimal

    def do(self, story: Story) -> None:
        story.candles += 1
        story.desk.handle(candle(story.candles, self.close))


@dataclass(frozen=True)
class Asked:
    """A person's command."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)

    def do(self, story: Story) -> None:
        story.desk.command(f"{id(story)}-{len(story.rows())}-{self.name}", self.name, self.args)


@dataclass(frozen=True)
class Looked:
    """The exchange was asked twice what is held, and had so much more of each; a person settles what differs."""

    quote: Decimal
    base: Decimal

    def do(self, story: Story) -> None:
        account = story.desk.state.account
        there = max(account.portfolio.base + account.base_elsewhere + self.base, Decimal(0))
        seen = BalancesSeen(quote=account.portfolio.cash + self.quote, base=there, portfolio=account.portfolio)
        story.desk.handle(seen)
        story.desk.handle(seen)
        Asked("resume").do(story)


@dataclass(frozen=True)
class Faulty:
    """Something goes wrong, or begins again."""

    what: str

    def do(self, story: Story) -> None:
        if self.what == "session":
            story.desk.open_session(run=True)
        elif self.what == "feed":
            story.desk.handle(FeedFailed(message="gone"))
            story.desk.open_feed(RULES, [candle(story.candles, 40_000)])
        elif self.what == "strategy":
            story.desk.handle(StrategyFailed(message="oh", traceback="oh"))
        else:
            story.desk.handle(FeedEnded(message="over"))


COMMANDS = st.sampled_from(
    [
        Asked("start_bot"), Asked("stop_bot"), Asked("halt"), Asked("halt", {"flatten": True}), Asked("resume"),
        Asked("test_trade", {"side": "buy"}), Asked("test_trade", {"side": "sell"}), Asked("close_position"),
    ]
)  # fmt: skip
SHOWN = st.builds(Shown, PRICES, st.lists(ANSWERS, max_size=3).map(tuple))
STEPS = st.one_of(
    SHOWN,
    SHOWN,
    st.builds(Told, ANSWERS),
    st.builds(Closed, PRICES),
    COMMANDS,
    st.builds(Looked, st.sampled_from([Decimal(0), Decimal("-5.5"), Decimal(7)]), st.decimals("-0.1", "0.1", places=6)),
    st.builds(Faulty, st.sampled_from(["session", "feed", "strategy", "session", "feed", "end"])),
)
