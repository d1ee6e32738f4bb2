"""Fixtures of the whole suite. What starts something ends it, and shows its log when the test failed."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from bot import redaction
from tests.support import chromium
from tests.support.alone import Turns
from tests.support.chaos import ChaosLine
from tests.support.chromium import Chromium
from tests.support.deck_page import WITHOUT_CHART, DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.listener import Listener
from tests.support.ports import kept_port
from tests.support.postgres import MISSING, Postgres, find_programs
from tests.support.real_bot import RealBot
from tests.support.relay import Relay

# CI tries the same examples each time: a change is judged by what it changes. Everywhere else each run tries new ones.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("suite")

FAILED = pytest.StashKey[bool]()
FAULTS = Path(__file__).parent / "faults"
TURNS = Turns()


def pytest_configure() -> None:
    """A run that is told to end (SIGTERM) takes what it started with it, as one that is interrupted does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, in whatever order they came: a minute's test that begins last is waited for alone."""
    items.sort(key=lambda item: (not is_alone(item), FAULTS not in item.path.parents))


def is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Outside of the time that a test is given: it may wait for its turn as long as others take."""
    with TURNS.taken(alone=is_alone(item)):
        return (yield)


def pytest_collection_finish() -> None:
    """All that the tests import is here for good: no test need look for garbage in it."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def secret() -> Iterator[str]:
    """A value that this process holds to be secret, for the length of a test."""
    redaction.reveal()
    redaction.conceal(["hunter2"])
    yield "hunter2"
    redaction.reveal()


@pytest.fixture
def async_mode() -> str:
    """The relay's mode; a test marked `both_modes` runs in each."""
    return "eventlet"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Not made yet: a first start makes it."""
    return tmp_path / "data"


@pytest.fixture
def start_relay(request: pytest.FixtureRequest, data_dir: Path, async_mode: str) -> Iterator[Callable[..., Relay]]:
    """`start_relay(**options of Relay)`: a relay without a bot, unless told otherwise.

    A browser meets the first of each test at the same address, where it has been before.
    """
    started: list[Relay] = []
    is_for_browser = "new_page" in request.fixturenames

    def start(**options: Any) -> Relay:
        port = kept_port() if is_for_browser and not started else None
        common = {"async_mode": async_mode, "port": port}
        relay = Relay(options.pop("data_dir", data_dir), **{**common, **options})
        started.append(relay)
        return relay.start()

    yield start
    for relay in started:
        relay.end()
        if request.node.stash.get(FAILED, False):
            print(f"--- output of the relay at {relay.url}\n{relay.output()[-8000:]}")


@pytest.fixture
def start_product(start_relay: Callable[..., Relay]) -> Callable[..., Relay]:
    """The relay with its embedded paper bot: what `make run` starts."""

    def start(**options: Any) -> Relay:
        return start_relay(embedded_bot=True, **options)

    return start


@pytest.fixture
def relay(start_relay: Callable[..., Relay]) -> Relay:
    return start_relay()


@pytest.fixture
def start_bot() -> Iterator[Callable[..., ForeignBot]]:
    """`start_bot(url, ...)`: a bot that the test writes the script for; not connected yet."""
    started: list[ForeignBot] = []

    def start(url: str, bot_id: str = "bot-1", **options: Any) -> ForeignBot:
        started.append(ForeignBot(url, bot_id, **options))
        return started[-1]

    yield start
    for bot in started:
        bot.end()


@pytest.fixture
def bot(relay: Relay, start_bot: Callable[..., ForeignBot]) -> ForeignBot:
    """A scripted bot, connected, running, with a heartbeat."""
    return start_bot(relay.url).come_up()


@pytest.fixture
def start_real_bot(request: pytest.FixtureRequest) -> Iterator[Callable[..., RealBot]]:
    """`start_real_bot(relay, ...)`: the product's own bot as a process."""
    started: list[RealBot] = []

    def start(relay: Relay, **options: Any) -> RealBot:
        started.append(RealBot(relay, **options))
        return started[-1].start()

    yield start
    for real in started:
        real.end()
        if request.node.stash.get(FAILED, False):
            print(f"--- output of the bot\n{real.running.output()[-8000:]}")


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    """`listen(url)`: a client on `/`, connected."""
    started: list[Listener] = []

    def start(url: str, **options: Any) -> Listener:
        started.append(Listener(url, **options))
        return started[-1].connect()

    yield start
    for listener in started:
        listener.end()


@pytest.fixture
def bad_line() -> Iterator[Callable[..., ChaosLine]]:
    """`bad_line(port, seed=..., faults=...)`: a line to that port that misbehaves as told."""
    started: list[ChaosLine] = []

    def start(port: int, **options: Any) -> ChaosLine:
        started.append(ChaosLine(port, **options).start())
        return started[-1]

    yield start
    for line in started:
        line.end()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run, started when first asked for."""
    programs = find_programs()
    if programs is None:
        pytest.skip(MISSING)
    server = Postgres(programs)
    yield server
    server.end()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that is promised to work."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deck.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(scope="session")
def browsers() -> Iterator[Callable[..., Chromium]]:
    """`browsers(n, needs_windows=False)`: browser number n of this run and that kind, launched when first asked for."""
    launched: dict[tuple[int, bool], Chromium] = {}

    def browser(number: int, *, needs_windows: bool = False) -> Chromium:
        key = number, needs_windows
        if key not in launched:
            launched[key] = chromium.launch(needs_windows=needs_windows)
        return launched[key]

    yield browser
    for driver in launched.values():
        chromium.close(driver)


@pytest.fixture
def new_page(request: pytest.FixtureRequest, browsers: Callable[..., Chromium]) -> Iterator[Callable[..., DeckPage]]:
    """`new_page(url, width=, height=)`: a page in a browser of its own, not opened yet.

    It has a chart where the test is marked so (`chart`), for the chart's library takes a second of processor time to
    come up; and it can be hidden where the test is marked so (`hidden_page`), for a browser with windows costs more. At
    the end each must have kept its console free of errors.
    """
    pages: list[DeckPage] = []
    has_chart = request.node.get_closest_marker("chart") is not None
    needs_windows = request.node.get_closest_marker("hidden_page") is not None

    def page(url: str, *, width: int = 1440, height: int = 900) -> DeckPage:
        driver = browsers(len(pages), needs_windows=needs_windows)
        chromium.make_new(driver, width=width, height=height)
        pages.append(DeckPage(driver, url))
        if not has_chart:
            pages[-1].before_load(WITHOUT_CHART)
        return pages[-1]

    yield page
    noise = [line for shown in pages for line in shown.console_errors()]
    for number in range(len(pages)):
        chromium.close_tabs(browsers(number, needs_windows=needs_windows))
    assert not noise, f"errors in the browser's console: {noise}"


@pytest.fixture
def deck(relay: Relay, new_page: Callable[..., DeckPage]) -> DeckPage:
    """A page on `relay`, open and live."""
    return new_page(relay.url).open()
