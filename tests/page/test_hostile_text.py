"""Text from a bot is text everywhere on the page: not one word of it becomes markup, an address or a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from selenium.webdriver import ActionChains

from bot.core.messages import Signal
from bot.events import Candle
from bot.shell.backtest import performance_of
from bot.shell.backtest_html import report_html
from bot.shell.backtest_report import Asked
from tests.support.backtests import backtest_of
from tests.support.chart_page import ChartPage
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.hostile import PAYLOADS, WATCH, Hostile, assert_all_is_text
from tests.support.relay import Relay
from tests.support.trading import Scripted

CHOOSE = """
const select = document.getElementById('bot-select');
select.value = arguments[0];
select.dispatchEvent(new Event('change', {bubbles: true}));
"""
SHOW = """
window.dash_clientside.choices.set('notify', 'on');
Object.defineProperty(navigator, 'serviceWorker', {configurable: true, value: undefined});
for (const text of arguments[0])
  window.dash_clientside.notifications.show({kind: 'alert', level: 'error', key: 'b ' + text, title: text, text});
"""
REASONS = "return [...document.querySelectorAll('#trades-table [data-trade-id]')].map(row => row.textContent).join(' ')"
ROWS = "return document.querySelectorAll('.fleet-row').length"
HOVER_ALL = """
const graph = document.getElementById('charts');
const curve = graph.data.findIndex(trace => (trace.text || []).length);
Plotly.Fx.hover(graph, [{curveNumber: curve, pointNumber: 0}], graph.data[curve].yaxis === 'y2' ? 'xy2' : undefined);
"""
OPEN = """
const rows = [...document.querySelectorAll('#trades-table [data-trade-id]')];
rows.find(row => row.dataset.tradeId === arguments[0]).click();
"""
CLOSE = "document.querySelector('#trade-detail .icon-close').click()"


def visible(payload: str) -> str:
    """The part of it that a document's text keeps as it is."""
    return payload.replace("\0", "")[:16]


@pytest.fixture
def fleet(relay: Relay, start_bot: Callable[..., ForeignBot]) -> dict[str, Hostile]:
    """A bot for each payload, which is its name, its id where it can be one, and all that it says."""
    made = {}
    for name, payload in PAYLOADS.items():
        bot_id = payload if payload.isprintable() and len(payload) <= 64 else name
        made[bot_id] = Hostile(start_bot(relay.url, bot_id, name=payload), payload)
    return made


def look_at(page: DeckPage, bot_id: str, hostile: Hostile) -> None:
    """Choose the bot, read its trades and the first one in full, and be refused."""
    words = visible(hostile.payload)
    page.js(CHOOSE, bot_id)
    page.wait_for(lambda: words in page.js(REASONS), what=f"the trades of {bot_id!r}")
    page.js(OPEN, f"{hostile.id}1")
    page.wait_for(
        lambda: words in page.text("trade-detail"), what=f"the detail of {bot_id!r}, not {page.text('trade-detail')!r}"
    )
    page.js(CLOSE)
    page.wait_pressable("stop-button")
    page.click("stop-button")
    page.wait_for(lambda: words in page.text("action-note"), what="the refusal")
    assert_all_is_text(page)


def test_whatever_bots_say_is_shown_as_they_said_it(
    relay: Relay, fleet: dict[str, Hostile], new_page: Callable[..., DeckPage]
) -> None:
    page = new_page(relay.url)
    page.before_load(WATCH)
    page.open()
    for hostile in fleet.values():
        hostile.speak()
    page.wait_trades(2 * len(fleet))
    for bot_id, hostile in fleet.items():
        look_at(page, bot_id, hostile)
    page.js(SHOW, list(PAYLOADS.values()))
    page.wait_for(lambda: len(page.js("return window.shownNotifications")) == len(PAYLOADS), what="the notifications")
    ActionChains(page.driver).send_keys("f").perform()
    page.wait_for(lambda: page.js(ROWS) == len(fleet), what="the fleet")
    assert_all_is_text(page)


def test_an_address_can_carry_no_markup_either(
    relay: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    hostile = Hostile(start_bot(relay.url), PAYLOADS["image"])
    hostile.speak()
    page = new_page(relay.url)
    page.before_load(WATCH)
    page.open(f"/trade/{quote(hostile.id + '1', safe='')}")
    page.wait_for(lambda: visible(hostile.payload) in page.text("trade-detail"), what="the trade of that id")
    assert_all_is_text(page)
    page.open(f"/?bot={quote(hostile.payload)}#{quote(hostile.payload)}")
    assert_all_is_text(page)


@pytest.mark.chart
def test_the_chart_shows_it_as_text_too(
    relay: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    payload = '<b>x</b><a href="javascript:hit()">l</a><img src=x onerror=hit()>'
    Hostile(start_bot(relay.url), payload).speak()
    chart = ChartPage(new_page(relay.url))
    chart.page.before_load(WATCH)
    chart.open().pick("1m")
    chart.page.wait_for(lambda: len(chart.trace("candles").get("x", [])) > 20, what="candles")
    chart.point_at("candles", -10)
    chart.page.wait_for(lambda: "Open" in chart.hover_text, what="the hover box")
    assert_all_is_text(chart.page)
    chart.page.wait_for(lambda: chart.trace("sell"), what="the marker")
    chart.point_at("sell")
    chart.page.wait_for(lambda: "<b>x" in chart.hover_text, what="the reason as it was said")
    assert_all_is_text(chart.page)
    assert chart.page.js("return document.querySelectorAll('#price-chart a').length") == 0


class Hostilely(Scripted):
    """A strategy whose reasons are markup."""

    def on_candle(self, candle: Candle) -> Signal | None:
        signal = super().on_candle(candle)
        return replace(signal, reason=" ".join(PAYLOADS.values())) if signal else None


@pytest.mark.chart
def test_the_report_of_a_backtest_shows_it_as_text_without_any_policy(
    tmp_path: Path, new_page: Callable[..., DeckPage]
) -> None:
    """Opened from a disk nothing but its own care keeps a script from running."""
    payload = PAYLOADS["image"]
    result = backtest_of([100, 101, 102, 103, 90], Hostilely({1: "enter", 2: "exit"}), symbol=f"{payload}/<u>USDT")
    asked = Asked(file=payload, timeframe="1m", strategy=PAYLOADS["script"], params={payload: PAYLOADS["drawing"]})
    report = tmp_path / "report.html"
    report.write_text(report_html(result, performance_of(result), asked))
    page = new_page("file://")
    page.before_load(WATCH)
    page.driver.get(report.as_uri())
    page.wait_for(lambda: page.js("return !!document.querySelector('#charts .main-svg')"), 40, "the charts")
    page.js(HOVER_ALL)
    page.wait_for(lambda: "<img" in page.js("return document.querySelector('.hoverlayer').textContent"), what="a hover")
    assert page.js("return document.querySelector('h1').textContent").count("<") == 4
    assert_all_is_text(page)


def test_the_page_would_be_caught_taking_markup(relay: Relay, new_page: Callable[..., DeckPage]) -> None:
    """What the tests above count is really counted."""
    page = new_page(relay.url)
    page.before_load(WATCH)
    page.open()
    page.js("document.body.insertAdjacentHTML('beforeend', arguments[0])", PAYLOADS["image"])
    page.wait_for(lambda: page.js("return window.violations.length"), what="the policy's word")
    assert page.js("return window.hits") == 0, "and the policy stops it even then"
    with pytest.raises(AssertionError):
        assert_all_is_text(page)
    page.console_errors()
