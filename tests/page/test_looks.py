"""A trade has its lines, and what is broken on purpose is found; all views are looked at in test_views.py."""

from __future__ import annotations

import re

import pytest

from tests.support import decks, inspector, views
from tests.support.broken import styled
from tests.support.deck_page import DeckPage
from tests.support.gallery import TOUCHED_BELOW, Gallery, Stage, View

DESK, TABLET, PHONE = 1440, 1024, 390


def look(shown: Gallery, width: int) -> list[str]:
    """What is out of place in the view that is shown, on that screen."""
    shown.turn(width, "dark")
    return inspector.findings(shown.page, touched=width < TOUCHED_BELOW)


def fit(page: DeckPage, width: int, height: int) -> None:
    """A screen of another height than the gallery's."""
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < TOUCHED_BELOW}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page.wait_for(lambda: page.js("return innerWidth") == width, what=f"a screen of {width} px")


LINES = """
const row = document.querySelector('.trades tbody tr'), cells = [...row.cells].filter(cell => cell.offsetParent);
const middles = cells.map(cell => cell.getBoundingClientRect()).map(box => Math.round(box.y + box.height / 2));
return new Set(middles).size;
"""


@pytest.mark.parametrize(("width", "lines"), [(1440, 1), (1024, 2), (768, 1), (390, 2), (320, 2)])
def test_a_trade_is_one_line_of_a_table_or_two_where_it_is_narrow(shown: Gallery, width: int, lines: int) -> None:
    assert shown.show(views.BY_NAME["position"], width).js(LINES) == lines


ROWS = """
const tops = [...document.querySelectorAll('.hop')].map(hop => Math.round(hop.getBoundingClientRect().top));
return new Set(tops).size;
"""


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_hop_that_says_since_when_stands_in_one_row_with_the_others(shown: Gallery, width: int) -> None:
    assert shown.show(views.BY_NAME["bot-away"], width).js(ROWS) == 1


@pytest.mark.parametrize("name", ["position", "settings", "candles"])
def test_a_tablet_that_is_touched_has_room_for_a_thumb(shown: Gallery, name: str) -> None:
    page = shown.show(views.BY_NAME[name], TABLET)
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    shown.rest()
    try:
        assert page.js("return matchMedia('(pointer: coarse)').matches")
        assert inspector.findings(page, touched=True) == []
    finally:
        page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


@pytest.mark.parametrize(
    ("width", "css", "told"),
    [
        (PHONE, "#balance-panel { width: 500px }", r"the page is \d+ px wider than the screen: div#balance-panel"),
        (DESK, ".stat { margin-right: -40px }", r"div\.panel\.stat .* and div\.panel\.stat .* overlap by 2[\d.]+ × "),
        (DESK, "#stat-pnl { width: 20px }", r"p#stat-pnl “\+214\.68” spills out of its box by \d+"),
        (
            DESK,
            "#symbol { width: 30px; text-overflow: clip }",
            r"span#symbol .* is cut by [\d.]+ px at the",
        ),
        (
            DESK,
            ".hop { width: 40px; overflow: hidden; text-overflow: ellipsis }",
            r"is cut by [\d.]+ px and has no title",
        ),
        (DESK, ".ends > * { position: absolute; left: 0 }", r"span “stop .*” is written over span “target"),
        (DESK, ".activity { width: 200px } .activity li { width: 300px }", r"ol#activity-list .* scrolls sideways by"),
        (PHONE, ".actions .action { min-height: 30px }", r"button#stop-button .* is \d+ × 3\d px, less than 44"),
        (PHONE, ".deck { padding-bottom: 0 }", r"the last [\d.]+ px of the page stay behind the bar at the bottom"),
    ],
)
def test_what_is_broken_on_purpose_is_found(shown: Gallery, width: int, css: str, told: str) -> None:
    page = shown.show(views.BY_NAME["position"], width)
    with styled(page, css):
        found = look(shown, width)
    assert any(re.search(told, sentence) for sentence in found), found


def test_a_toast_over_the_bar_at_the_bottom_is_found(shown: Gallery) -> None:
    page = shown.show(views.BY_NAME["toasts"], PHONE)
    with styled(page, ".toasts { top: auto !important; bottom: 20px }"):
        found = look(shown, PHONE)
    assert any("covers the bar at the bottom" in sentence for sentence in found), found


REFUSAL = "The exchange refused the order: " + "insufficient-balance-" * 10
NOTE = """
const note = document.getElementById('action-note'), page = document.scrollingElement, style = getComputedStyle(note);
const height = note.clientHeight - parseFloat(style.paddingTop);
return {lines: height / parseFloat(style.lineHeight), over: page.scrollWidth - page.clientWidth};
"""


def refuse(stage: Stage, page: DeckPage) -> None:
    """The bot refuses a test trade, at length."""
    stage.bots[0].answer = lambda command: {"ok": False, "error": REFUSAL}
    page.wait_pressable("test-trade-button")
    page.click("test-trade-button")
    page.wait_for(lambda: REFUSAL in page.text("action-note"), what="the refusal")


def test_a_long_refusal_neither_widens_the_page_nor_fills_the_screen(shown: Gallery) -> None:
    page = shown.show(View("refused", decks.FLEET, reach=refuse))
    for width in (DESK, TABLET, PHONE, 320):
        shown.turn(width, "dark")
        seen = page.js(NOTE)
        assert seen["over"] == 0, f"{width} px: {seen}"
        assert 0.9 < seen["lines"] < 3.1, f"{width} px: {seen}"


TITLE = "document.getElementById('trade-detail-title').textContent = '▼ SELL 1000PEPE/USDT'"
SHEET = """
const sheet = document.querySelector('dialog[open]');
const close = sheet.querySelector('.icon-close').getBoundingClientRect();
return {over: sheet.scrollWidth - sheet.clientWidth, isSeen: close.left >= 0 && close.right <= innerWidth};
"""


def test_a_long_symbol_leaves_the_ways_out_of_a_trade_on_the_screen(shown: Gallery) -> None:
    page = shown.show(views.BY_NAME["trade"], 320)
    page.js(TITLE)
    assert page.js(SHEET) == {"over": 0, "isSeen": True}
    assert look(shown, 320) == []


LEFT = """
const box = name => document.querySelector(name).getBoundingClientRect(), stop = box('#stop-button');
scrollTo(0, 300);
const free = box('.actions').top - Math.max(0, box('.bar').bottom);
return {free, stop: stop.height, isSeen: stop.bottom <= innerHeight};
"""


SEVERAL = View("several", decks.FLEET)


def test_a_low_screen_is_left_to_what_is_read_and_the_bot_can_still_be_stopped(shown: Gallery) -> None:
    page = shown.show(SEVERAL, PHONE)
    for width, height in ((667, 375), (360, 225)):
        fit(page, width, height)
        seen = page.js(LEFT)
        assert seen["free"] > 0.7 * height, f"{width} × {height} px: {seen}"
        assert seen["isSeen"] and seen["stop"] >= 44, f"{width} × {height} px: {seen}"
        page.js("scrollTo(0, 0)")


CHOICE = """
const select = document.getElementById('bot-select'), style = getComputedStyle(select), text = select.options[0].text;
const pen = document.createElement('canvas').getContext('2d');
pen.font = style.fontSize + ' ' + style.fontFamily;
const needed = pen.measureText(text.slice(0, text.lastIndexOf(arguments[0]))).width;
const gap = document.getElementById('fleet-button').getBoundingClientRect().left - select.getBoundingClientRect().right;
return {free: select.clientWidth - needed, gap};
"""
ARROW = 30
"""What the closed list needs beside its words."""


def test_the_closed_list_of_bots_says_the_state_and_where_there_is_room_the_result(shown: Gallery) -> None:
    page = shown.show(SEVERAL)
    for width, until in ((DESK, ""), (TABLET, ""), (PHONE, ""), (320, " · ")):
        shown.turn(width, "dark")
        seen = page.js(CHOICE, until)
        assert seen["free"] >= ARROW, f"{width} px: {seen}"
        assert seen["gap"] < 13, f"{width} px: {seen}"


BAR = """
const box = name => document.querySelector(name).getBoundingClientRect(), page = document.scrollingElement;
const start = document.getElementById('start-button'), measure = () => {
  const bar = box('.bar'), edge = parseFloat(getComputedStyle(document.querySelector('.bar')).paddingRight);
  const beside = bar.right - edge - box('.switches').right, covered = box('.actions').bottom - box('.toasts').top;
  return [Math.round(bar.height), Math.round(beside), page.scrollWidth - page.clientWidth, Math.max(0, covered)];
};
const alone = measure();
start.hidden = false;
const both = measure();
start.hidden = true;
return [alone, both];
"""
ONE_ROW, TWO_ROWS = 66, 118


@pytest.mark.parametrize(("view", "one_row_from"), [(SEVERAL, 1600), (views.BY_NAME["position"], 1200)])
def test_the_bar_is_one_row_or_two_with_the_switches_at_its_right_end(
    shown: Gallery, view: View, one_row_from: int
) -> None:
    page = shown.show(view)
    for width in (1920, 1600, 1599, 1440, 1200, 1199, 900):
        fit(page, width, 900)
        for height, *faults in page.js(BAR):
            assert height <= (ONE_ROW if width >= one_row_from else TWO_ROWS), f"{width} px"
            assert faults == [0, 0, 0], f"{width} px: beside the switches, sideways, under the toasts"


COLOURS = """
return (async () => {
  const image = new Image(), pen = document.createElement('canvas').getContext('2d');
  image.src = 'data:image/png;base64,' + arguments[0];
  await image.decode();
  [pen.canvas.width, pen.canvas.height] = [image.width, image.height];
  pen.drawImage(image, 0, 0);
  const bar = document.querySelector('.bar').getBoundingClientRect(), right = document.documentElement.clientWidth;
  const at = (x, y) => [...pen.getImageData(x, y, 1, 1).data].join(' ');
  return [bar.top + 4, bar.bottom - 2, bar.bottom + 4].map(y => [2, bar.left + 4, right - 2].map(x => at(x, y)));
})();
"""


def test_the_bar_of_real_money_reaches_to_both_edges_of_a_wide_window(shown: Gallery) -> None:
    page = shown.show(views.BY_NAME["live"])
    fit(page, 1920, 900)
    ground, edge, below = page.js(COLOURS, page.driver.get_screenshot_as_base64())
    assert [len(set(row)) for row in (ground, edge, below)] == [1, 1, 1]
    assert len({ground[0], edge[0], below[0]}) == 3
    assert page.js("return document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth")


SCROLLED = """
const sheet = document.querySelector('dialog[open]'), close = sheet.querySelector('.icon-close');
sheet.scrollTop = sheet.scrollHeight;
const box = close.getBoundingClientRect();
const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
return [sheet.scrollTop > 0, close.contains(top)];
"""


def test_a_sheet_that_is_scrolled_keeps_its_way_out(shown: Gallery) -> None:
    page = shown.show(views.BY_NAME["settings"], 320)
    assert page.js(SCROLLED) == [True, True]


HANGING = """
return [...document.querySelectorAll('#help .word')].map(line => {
  const word = line.querySelector('b').getBoundingClientRect(), range = document.createRange();
  range.selectNode(line.lastChild);
  return Math.min(...[...range.getClientRects()].map(box => box.left)) >= word.right;
});
"""


def test_what_a_word_of_the_help_means_hangs_beside_it(shown: Gallery) -> None:
    assert shown.show(views.BY_NAME["help"], PHONE).js(HANGING) == [True] * 4


DOTS = """
const row = document.querySelector('.fleet-row'), was = row.dataset.state;
const colour = element => getComputedStyle(element);
const seen = ['running', 'halted', 'error'].map(state => {
  row.dataset.state = state;
  return [colour(row.querySelector('.dot')).backgroundColor, colour(row.querySelector('.fleet-state')).color];
});
row.dataset.state = was;
return seen;
"""


def test_the_dot_of_a_bot_in_the_fleet_has_the_colour_of_its_state(shown: Gallery) -> None:
    running, halted, error = shown.show(views.BY_NAME["fleet"]).js(DOTS)
    assert [halted[0], error[0]] == [halted[1], error[1]]
    assert running[0] not in (halted[0], error[0])
