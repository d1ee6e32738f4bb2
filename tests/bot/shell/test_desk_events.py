"""What happened is on disk with the state that it led to: in one transaction, never changed, and enough to replay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.order_policy import OrderPolicy
from bot.shell.journal import Journal
from bot.shell.journal_store import Store
from tests.support.desk_stories import POLICIES, STEPS, Answer, Asked, Closed, Shown, Story
from tests.support.replayed import figures_of, replayed

Tell = Callable[..., Story]


@pytest.fixture
def journal_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal") / "journal.db"


@pytest.fixture
def tell(journal_file: Path) -> Iterator[Tell]:
    """`tell()`: a new story, of orders as they are by default; all of a test's are in one journal."""
    url = f"sqlite:///{journal_file}"
    journal = Journal(url, "bot-1", lock_path=journal_file.with_suffix(".lock"))
    reader = Store(url, None)
    names = count(1)
    yield lambda policy=POLICIES[0]: Story(journal, reader, f"story-{next(names)}", policy)
    reader.close()
    journal.close()


def test_the_events_of_every_step_say_what_its_snapshot_says(tell: Tell) -> None:
    @given(st.booleans(), st.sampled_from(POLICIES), st.lists(STEPS, min_size=12, max_size=30))
    @settings(max_examples=120)
    def agree(run: bool, policy: OrderPolicy, steps: list[Any]) -> None:
        story = tell(policy).open(run=run)
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
