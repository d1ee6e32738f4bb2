"""The page for everyone: what a screen reader and a keyboard find, and that axe-core is current and finds faults.

What axe-core says of every view stands in test_views.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import axe, decks, views
from tests.support.broken import styled
from tests.support.deck_page import DeckPage
from tests.support.gallery import THEMES, Gallery, Stage, View
from tests.support.outline import outline
from tests.support.waiting import eventually

DECK = """
link “Skip to the chart and figures”
banner
  heading “Tapedeck” (level 1)
  combobox “Bot” (disabled)
  group “How fresh this page is”
  button “Test trade”
  button “■ Stop bot”
  button “More”
  link “Backtest”
  button “Sound off”
  button “Theme: as the system”
  button “Settings”
  button “Keys and help”
  status (polite)
main
  status (polite)
  heading “PRICE” (level 2)
  group “Chart”
    button “Line” (pressed)
    button “1m”
    button “5m”
    button “15m”
    button “1h”
    button “1d”
    button “Equity”
  application “Price chart. Left and right move it, plus and minus zoom, 0 goes back to live.”
  table of 101 “Last prices”
  heading “POSITION” (level 2)
  image “stop 42,816.56, entry 43,031.72, target 43,462.04”
  heading “ACCOUNT” (level 2)
  region “Statistics”
    group “Realised P&L”
      heading “Realised P&L” (level 3)
    group “Win rate”
      heading “Win rate” (level 3)
    group “Profit factor”
      heading “Profit factor” (level 3)
    group “Drawdown”
      heading “Drawdown” (level 3)
    group “Sharpe”
      heading “Sharpe” (level 3)
    group “Trades”
      heading “Trades” (level 3)
  heading “TRADES” (level 2)
  searchbox “Search trades”
  group “Show trades”
    button “All” (pressed)
    button “Buys”
    button “Sells”
    button “Won”
    button “Lost”
  link “Export CSV”
  region “Trades, newest first; arrow keys go from row to row, Enter opens one”
    table of 12
    status (polite)
  paragraph (polite)
  heading “ACTIVITY” (level 2)
  searchbox “Search activity”
  button “Copy”
  generic (polite)
  group “Show activity”
    button “All” (pressed)
    button “Alerts”
    button “Warnings”
    button “Errors”
  list of 5 “Activity, newest first”
region “Notifications”
paragraph (assertive)
"""

TRADE = """
dialog “▼ SELL BTC/USDT”
  heading “▼ SELL BTC/USDT” (level 2)
  button “Copy link”
  generic (polite)
  button “Newer trade (k)”
  button “Older trade (j)”
  button “Close”
  heading “Why” (level 3)
  link “▲ 0.02840 at 43,125.81”
  heading “The order” (level 3)
  region “Notifications”
  paragraph (assertive)
  paragraph (polite)
"""

DOOR = "  link “Backtest a strategy on past prices”"
"""The way to the backtest below the panels of a phone, whose bar has no room for it."""


def silent_fleet(stage: Stage, page: DeckPage) -> None:
    views.fleet(stage, page)
    stale = "return !!document.querySelector('.fleet-row[data-stale~=market]')"
    page.wait_for(lambda: page.js(stale), what="a row whose market is silent")


SILENT_FLEET = View("silent-fleet", decks.FLEET, beat={"feed_age_ms": 25_000}, path="/#fleet", reach=silent_fleet)
LEGEND = """
return ['volume', 'indicators'].map(name => document.querySelector(`#chart-legend [data-name=${name}]`)).map(chip => ({
  pressed: chip.getAttribute('aria-pressed'), line: getComputedStyle(chip).textDecorationLine,
  colour: getComputedStyle(chip).color,
}));
"""

FOCUS = """
const element = document.activeElement;
if (element === document.body) return null;
const style = getComputedStyle(element), box = element.getBoundingClientRect();
const inside = (share, from, size, most) => Math.min(most - 1, Math.max(0, from + share * size));
const points = [0.1, 0.5, 0.9].flatMap(x => [0.1, 0.5, 0.9].map(y => document.elementFromPoint(
  inside(x, box.left, box.width, innerWidth), inside(y, box.top, box.height, innerHeight))));
return {
  name: (element.id || element.className) + ' ' + element.textContent.trim().slice(0, 20),
  ring: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
  isSeen: points.some(found => found && (element.contains(found) || found.contains(element))),
};
"""
MOST_STOPS = 120


@pytest.mark.parametrize(
    ("css", "rule"),
    [("#price { color: #444 }", "color-contrast"), ("h1 { display: none }", "page-has-heading-one")],
)
def test_axe_finds_what_is_broken_on_purpose(shown: Gallery, css: str, rule: str) -> None:
    page = shown.show(views.BY_NAME["flat"])
    with styled(page, css):
        found = axe.violations(page)
    assert [sentence.partition(":")[0] for sentence in found] == [rule]


@pytest.mark.parametrize("theme", THEMES)
def test_its_rules_about_colours_find_one_that_is_too_weak(shown: Gallery, theme: str) -> None:
    page = shown.show(views.BY_NAME["flat"], theme=theme)
    assert axe.violations(page, axe.COLOUR) == []
    with styled(page, "#price { color: #777; background: #666 }"):
        found = axe.violations(page, axe.COLOUR)
    assert [sentence.partition(":")[0] for sentence in found] == ["color-contrast"]


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_stale_in_the_fleet_can_be_read(shown: Gallery, theme: str) -> None:
    assert axe.violations(shown.show(SILENT_FLEET, theme=theme), axe.COLOUR) == []


def test_a_legend_that_is_switched_off_is_struck_through_and_as_readable_as_one_that_is_on(shown: Gallery) -> None:
    page = shown.show(views.BY_NAME["candles"])
    page.js("document.querySelector('#chart-legend [data-name=volume]').click()")
    page.wait_for(lambda: page.js(LEGEND)[0]["pressed"] == "false", what="the volume switched off")
    off, on = page.js(LEGEND)
    assert (off["line"], on["line"]) == ("line-through", "none")
    assert off["colour"] == on["colour"]


def test_axe_is_one_that_knows_wcag_2_2(shown: Gallery) -> None:
    assert axe.version(shown.show(views.BY_NAME["flat"])) >= (4, 10)


@pytest.mark.parametrize(("name", "expected"), [("position", DECK), ("trade", TRADE)])
def test_a_screen_reader_finds_this_in_this_order(shown: Gallery, name: str, expected: str) -> None:
    assert read_out(shown, name) == expected.strip()


def test_on_a_phone_it_finds_the_same_order(shown: Gallery) -> None:
    on_a_desk = read_out(shown, "position").splitlines()
    shown.turn(390, "dark")
    found = eventually(lambda: _drawn(shown.page), what="the rows of a phone's table").splitlines()
    assert len(found) > 30
    assert found.pop(-3) == DOOR
    rest = iter(on_a_desk)
    assert [line for line in found if line not in rest] == [], "an iterator is asked: each after the one before"


def _drawn(page: DeckPage) -> str:
    """The outline, once the list of trades has drawn the rows that the screen has room for."""
    found = outline(page)
    return found if "    table of 12\n" in found else ""


def read_out(shown: Gallery, name: str) -> str:
    """The outline of a view, once the bot can be steered and the chart has written its table of prices."""
    page = shown.show(views.BY_NAME[name])
    page.wait_pressable("test-trade-button")
    page.wait_for(lambda: page.js("return !!document.querySelector('#chart-table table')"), 40, "the chart's table")
    return outline(page)


def test_the_price_is_not_read_out_with_every_tick(shown: Gallery) -> None:
    page = shown.show(views.BY_NAME["position"])
    live = (
        "return !!document.getElementById(arguments[0]).closest('[aria-live], [role=status], [role=alert], [role=log]')"
    )
    quiet = ("price", "last-update", "connection-status", "position-panel", "stats-panel", "activity-list")
    assert [element_id for element_id in quiet if page.js(live, element_id)] == []


@pytest.mark.parametrize("width", [1440, 390])
def test_the_focus_is_seen_wherever_it_goes(shown: Gallery, width: int) -> None:
    stops = list(walk(shown.show(views.BY_NAME["position"], width)))
    assert 15 < len(stops) < MOST_STOPS
    assert [stop["name"] for stop in stops if stop["ring"] < 2] == []
    assert [stop["name"] for stop in stops if not stop["isSeen"]] == []


def walk(page: DeckPage) -> Iterator[dict[str, Any]]:
    """Each element that Tab stops at, from the first on until the focus leaves the page or comes back."""
    first = None
    for _ in range(MOST_STOPS):
        for kind in ("keyDown", "keyUp"):
            key = {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
            page.driver.execute_cdp_cmd("Input.dispatchKeyEvent", key)
        stop = page.js(FOCUS)
        if stop is None or stop == first:
            return
        first = first or stop
        yield stop
