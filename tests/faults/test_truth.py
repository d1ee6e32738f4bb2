"""Each hop frozen for real: within three seconds nothing stale is green, and all comes back without a reload."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.processes import Program
from tests.support.real_bot import RealBot
from tests.support.relay import Relay
from tests.support.waiting import eventually

pytestmark = pytest.mark.chart

STALE_S = 3
BACK_S = 20
HOPS = ("page", "bot", "market")
LEVELS = "return ['page', 'bot', 'market'].map(name => document.getElementById('hop-' + name).dataset.level)"
WATCH = """
const [hop] = arguments, price = document.getElementById('price');
const coloured = document.getElementById('symbol').parentElement;
const colour = element => getComputedStyle(element).color;
const level = name => document.getElementById('hop-' + name).dataset.level;
const levels = () => ['page', 'bot', 'market'].slice(hop).map(level);
const seen = window.seen = {toldAt: null, lateMs: 0, lookedAt: Date.now()};
clearInterval(window.watcher);
window.watcher = setInterval(() => {
  seen.lateMs = Math.max(seen.lateMs, Date.now() - seen.lookedAt - 50);
  seen.lookedAt = Date.now();
  if (!levels().includes('fresh') && colour(price) !== colour(coloured)) {
    seen.toldAt = Date.now();
    clearInterval(window.watcher);
  }
}, 50);
"""
"""Notes when the page says that the hop of that number and all after it are not fresh, and how late its timers were."""
WORDS = "return document.getElementById('hop-' + arguments[0]).innerText"
PRICE_IS_GREY = """
const coloured = document.getElementById('symbol').parentElement, price = document.getElementById('price');
return getComputedStyle(price).color !== getComputedStyle(coloured).color;
"""


def is_true_again(page: DeckPage) -> bool:
    return page.js(LEVELS) == ["fresh"] * 3 and not page.js(PRICE_IS_GREY)


def watch(page: DeckPage, hop: str) -> None:
    page.js(WATCH, HOPS.index(hop))


def check_told_in_time(page: DeckPage, hop: str, frozen_at: float) -> None:
    """`frozen_at` is the time of day; what the machine itself stood still for does not count."""
    page.wait_for(lambda: page.js("return window.seen.toldAt"), STALE_S + 5, f"the {hop} hop is told to be stale")
    seen = page.js("return window.seen")
    took = (seen["toldAt"] - seen["lateMs"]) / 1000 - frozen_at
    assert took <= STALE_S, f"told after {took:.1f} s, with {seen['lateMs']} ms in which nothing ran"
    assert " since " in page.js(WORDS, hop)


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[tuple[Program, dict[str, str]]]:
    """The stand-in for Binance as a process, with a market that moves, and what a paper bot needs to trade on it."""
    log = tmp_path / "exchange.log"
    program = Program(["-m", "tests.standin", "--market", "wander"], {}, log)
    eventually(lambda: log.exists() and log.read_text().startswith("{"), 30, what="the stand-in")
    config = json.dumps(json.loads(log.read_text().splitlines()[0])["config"])
    yield program, {"TAPEDECK_EXCHANGE": "binance", "TAPEDECK_EXCHANGE_CONFIG": config, "TAPEDECK_MODE": "paper"}
    os.kill(program.pid, signal.SIGCONT)
    program.end()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSTOP")
@pytest.mark.timeout(240)
def test_a_frozen_relay_bot_or_market_is_never_green(
    relay: Relay,
    start_real_bot: Callable[..., RealBot],
    exchange: tuple[Program, dict[str, str]],
    new_page: Callable[..., DeckPage],
) -> None:
    market, env = exchange
    bot = start_real_bot(relay, env=env)
    page = new_page(relay.url)
    page.expect_outage()
    page.open()
    page.wait_drawn()
    page.js("window.isSamePage = true")
    frozen: dict[str, tuple[int, str]] = {
        "market": (market.pid, "Test trade is off: no new price since "),
        "bot": (bot.running.pid, "Off: the bot "),
        "page": (relay.running.pid, "Off: "),
    }
    for hop, (pid, why) in frozen.items():
        page.wait_for(lambda: is_true_again(page), BACK_S, f"all fresh before the {hop} hop is frozen")
        page.wait_pressable("test-trade-button")
        watch(page, hop)
        os.kill(pid, signal.SIGSTOP)
        try:
            check_told_in_time(page, hop, time.time())
            page.wait_for(lambda: page.is_disabled("test-trade-button"), 1, "the button is off")
            assert page.text("action-note").startswith(why)
        finally:
            os.kill(pid, signal.SIGCONT)
    page.wait_for(lambda: is_true_again(page), BACK_S, "all fresh again")
    page.wait_pressable("test-trade-button")
    assert page.js("return window.isSamePage"), "it was loaded again"


def test_a_bot_whose_market_fell_silent(
    relay: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    """A bot of somebody else's, with no heartbeat to say how old its feed is."""
    bot = start_bot(relay.url).connect()
    bot.call("status_change", messages.status())
    page = new_page(relay.url).open()
    page.wait_drawn()
    bot.call("price_update", messages.price())
    priced = time.time()
    page.wait_for(lambda: is_true_again(page), 5, "all fresh")
    watch(page, "market")
    check_told_in_time(page, "market", priced)
    assert page.is_disabled("test-trade-button")
    assert not page.is_disabled("stop-button"), "a bot can be stopped without a market"
    bot.call("price_update", messages.price("43251.00"))
    page.wait_for(lambda: is_true_again(page), 5, "all fresh again")
