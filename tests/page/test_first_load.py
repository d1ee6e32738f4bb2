"""The first load, the second, and the one without a relay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import chromium, messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

pytestmark = pytest.mark.chart

WORKER_RUNS = "return navigator.serviceWorker.getRegistration().then(found => found?.active?.state === 'activated')"
KEPT = "return caches.keys()"


@pytest.fixture
def logged_page(relay: Relay) -> Iterator[DeckPage]:
    """A page in a browser that keeps a log of every request."""
    driver = chromium.launch(network_log=True)
    yield DeckPage(driver, relay.url)
    chromium.close(driver)


def requests(page: DeckPage) -> dict[str, dict[str, Any]]:
    """What was asked for over the network since the last call: by path, the response, `cached` where none was asked."""
    urls: dict[str, str] = {}
    found: dict[str, dict[str, Any]] = {}
    for method, event in chromium.network_events(page.driver):
        if method == "Network.requestWillBeSent":
            urls[event["requestId"]] = event["request"]["url"]
        elif method == "Network.requestServedFromCache":
            found.setdefault(urls[event["requestId"]], {})["cached"] = True
        elif method == "Network.responseReceived" and event["requestId"] in urls:
            response = event["response"]
            entry = found.setdefault(urls[event["requestId"]], {})
            entry["status"] = response["status"]
            entry["cached"] = entry.get("cached") or response["fromDiskCache"] or response["fromServiceWorker"]
    return found


def block(page: DeckPage, *patterns: str) -> None:
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": list(patterns)})


def test_price_state_and_stop_work_before_the_chart_library_has_come(
    relay: Relay, bot: ForeignBot, new_page: Callable[..., DeckPage]
) -> None:
    page = new_page(relay.url)
    block(page, "*/plotly/*", "*async-graph*")
    page.open()
    bot.call("price_update", messages.price("43250.1"))
    page.wait_for(lambda: page.price == "43250.1", what="the price")
    page.wait_status("running")
    page.wait_for(lambda: page.text("chart-empty") == "Loading the chart…", what="what the chart's place says")
    page.wait_pressable("stop-button")
    page.click("stop-button")
    page.wait_for(lambda: [command["name"] for command in bot.commands] == ["stop_bot"], what="the command")
    assert page.js("return !document.querySelector('.js-plotly-plot')")
    block(page)
    page.wait_drawn()
    assert all("ERR_BLOCKED_BY_CLIENT" in line for line in page.console_errors())


def test_a_second_load_asks_for_nothing_that_has_a_fingerprint(bot: ForeignBot, logged_page: DeckPage) -> None:
    page = logged_page.open()
    page.wait_drawn()
    first = requests(page)
    assert any("plotly.v" in url for url in first)
    page.open()
    page.wait_drawn()
    second = requests(page)
    asked = {urlsplit(url).path for url, answer in second.items() if url.startswith("http") and not answer["cached"]}
    fresh = {"/", "/_dash-layout", "/_dash-dependencies", "/assets/icon.svg", "/assets/manifest.webmanifest"}
    assert asked <= fresh
    assert [url for url in second if "plotly.v" in url]
    assert [url for url in second if ("plotly" in url or "async-" in url) and ".vx" not in url] == []


def test_no_visit_asks_another_host(relay: Relay, bot: ForeignBot, logged_page: DeckPage) -> None:
    bot.call("trade_executed", messages.trade(0))
    page = logged_page.open()
    page.wait_drawn()
    page.wait_trades(1)
    for key in "ct?":
        page.js("document.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true}))", key)
    page.open(f"/trade/{messages.trade_id(0)}").wait_drawn()
    page.wait_for(lambda: page.js(WORKER_RUNS), 20, "the service worker")
    hosts = {urlsplit(url).netloc for url in requests(page) if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(relay.url).netloc}
    assert page.console_errors() == [], "the policy turned something away"


def test_the_page_can_be_installed(deck: DeckPage) -> None:
    deck.wait_for(lambda: deck.js(WORKER_RUNS), 20, "the service worker")
    assert deck.driver.execute_cdp_cmd("Page.getInstallabilityErrors", {})["installabilityErrors"] == []
    assert deck.driver.execute_cdp_cmd("Page.getAppManifest", {})["errors"] == []


def test_without_a_relay_the_page_opens_says_so_and_shows_no_number(
    relay: Relay, bot: ForeignBot, deck: DeckPage
) -> None:
    bot.call("price_update", messages.price("43250.1"))
    deck.wait_for(lambda: deck.price == "43250.1", what="the price")
    deck.wait_for(lambda: deck.js(WORKER_RUNS), 20, "the service worker")
    deck.expect_outage()
    relay.kill()
    deck.open(live=False)
    deck.wait_for(lambda: "offline" in deck.text("connection-status"), what="that it is offline")
    assert deck.price == ""
    assert "43" not in deck.text("deck")
    assert "Flat" not in deck.text("position-panel")
    assert deck.is_disabled("start-button") or deck.is_disabled("stop-button")
    deck.js("window.isTheSamePage = true")
    relay.restart()
    deck.wait_live(30)
    deck.wait_for(lambda: deck.seq > 0, what="what the relay knows")
    assert deck.js("return window.isTheSamePage") is True


def test_a_new_version_leaves_nothing_of_the_old(deck: DeckPage) -> None:
    deck.wait_for(lambda: deck.js(WORKER_RUNS), 20, "the service worker")
    deck.js("return caches.open('tapedeck-of-before')")
    deck.js("return navigator.serviceWorker.getRegistration().then(found => found.unregister())")
    deck.open()
    deck.wait_for(lambda: len(deck.js(KEPT)) == 1, 30, "one cache")
    assert deck.js(KEPT) != ["tapedeck-of-before"]


def test_no_style_of_dash_is_asked_of_the_whole_page_again_with_each_price(deck: DeckPage) -> None:
    asked = """
    const selectors = sheet => sheet.disabled ? [] : [...sheet.cssRules].map(rule => rule.selectorText || '');
    const isCostly = text => text.startsWith('.dash-') && text.includes(':has(');
    return [...document.styleSheets].flatMap(selectors).filter(isCostly);
    """
    deck.wait_for(lambda: deck.js(asked) == [], what="no `:has()` of Dash's inputs")
