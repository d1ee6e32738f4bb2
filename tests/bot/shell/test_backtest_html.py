"""The HTML report: whole in itself, and no place for what came from outside to become markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.core.messages import Signal
from bot.core.performance import Curve, drawdown_pcts
from bot.events import Candle
from bot.shell.backtest import performance_of
from bot.shell.backtest_charts import figure, thinned
from bot.shell.backtest_html import report_html
from bot.shell.backtest_months import monthly_pcts, yearly_pct
from bot.shell.backtest_report import Asked
from tests.support.backtests import backtest_of
from tests.support.trading import MINUTE, T0, Scripted

HOSTILE = "</script><img src=x onerror=alert(1)>"
DAY = 86_400_000
NEW_YEAR_2024 = 1_704_067_200_000


class Named(Scripted):
    """Gives a hostile reason."""

    def on_candle(self, candle: Candle) -> Signal | None:
        signal = super().on_candle(candle)
        return Signal(kind=signal.kind, reason=HOSTILE, candle_ts=signal.candle_ts) if signal else None


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text outside of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text.append(data)


@pytest.fixture(scope="module")
def page() -> Page:
    result = backtest_of([100, 101, 102, 103, 90], Named({1: "enter", 2: "exit"}), symbol="<B>/USDT")
    asked = Asked(file=f"{HOSTILE}.csv", timeframe="1m", strategy=HOSTILE, params={"fast": HOSTILE})
    return Page(report_html(result, performance_of(result), asked))


def test_the_report_loads_nothing(page: Page) -> None:
    assert not [tag for tag, _ in page.elements if tag in ("link", "iframe", "img", "object", "base", "form")]
    assert not [attrs for _, attrs in page.elements if {"src", "href"} & attrs.keys()]


def test_what_comes_from_outside_is_text(page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "div", "script", "table", "thead", "tbody", "tr",
        "th", "td",
    }  # fmt: skip
    text = "".join(page.text)
    assert text.count(HOSTILE) == 5  # title, heading, file, strategy, parameter
    assert "<B>/USDT" in text


def test_every_figure_and_setting_is_in_it(page: Page) -> None:
    text = "".join(page.text)
    for words in ("Sharpe ratio", "Buy and hold", "Profit factor", "Parameters", "Nov", "2023"):
        assert words in text


def traces(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in data["data"]}


def test_trades_stand_on_the_candles_with_their_reason() -> None:
    result = backtest_of([100, 101, 102, 103], Named({1: "enter", 2: "exit"}))
    drawn = traces(figure(result))
    assert drawn["Buy"]["x"] == [T0 + 2 * MINUTE]
    assert drawn["Sell"]["y"] == [103]
    assert "&lt;/script&gt;" in drawn["Buy"]["text"][0]
    assert "<img" not in drawn["Buy"]["text"][0]
    assert "P&amp;L" in drawn["Sell"]["text"][0]
    assert drawn["Price"]["x"] == [T0 + number * MINUTE for number in range(4)]


def test_equity_and_holding_begin_with_the_same_money() -> None:
    drawn = traces(figure(backtest_of([100, 101, 102, 110], Scripted({}))))
    assert drawn["Strategy"]["y"][0] == drawn["Buy and hold"]["y"][0] == 10_000
    assert drawn["Buy and hold"]["y"][-1] == pytest.approx(11_000)
    json.dumps(drawn)


def test_a_long_run_is_thinned_without_losing_its_deepest_fall() -> None:
    values = [1000.0 + number % 7 for number in range(100_000)]
    values[54_321] = 500.0
    kept = thinned(values, 6_000)
    assert len(kept) <= 6_002
    assert {0, 54_321, 99_999} <= set(kept)
    assert min(drawdown_pcts([values[index] for index in kept])) == min(drawdown_pcts(values))
    assert thinned(values[:6_000], 6_000) == list(range(6_000))


def test_a_long_run_has_longer_candles_that_keep_every_high_and_low() -> None:
    closes = [100 + number % 11 for number in range(13_000)]
    candles = traces(figure(backtest_of(closes, Scripted({}))))["Price"]
    assert len(candles["x"]) == 13_000 // 3 + 1
    assert (candles["open"][0], candles["high"][0], candles["low"][0], candles["close"][0]) == (100, 102, 100, 102)
    assert candles["x"][1] - candles["x"][0] == 3 * MINUTE


def test_months_are_told_from_close_to_close_and_compound_to_the_year() -> None:
    """100 in December, 110 at the year's last close, 121 in January: the close at midnight is December's."""
    times = [NEW_YEAR_2024 - DAY, NEW_YEAR_2024, NEW_YEAR_2024 + DAY, NEW_YEAR_2024 + 40 * DAY]
    months = monthly_pcts(Curve(times=times, values=[100, 110, 121, 133.1], candle_ms=DAY))
    assert months == {(2023, 12): pytest.approx(10), (2024, 1): pytest.approx(10), (2024, 2): pytest.approx(10)}
    assert yearly_pct(months, 2024) == pytest.approx(21)


def test_a_report_draws_itself_with_the_plotly_that_is_in_it() -> None:
    result = backtest_of([100, 101], Scripted({}))
    html = report_html(result, performance_of(result), Asked(file="f", timeframe="1m", strategy="s", params={}))
    assert re.search(r"Plotly\.newPlot\(\s*\"charts\"", html)
    assert len(html) > 1_000_000
