"""Whoever floods the relay, with or without a login, an operator who is logged in sees prices go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.flooding import Deck, Seen
from tests.support.operator import WatchingOperator
from tests.support.person import WITH_PASSWORDS, Person
from tests.support.relay import Relay
from tests.support.waiting import eventually

LATE_MS = 2_000
"""Nine of ten prices come earlier, with the attackers and other tests on the same two cores; benchmarks/attack.py has
what it is without the other tests."""
LATEST_MS = 6_000
GROWN_MB = 60
"""What the relay's memory may grow by during an attack: sessions, green threads and buffers of five hundred."""
HASH_MB = 70
"""Looking at a password takes 64 MB for a tenth of a second; one is looked at at a time."""
FRAMES = ("oversize", "fragments", "empty_fragments", "bombs", "binary", "attachments", "malformed", "nested", "pings")
ATTACKERS = 20
SLOW = 500
FEW_DESCRIPTORS = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (400, 400))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def small_deck(data_dir: Path) -> Iterator[Deck]:
    """On a system that gives it few descriptors: it has room for 144 connections."""
    relay = Relay(data_dir, env=WITH_PASSWORDS)
    relay.arguments = ["-c", FEW_DESCRIPTORS, *relay.arguments]
    try:
        made = Deck(relay.start())
        yield made
        made.end()
    finally:
        relay.end()


@pytest.fixture
def deck(start_relay: Callable[..., Relay]) -> Iterator[Deck]:
    made = Deck(start_relay(env=WITH_PASSWORDS))
    yield made
    made.end()


def assert_live(deck: Deck, seen: Seen, what: str, grown_mb: float = GROWN_MB) -> None:
    eventually(deck.relay.is_serving, 10, what=f"{what}: a newcomer served")
    assert not deck.operator.closed, what
    figures = f"{what}: {seen.late(0.5):.0f} / {seen.late(0.9):.0f} / {seen.late(1):.0f} ms, {seen.grown_mb:+.0f} MB"
    assert seen.late(0.9) < LATE_MS, figures
    assert seen.late(1) < LATEST_MS, figures
    assert seen.grown_mb < grown_mb, figures


def flood_with_frames(deck: Deck, cookie: str) -> None:
    for kind in FRAMES:
        with deck.flood(kind, ATTACKERS, cookie=cookie):
            assert_live(deck, deck.watch(1), kind)
    assert "Traceback" not in deck.relay.output()
    assert set(deck.refused()) >= {"message_size", "malformed"}


def test_frames_by_the_thousand_of_strangers(deck: Deck) -> None:
    flood_with_frames(deck, "")
    assert deck.refused()["strangers_messages"] > 0


def test_frames_by_the_thousand_of_somebody_who_is_logged_in(deck: Deck) -> None:
    flood_with_frames(deck, deck.viewer_cookie)
    with deck.flood("syncs", ATTACKERS, cookie=deck.viewer_cookie):
        assert_live(deck, deck.watch(1), "syncs")


@pytest.mark.parametrize("kind", ["slow_headers", "slow_body"])
def test_five_hundred_that_send_a_byte_a_second_are_let_go(deck: Deck, kind: str) -> None:
    with deck.flood(kind, SLOW):
        assert_live(deck, deck.watch(8), kind)
        eventually(lambda: deck.refused().get(kind, 0) >= SLOW, 15)


@pytest.mark.parametrize("kind", ["never_reads", "requests"])
def test_five_hundred_that_ask_without_an_end(deck: Deck, kind: str) -> None:
    with deck.flood(kind, SLOW):
        assert_live(deck, deck.watch(6), kind)
        newcomer = Person(deck.relay.url)
        eventually(lambda: newcomer.ask("/healthz").code == 200, 10)


def test_passwords_without_a_pause_hold_up_nobody(deck: Deck) -> None:
    with deck.flood("logins", 40):
        assert_live(deck, deck.watch(3), "logins", GROWN_MB + HASH_MB)
    owner = Person(deck.relay.url)
    eventually(lambda: owner.log_in().code == 303, 10, interval=0.5)
    assert_live(deck, deck.watch(1), "afterwards")


def test_a_deck_that_is_full_lets_the_operator_in(small_deck: Deck) -> None:
    with small_deck.flood("crowd", SLOW):
        assert_live(small_deck, small_deck.watch(3), "full")
        newcomer = WatchingOperator(small_deck.relay)
        small_deck.operator.end()
        small_deck.operator = newcomer
        assert_live(small_deck, small_deck.watch(2), "let in")
