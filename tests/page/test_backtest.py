"""The backtest view: its pure parts, and the whole way through it in a browser, with real processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.page.conftest import Scripts
from tests.support import chromium
from tests.support.candle_file import LONG, write_candles
from tests.support.deck_page import DeckPage
from tests.support.relay import Relay

pytestmark = pytest.mark.chart

WHOLE = {
    "name": "fast", "kind": "whole", "description": "Candles of the fast average; fewer than `slow`.", "default": 9,
    "required": False, "optional": False, "choices": [], "minimum": 1, "maximum": 1000, "above": None, "below": None,
}  # fmt: skip
STOP = {
    **WHOLE, "name": "stop_loss_pct", "kind": "decimal", "default": "0.4", "optional": True,
    "minimum": None, "maximum": None, "above": 0, "below": 100,
}  # fmt: skip
RUN = {
    "id": "r1", "kind": "backtest", "state": "running", "label": "Candles", "done": 0, "of": 0, "error": None,
    "said": None, "summary": None, "asked": {"strategy": "ema_cross", "file": "ABC_USDT-5m.csv", "params": {"fast": 9}},
}  # fmt: skip
STATS = {
    "trades": 4, "win_rate": 0.5, "realized_pnl": "12.5", "profit_factor": 1.5, "expectancy": "3.125", "sharpe": 1.2,
    "max_drawdown_pct": 2.5, "exposure_pct": 12.0, "fees": "1.5", "return_pct": 1.25,
}  # fmt: skip
RESULT: dict[str, Any] = {
    "strategy": "ema_cross", "params": {"stake_pct": "25", "stop_loss_pct": None, "fast": 9}, "symbol": "ABC/USDT",
    "quote_currency": "USDT", "timeframe": "5m", "candles": 600, "from_ts": 1_515_542_400_000,
    "to_ts": 1_515_722_400_000, "stats": STATS, "hold": {"return_pct": -2.0, "sharpe": None, "max_drawdown_pct": 9.0},
    "months": [{"year": 2018, "months": [1.25, *[None] * 11], "whole": 1.25}],
    "charts": {
        "equity": {"x": [0, 1], "y": [100, 110]}, "hold": {"x": [0, 1], "y": [100, 98]},
        "drawdown": {"x": [0, 1], "y": [0, -1]},
        "candles": {"x": [0], "open": [1], "high": [2], "low": [0.5], "close": [1.5]},
        "trades": [
            {"ts": 0, "side": "buy", "price": "1", "amount": "2", "pnl": None, "reason": "<b>it</b> rose"},
            {"ts": 1, "side": "sell", "price": "2", "amount": "2", "pnl": "1.9", "reason": "enough"},
        ],
        "trades_left_out": 0,
    },
}  # fmt: skip


def test_a_parameter_is_named_and_explained_in_words(scripts: Scripts) -> None:
    assert scripts.call("backtest_form.words", "stop_loss_pct") == "Stop loss, %"
    assert scripts.call("backtest_form.meaning", WHOLE) == (
        "Candles of the fast average; fewer than slow. Takes 1 to 1,000."
    )
    assert scripts.call("backtest_form.range", STOP) == "above 0 to below 100; empty for off"


@pytest.mark.parametrize(
    ("field", "raw", "read"),
    [
        (WHOLE, "12", {"value": 12}),
        (WHOLE, "12.5", {"error": "Fast: takes a whole number, 1 to 1,000."}),
        (WHOLE, "1001", {"error": "Fast: takes a whole number, 1 to 1,000."}),
        (WHOLE, "", {"error": "Fast: give a value, 1 to 1,000."}),
        (STOP, "0.40", {"value": "0.40"}),
        (STOP, " ", {"value": None}),
        (STOP, "0", {"error": "Stop loss, %: takes a number, above 0 to below 100; empty for off."}),
        (STOP, "1e1", {"error": "Stop loss, %: takes a number, above 0 to below 100; empty for off."}),
    ],
)
def test_what_stands_in_a_field_is_read_or_refused(
    scripts: Scripts, field: dict[str, Any], raw: str, read: dict[str, Any]
) -> None:
    assert scripts.call("backtest_form.read", field, raw) == read


def test_how_far_a_run_is_is_said_in_words(scripts: Scripts) -> None:
    said = [
        scripts.call("backtest_runs.progress", {**RUN, **changes})["text"]
        for changes in ({"state": "waiting"}, {}, {"done": 1200, "of": 5760}, {"done": 5760, "of": 5760})
    ]
    assert said == [
        "Waits for its turn", "Reading the file", "1,200 of 5,760 candles, 20 %", "Working out the figures",
    ]  # fmt: skip


def test_a_run_that_is_over_says_what_came_of_it(scripts: Scripts) -> None:
    summary = {"return_pct": 3.2, "hold_pct": -1, "trades": 1}
    done = scripts.call("backtest_runs.view", {**RUN, "state": "done", "summary": summary})
    assert (done["state"], done["canOpen"], done["button"]) == (
        "+3.20 % (holding −1.00 %), 1 round trip", True, "Remove",
    )  # fmt: skip
    failed = scripts.call("backtest_runs.view", {**RUN, "state": "failed", "error": "fast must be below slow."})
    assert (failed["state"], failed["canOpen"]) == ("fast must be below slow.", False)


def test_its_figures_stand_beside_the_live_bots_and_holding(scripts: Scripts) -> None:
    rows = {row[0]: row[1:] for row in scripts.call("backtest_result.compared", RESULT, {**STATS, "trades": 7})}
    assert rows["Return"] == ["+1.25 %", "+1.25 %", "−2.00 %"]
    assert rows["Round trips"] == ["4", "7", "–"]
    assert rows["Deepest drawdown"] == ["−2.50 %", "−2.50 %", "−9.00 %"]
    alone = {row[0]: row[1:] for row in scripts.call("backtest_result.compared", RESULT, None)}
    assert alone["Sharpe"] == ["1.20", "–", "–"]


SKIPPED = "return [...scripts.backtest_result.skipped(a).children].map(line => line.textContent)"


def test_what_was_refused_on_the_way_is_told_with_how_often(scripts: Scripts) -> None:
    warned = {
        "title": "Entry skipped",
        "count": 1200,
        "example": "4 USDT is 1 USDT below the market's minimum cost of 5.",
    }
    told = scripts.run(SKIPPED, {"warnings": [warned, {**warned, "count": 1}]})
    assert told[1:] == [f"Entry skipped, {times}: {warned['example']}" for times in ("1,200 times, first", "once")]
    assert scripts.call("backtest_result.skipped", {"warnings": []}) is None


def test_money_in_coins_keeps_its_decimals_on_either_side(scripts: Scripts) -> None:
    won = {**STATS, "realized_pnl": "0.01234567"}
    in_coins = {**RESULT, "quote_currency": "BTC", "stats": won}
    rows = {row[0]: row[1:] for row in scripts.call("backtest_result.compared", in_coins, won, "USDT")}
    assert rows["Realised P&L"] == ["+0.01234567", "+0.0123", "–"]
    figure = scripts.call("backtest_charts.figure", "equity", in_coins, {}, False)
    assert "%{y:,.8f}" in figure["data"][0]["hovertemplate"]


@pytest.mark.parametrize(("stats", "sentence"), [
    ({}, "This bot is grid on A/B, paper."),
    ({"started_ts": 1_515_542_400_000}, "This bot is grid on A/B, paper, counted since 2018-01-10."),
])  # fmt: skip
def test_whose_figures_stand_beside_it_is_said(scripts: Scripts, stats: dict[str, Any], sentence: str) -> None:
    live = {"status": {"strategy": "grid", "symbol": "A/B", "mode": "paper"}, "stats": stats}
    assert scripts.call("backtest_result.liveNote", live) == sentence


def test_the_charts_show_equity_holding_falls_and_trades(scripts: Scripts) -> None:
    paints = {name: name for name in ("accent", "buy", "grid", "line", "muted", "panel", "sell", "sell-soft", "text")}
    equity = scripts.call("backtest_charts.figure", "equity", RESULT, paints, False)
    assert [trace["name"] for trace in equity["data"]] == ["Strategy", "Buy and hold", "Drawdown"]
    assert equity["layout"]["yaxis2"]["range"][1] == 0, "no fall is above nothing"
    assert equity["layout"]["yaxis2"]["range"][0] < min(RESULT["charts"]["drawdown"]["y"])
    price = scripts.call("backtest_charts.figure", "price", RESULT, paints, True)
    assert [trace["name"] for trace in price["data"]] == ["Price", "Buy", "Sell"]
    assert price["data"][1]["text"] == ["▲ BUY 2 at 1.00<br>&lt;b>it&lt;/b> rose"]


def test_the_settings_that_make_it_last_are_two_lines(scripts: Scripts) -> None:
    lines = scripts.call("backtest_result.settings", RESULT).splitlines()
    assert lines[0] == "TAPEDECK_STRATEGY=ema_cross"
    name, _, value = lines[1].partition("=")
    assert (name, json.loads(value.strip("'"))) == ("TAPEDECK_STRATEGY_PARAMS", RESULT["params"])


def test_what_would_change_is_marked(scripts: Scripts) -> None:
    before = {"strategy": "dca", "params": {"every": 60, "stop_loss_pct": None}}
    after = {"strategy": "ema_cross", "params": {"fast": 9, "stop_loss_pct": None}}
    rows = scripts.call("backtest_adopt.changes", before, after)
    assert [(row["name"], row["before"], row["after"], row["isChanged"]) for row in rows] == [
        ("Strategy", "dca", "ema_cross", True),
        ("Fast", "–", "9", True),
        ("Stop loss, %", "off", "off", False),
        ("Every", "60", "–", True),
    ]
    assert scripts.call("backtest_adopt.consequences", "live", "It stays.")[:2] == [
        "This bot trades real money.", "It stays.",
    ]  # fmt: skip


class BacktestPage:
    """The view as a person uses it."""

    def __init__(self, page: DeckPage) -> None:
        self.page = page

    def open(self, path: str = "/backtest") -> BacktestPage:
        self.page.open(path)
        return self.wait_ready()

    def wait_ready(self) -> BacktestPage:
        self.page.wait_for(lambda: self.count("#backtest-param-fast"), 30, "the form")
        return self

    def count(self, selector: str) -> int:
        return int(self.page.js("return document.querySelectorAll(arguments[0]).length", selector))

    def words(self, selector: str) -> str:
        return str(self.page.js("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def fill(self, element_id: str, value: str) -> None:
        field = self.page.driver.find_element("id", element_id)
        field.clear()
        field.send_keys(value)

    def choose(self, element_id: str, value: str) -> None:
        self.page.js(
            "const [id, value] = arguments, field = document.getElementById(id);"
            "field.value = value; field.dispatchEvent(new Event('change', {bubbles: true}));",
            element_id,
            value,
        )

    def click(self, selector: str) -> None:
        self.page.js("document.querySelector(arguments[0]).click()", selector)

    def run(self) -> None:
        self.page.js("document.getElementById('backtest-run').click()")

    def wait_result(self) -> None:
        self.page.wait_for(lambda: self.count(".backtest-result[data-run-id]"), 60, "the result")

    def wait(self, condition: Callable[[], object], what: str, timeout: float = 30) -> None:
        self.page.wait_for(condition, timeout, what)


@pytest.fixture
def product(start_product: Callable[..., Relay]) -> Relay:
    """The relay with its simulated bot, and candles in its history."""
    relay = start_product(env={"TAPEDECK_EXCHANGE_CONFIG": '{"speed": 20}'})
    write_candles(relay.data_dir / "history")
    write_candles(relay.data_dir / "history", "LONG_USDT-5m.csv", 4 * LONG)
    return relay


def test_the_whole_way_from_a_choice_to_a_bot_that_trades_by_it(
    product: Relay, new_page: Callable[..., DeckPage]
) -> None:
    page = new_page(product.url)
    view = BacktestPage(page).open()
    view.choose("backtest-file", "LONG_USDT-5m.csv")
    view.run()
    view.wait(lambda: "of 200,000 candles" in view.words(".backtest-awaited"), "progress in words")
    view.click(".backtest-awaited .run-button")
    view.wait(lambda: "Cancelled" in view.words("#backtest-runs"), "it was cancelled")

    view.choose("backtest-strategy", "donchian_breakout")
    view.wait(lambda: view.count("#backtest-param-entry"), "the other strategy's form")
    view.fill("backtest-param-entry", "0")
    view.choose("backtest-file", "ABC_USDT-5m.csv")
    view.run()
    assert view.words(".backtest-note") == "Entry: takes a whole number, 1 to 1,000."
    view.fill("backtest-param-entry", "12")
    view.run()
    view.wait_result()
    assert "entry 12" in view.words(".backtest-result")
    assert "Buy and hold" in view.words(".backtest-result .figures")
    view.wait(lambda: view.count(".backtest-chart .main-svg"), "the equity chart")
    view.click(".backtest-charts .chip[data-name=months]")
    assert "2018" in view.words(".backtest-chart")
    assert view.count(".backtest-chart .main-svg") == 0

    page.wait_status("running")
    view.click("#backtest-use")
    view.wait(lambda: "12" in view.words("#backtest-adopt table"), "old and new side by side")
    assert "ema_cross" in view.words("#backtest-adopt table")
    assert "new strategy" in view.words("#backtest-adopt")
    view.click("#backtest-adopt-go")
    view.wait(lambda: not page.js("return document.getElementById('backtest-adopt').open"), "the change was made")
    view.wait(lambda: "This bot is donchian_breakout" in view.words(".backtest-result"), "the bot's own word")
    assert product.get("/api/v1/status")[1]["strategy"] == "donchian_breakout"


def test_the_deck_lives_on_behind_it_and_back_leads_there(product: Relay, new_page: Callable[..., DeckPage]) -> None:
    page = new_page(product.url).open()
    page.click("backtest-link")
    BacktestPage(page).wait_ready()
    assert page.js("return location.pathname") == "/backtest"
    seen = page.price
    page.wait_for(lambda: page.price != seen, what="prices go on")
    page.wait_pressable("stop-button")
    page.driver.back()
    page.wait_for(lambda: page.js("return document.getElementById('backtest-view').hidden"), what="the deck")
    assert page.js("return getComputedStyle(document.querySelector('.panels')).display") != "none"
    page.wait_drawn()


def test_nothing_scrolls_sideways_and_targets_are_large(product: Relay, new_page: Callable[..., DeckPage]) -> None:
    page = new_page(product.url)
    view = BacktestPage(page).open()
    view.choose("backtest-file", "ABC_USDT-5m.csv")
    view.run()
    view.wait_result()
    view.wait(lambda: view.count(".backtest-chart .main-svg"), "the chart")
    for width in (1440, 390, 320):
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        page.wait_for(lambda: page.js(SIDEWAYS) == 0, 5, f"nothing sideways at {width}")
        if width < 900:
            assert page.js(SMALL) == []


SIDEWAYS = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL = """
const targets = 'button, select, .field-input, a, summary';
return [...document.getElementById('backtest-view').querySelectorAll(targets)]
  .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44)
  .map((one) => one.outerHTML.slice(0, 80));
"""


def test_a_deck_that_does_not_open_it_asks_for_nothing_of_it(product: Relay) -> None:
    driver = chromium.launch(network_log=True)
    try:
        page = DeckPage(driver, product.url).open()
        page.wait_drawn()
        asked = chromium.requests_made(driver)
        assert not [url for url in asked if "backtest_" in url or "/api/v1/" in url]
    finally:
        chromium.close(driver)
