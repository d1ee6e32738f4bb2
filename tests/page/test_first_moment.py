"""The first moment of the page, before it knows anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.gallery import HEIGHTS, TOUCHED_BELOW
from tests.support.relay import Relay

SUM_SHIFTS = """
window.shifted = 0;
window.shifts = [];
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  window.shifted += entry.value;
  const moved = entry.sources.map(one => [one.node?.id || one.node?.className, one.previousRect, one.currentRect]);
  window.shifts.push([entry.value, moved]);
})).observe({type: 'layout-shift', buffered: true});
"""


@pytest.mark.parametrize("width", HEIGHTS)
def test_what_is_there_stays_in_its_place_while_the_rest_comes(
    relay: Relay, bot: ForeignBot, new_page: Callable[..., DeckPage], width: int
) -> None:
    """On a slow processor, so that there is something to see before anything is known. Under 0.1 is called good."""
    page = new_page(relay.url)
    screen = {"width": width, "height": HEIGHTS[width], "deviceScaleFactor": 1, "mobile": width < TOUCHED_BELOW}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page.driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.before_load(SUM_SHIFTS)
    page.open()
    page.wait_pressable("stop-button")
    page.wait_for(lambda: page.text("stat-trades").startswith("2"), what="the figures")
    assert page.js("return window.shifted") < 0.03, page.js("return window.shifts")
