"""The chart of an open page: what Plotly draws, and the hands of a reader on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from selenium.webdriver import ActionChains
from selenium.webdriver.remote.webelement import WebElement

from tests.support.deck_page import DeckPage

ANSWERS = """
window.answers = %s;
window.asked = [];
window.realFetch ??= window.fetch;
window.fetch = (url, options) => {
  const found = new URL(url, location.href), kind = found.pathname.replace('/api/v1/', '');
  if (!(kind in window.answers)) return window.realFetch(url, options);
  window.asked.push(kind + found.search);
  const answer = window.answers[kind];
  return Promise.resolve(new Response(JSON.stringify(answer), {status: answer.error ? 503 : 200}));
};
"""

DRAWN = """
const graph = document.querySelector('#price-chart .js-plotly-plot');
if (!graph || !graph.data || !graph.data.length) return null;
const list = values => [...(values || [])];
return Object.fromEntries(graph.data.map(trace => [trace.name, {
  type: trace.type, x: list(trace.x), y: list(trace.y || trace.close), axis: trace.yaxis || 'y', high: list(trace.high),
  text: list(trace.customdata || trace.text), open: list(trace.open), low: list(trace.low),
}]));
"""
RANGES = """
const {xaxis, yaxis} = document.querySelector('#price-chart .js-plotly-plot')._fullLayout;
return [xaxis.range.map(end => xaxis.r2l(end)), yaxis.range.map(Number)];
"""
PLACE = """
const graph = document.querySelector('#price-chart .js-plotly-plot'), {xaxis, yaxis} = graph._fullLayout;
const trace = graph.data.find(one => one.name === arguments[0]), box = graph.getBoundingClientRect();
const i = arguments[1] < 0 ? trace.x.length + arguments[1] : arguments[1], y = (trace.y || trace.close)[i];
return [box.left + xaxis._offset + xaxis.l2p(trace.x[i]), box.top + yaxis._offset + yaxis.l2p(y)];
"""

MIDDLE = """
const box = document.getElementById('chart-frame').getBoundingClientRect();
return [box.left + box.width / 2, box.top + box.height / 2];
"""


class ChartPage:
    """Reads the chart; what the page asks the relay for is answered by the test where it says so."""

    def __init__(self, page: DeckPage) -> None:
        self.page = page

    def answer(self, **answers: Any) -> ChartPage:
        """Answers to `/api/v1/<name>`; one with an `error` comes as a 503. Call before `open`."""
        self.page.before_load(ANSWERS % json.dumps(answers))
        return self

    def open(self) -> ChartPage:
        self.page.open()
        self.page.wait_for(lambda: self.drawn, 40, "the chart")
        return self

    def now_answer(self, **answers: Any) -> None:
        self.page.js("Object.assign(window.answers, arguments[0])", answers)

    @property
    def asked(self) -> list[str]:
        return list(self.page.js("return window.asked"))

    @property
    def drawn(self) -> Mapping[str, dict[str, Any]] | None:
        """Each trace by its name; None before the first drawing."""
        found: Mapping[str, dict[str, Any]] | None = self.page.js(DRAWN)
        return found

    def trace(self, name: str) -> dict[str, Any]:
        return dict((self.drawn or {}).get(name) or {})

    def wait_newest(self, name: str, value: float) -> None:
        """The trace ends with that figure."""
        self.page.wait_for(lambda: (self.trace(name).get("y") or [None])[-1] == value, what=f"{name} at {value}")

    @property
    def ranges(self) -> list[list[float]]:
        """[from, to] of time (ms) and of prices."""
        return list(self.page.js(RANGES))

    @property
    def hover_text(self) -> str:
        return str(self.page.js("return document.querySelector('#price-chart .hoverlayer').textContent"))

    @property
    def pressed(self) -> str:
        return str(self.page.js("return document.querySelector('#chart-modes [aria-pressed=true]').dataset.name"))

    @property
    def is_live(self) -> bool:
        return bool(self.page.js("return document.getElementById('chart-live').hidden"))

    def pick(self, view: str) -> None:
        self.page.driver.find_element("css selector", f"#chart-modes [data-name='{view}']").click()

    @property
    def frame(self) -> WebElement:
        return self.page.driver.find_element("id", "chart-frame")

    def press(self, *keys: str) -> None:
        self.frame.send_keys(*keys)

    def point_at(self, name: str, index: int = -1, *, below: float = 0, click: bool = False) -> None:
        """The mouse goes to a point of a trace."""
        x, y = self.page.js(PLACE, name, index)
        self._mouse("mouseMoved", x, y + below)
        if click:
            self._mouse("mousePressed", x, y + below, button="left", clickCount=1)
            self._mouse("mouseReleased", x, y + below, button="left", clickCount=1)

    def _mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.page.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **more})

    def drag(self, across: int) -> None:
        """The mouse takes the chart and moves it."""
        plot = self.page.driver.find_element("css selector", "#price-chart .nsewdrag")
        ActionChains(self.page.driver).click_and_hold(plot).move_by_offset(across, 0).release().perform()

    def swipe(self, across: int, down: int, steps: int = 8) -> None:
        """One finger from the middle of the chart."""
        x, y = self.page.js(MIDDLE)
        self._touch("touchStart", [{"x": x, "y": y}])
        for step in range(1, steps + 1):
            self._touch("touchMove", [{"x": x + across * step / steps, "y": y + down * step / steps}])
        self._touch("touchEnd", [])

    def _touch(self, kind: str, points: list[dict[str, float]]) -> None:
        self.page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
