"""What happened is on disk with the state that it led to: in one transaction, never changed, and enough to replay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.core.kernel import Kernel
from bot.core.market_rules import MarketRules
from bot.core.messages import FeedEnded, FeedFailed, Order, OrderFilled, OrderRejected, StrategyFailed
from bot.core.portfolio import Portfolio
from bot.core.state import State, new_account
from bot.events import Candle, Price
from bot.shell import journal_schema as schema
from bot.shell.desk import Desk, Face
from bot.shell.journal import Journal
from bot.shell.journal_store import Store
from tests.support.replayed import Figures, figures_of, replayed
from tests.support.trading import CONFIG, RULES, T0, Scripted, candle, price

FACE = Face(exchange="simulated", timeframe="1m", strategy="scripted")
SCRIPT = {number: "exit" if number % 3 else "enter" for number in range(500)}


class Whims:
    """A broker whose answers the test makes up: parts, refusals, the same fill again, a fill nobody asked for."""

    def __init__(self) -> None:
        self.placed: list[Order] = []
        self.answers: list[OrderFilled | OrderRejected] = []

    def place(self, order: Order) -> None:
        self.placed.append(order)

    def take_up(self, order: Order) -> None:
        self.placed.append(order)

    def cancel(self, order: Order) -> None:
        raise AssertionError("nothing rests in these stories")

    def on_candle(self, candle: Candle) -> None:
        pass

    def on_price(self, price: Price, rules: MarketRules, portfolio: Portfolio) -> Iterator[OrderFilled | OrderRejected]:
        answers, self.answers = self.answers, []
        yield from answers


class Story:
    """A desk on an account of its own in a journal that it shares, and what is on disk of it."""

    def __init__(self, journal: Journal, reader: Store, name: str) -> None:
        self._journal, self._reader, self._name = journal, reader, name
        self.broker = Whims()
        self.candles = 0
        journal.open_account(name)
        ids = count(1)
        state = State(config=CONFIG, account=new_account(name, Decimal(10_000)))
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


Tell = Callable[[], Story]


@pytest.fixture
def journal_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal") / "journal.db"


@pytest.fixture
def tell(journal_file: Path) -> Iterator[Tell]:
    """`tell()`: a new story; all of a test's are in one journal."""
    url = f"sqlite:///{journal_file}"
    journal = Journal(url, "bot-1", lock_path=journal_file.with_suffix(".lock"))
    reader = Store(url, None)
    names = count(1)
    yield lambda: Story(journal, reader, f"story-{next(names)}")
    reader.close()
    journal.close()


@dataclass(frozen=True)
class Answer:
    """What the broker says about one of its orders: nothing where it has none."""

    which: int
    """0 is the last order that was placed."""
    share: Decimal | None
    """Of what is left of the order; None is a refusal, more than 1 too much."""
    at: Decimal
    fee_in_base: bool = False

    def of(self, story: Story) -> OrderFilled | OrderRejected | None:
        if not story.broker.placed:
            return None
        order = story.broker.placed[-1 - self.which % len(story.broker.placed)]
        if self.share is None:
            return OrderRejected(order_id=order.id, reason="The market says no.")
        left = next((o.amount - o.filled for o in story.desk.state.account.orders if o.id == order.id), order.amount)
        amount = left * self.share
        return OrderFilled(
            order_id=order.id,
            ts=T0,
            price=self.at,
            amount=amount,
            fee=amount / 1000 if self.fee_in_base else amount * self.at / 1000,
            fee_currency="BTC" if self.fee_in_base else "USDT",
            done=self.share >= 1,
        )


PRICES = st.decimals("30000", "50000", places=2)
ANSWERS = st.builds(
    Answer,
    st.integers(0, 2),
    st.sampled_from([Decimal("0.25"), Decimal("0.333333333333"), Decimal(1), Decimal("1.5"), None]),
    PRICES,
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
    st.builds(Faulty, st.sampled_from(["session", "feed", "strategy", "session", "feed", "end"])),
)


def test_the_events_of_every_step_say_what_its_snapshot_says(tell: Tell) -> None:
    @given(st.booleans(), st.lists(STEPS, min_size=12, max_size=30))
    @settings(max_examples=120)
    def agree(run: bool, steps: list[Any]) -> None:
        story = tell().open(run=run)
        written = story.rows()
        figures = replayed((name, data) for _, name, data in written)
        assert figures == story.figures_on_disk()
        for one in steps:
            one.do(story)
            fresh = story.rows(written[-1][0])
            figures = replayed(((name, data) for _, name, data in fresh), figures)
            assert figures == story.figures_on_disk() == figures_of(story.desk.state.account)
            written += fresh
        assert story.rows() == written  # no row of a step was changed by a later one
        assert replayed((name, data) for _, name, data in written) == figures

    agree()


def commits(wal: Path) -> int:
    """How many transactions SQLite has put into its log (its file format, 4.1: a commit's last frame has a size)."""
    content = wal.read_bytes()
    size, salts = 24 + int.from_bytes(content[8:12]), content[16:24]
    frames = [content[start : start + 24] for start in range(32, len(content), size)]
    return sum(frame[8:16] == salts and int.from_bytes(frame[4:8]) > 0 for frame in frames)


@pytest.mark.parametrize(
    ("one", "types"),
    [
        (Asked("test_trade", {"side": "buy"}), ["command", "order_placed"]),
        (Shown(Decimal(40_000), (Answer(0, Decimal(1), Decimal(40_000)),)), ["fill", "order_closed"]),
        (Shown(Decimal(30_000), ()), ["limit_hit", "order_placed"]),
        (Asked("halt"), ["command", "notice", "state_changed"]),
    ],
)
def test_a_step_is_one_commit_however_much_happened(tell: Tell, journal_file: Path, one: Any, types: list[str]) -> None:
    story = tell().open()
    story.desk.command("first", "test_trade", {"side": "buy"})
    if types[0] == "limit_hit":
        Shown(Decimal(40_000), (Answer(0, Decimal(1), Decimal(40_000)),)).do(story)
    wal = journal_file.with_name("journal.db-wal")
    last, before = story.rows()[-1][0], commits(wal)
    one.do(story)
    assert [name for _, name, _ in story.rows(last)] == types
    assert commits(wal) == before + 1


def test_prices_and_candles_add_no_event(tell: Tell) -> None:
    story = tell().open(run=False)
    before = story.rows()
    for number in range(300):
        Shown(Decimal(40_000 + number), ()).do(story)
    for _ in range(50):
        Closed(Decimal(40_000)).do(story)
    assert story.rows() == before
