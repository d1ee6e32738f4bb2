"""Nothing is out of place in any view, on any screen.

The themes differ in colours alone, which test_accessibility.py looks at: a place is measured in one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver import Chrome

from tests.support import gallery, inspector, views
from tests.support.broken import styled
from tests.support.gallery import HEIGHTS, TOUCHED_BELOW, Gallery, View

DESK, PHONE = 1440, 390


@pytest.fixture(scope="module")
def shown(browsers: Callable[[int], Chrome]) -> Iterator[Gallery]:
    """One gallery for the whole file."""
    with gallery.opened(browsers(0)) as opened:
        yield opened


def look(shown: Gallery, width: int) -> list[str]:
    """What is out of place in the view that is shown, on that screen."""
    shown.turn(width, "dark")
    return inspector.findings(shown.page, touched=width < TOUCHED_BELOW)


@pytest.mark.parametrize("view", views.VIEWS, ids=lambda view: view.name)
def test_nothing_is_out_of_place(shown: Gallery, view: View) -> None:
    shown.show(view)
    found = [f"{width} px: {sentence}" for width in HEIGHTS for sentence in look(shown, width)]
    assert not found, "\n" + "\n".join(found)


LINES = """
const row = document.querySelector('.trades tbody tr'), cells = [...row.cells].filter(cell => cell.offsetParent);
const middles = cells.map(cell => cell.getBoundingClientRect()).map(box => Math.round(box.y + box.height / 2));
return new Set(middles).size;
"""


@pytest.mark.parametrize(("width", "lines"), [(1440, 1), (1024, 2), (768, 1), (390, 2), (320, 2)])
def test_a_trade_is_one_line_of_a_table_or_two_where_it_is_narrow(shown: Gallery, width: int, lines: int) -> None:
    assert shown.show(views.BY_NAME["position"], width).js(LINES) == lines


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
