"""The chart in a browser: its views, what lies over the prices, and that data never moves what the reader looks at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import messages
from tests.support.chart_page import ChartPage
from tests.support.deck_page import DeckPage
from tests.support.filled_tape import fill_tape
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

pytestmark = pytest.mark.chart

MINUTE = 60_000


@pytest.fixture
def chart(relay: Relay, new_page: Callable[..., DeckPage]) -> ChartPage:
    """The chart of a page that is not opened yet."""
    return ChartPage(new_page(relay.url))


def this_minute() -> int:
    return messages.now_ms() // MINUTE * MINUTE


def send_candles(bot: ForeignBot, count: int) -> int:
    """So many closed candles up to now and a forming one; returns the minute of that."""
    minute = this_minute()
    for number in range(count, 0, -1):
        moved = {"low": f"{43_230 - number}", "high": f"{43_260 + number}"}
        bot.emit("candle_update", messages.candle(minute - number * MINUTE, f"{43_240 + number % 7}.00", **moved))
    bot.call("candle_update", messages.candle(minute, "43250.00", closed=False))
    return minute


@pytest.mark.parametrize("view", ["line", "1m"])
def test_what_the_reader_zoomed_to_stays_while_data_flows(bot: ForeignBot, chart: ChartPage, view: str) -> None:
    minute = send_candles(bot, 90)
    for number in range(30):
        bot.call("price_update", messages.price(f"{43_240 + number}"))
    chart.open().pick(view)
    chart.press("+", "+")
    chart.page.wait_for(lambda: not chart.is_live, what="the chart zoomed")
    chart.drag(60)
    main = "price" if view == "line" else "candles"
    chart.page.wait_for(lambda: chart.trace(main), what="the view drawn")
    before = chart.ranges
    for number in range(12):
        bot.call("price_update", messages.price(f"{43_100 + 40 * number}"))
        bot.call("candle_update", messages.candle(minute, f"{43_100 + 40 * number}", closed=False))
        assert chart.ranges == before
    chart.page.wait_for(lambda: chart.page.price == "43540", what="the newest price")
    chart.page.js("scripts = window.dash_clientside; window.drawsThen = scripts.chart.cell.draws")
    chart.page.wait_for(
        lambda: chart.page.js("return scripts.chart.cell.draws > window.drawsThen + 1"), what="drawn again"
    )
    assert chart.ranges == before
    chart.page.click("chart-live")
    chart.page.wait_for(lambda: chart.is_live and chart.ranges != before, what="back to live")


def test_a_zoom_that_a_script_made_stays_too(bot: ForeignBot, chart: ChartPage) -> None:
    send_candles(bot, 60)
    chart.open().pick("1m")
    chart.page.wait_for(lambda: chart.trace("candles"), what="candles")
    chart.page.js(
        "const graph = document.querySelector('#price-chart .js-plotly-plot');"
        "window.Plotly.relayout(graph, {'xaxis.range': arguments[0], 'yaxis.range': [43000, 43500]});",
        [this_minute() - 20 * MINUTE, this_minute() - 10 * MINUTE],
    )
    before = chart.ranges
    bot.call("price_update", messages.price("43333.33"))
    chart.page.wait_for(lambda: chart.page.price == "43333.33" and not chart.is_live, what="the price")
    assert chart.ranges == before


def test_the_hover_box_stays_while_data_flows(bot: ForeignBot, chart: ChartPage) -> None:
    ts = messages.now_ms()
    send_candles(bot, 60)
    chart.open().pick("1m")
    chart.page.wait_for(lambda: chart.trace("candles"), what="candles")
    chart.point_at("candles", -10)
    chart.page.wait_for(lambda: "Open" in chart.hover_text, what="the hover box")
    text = chart.hover_text
    for number in range(8):
        bot.call("price_update", messages.price(f"{43_240 + number}", ts=ts + number))
        assert chart.hover_text == text
    chart.wait_newest("candles", 43_247)
    assert chart.hover_text == text


def test_another_timeframe_is_fetched_and_goes_on_in_place(bot: ForeignBot, chart: ChartPage) -> None:
    five = messages.now_ms() // (5 * MINUTE) * 5 * MINUTE
    known = [
        messages.candle(five - number * 5 * MINUTE, "43200", timeframe="5m", closed=number > 0)
        for number in (3, 2, 1, 0)
    ]
    chart.answer(candles={"candles": known}).open().pick("5m")
    chart.page.wait_for(lambda: len(chart.trace("candles").get("y", [])) == 4, what="four candles")
    assert any(asked.startswith("candles?") and "timeframe=5m" in asked for asked in chart.asked)
    for value in (43_290, 43_100, 43_222):  # one by one: of prices that come together a page is told the newest
        bot.call("price_update", messages.price(str(value)))
        chart.wait_newest("candles", value)
    candles = chart.trace("candles")
    assert len(candles["y"]) in (4, 5), "five minutes may end while the test runs"
    assert max(candles["high"]) == 43_290
    assert min(candles["low"]) == 43_100


HOLD_CANDLES = """
const ask = window.fetch;
window.fetch = (url, options) => !String(url).includes('/candles?') ? ask(url, options)
  : new Promise(resolve => { window.letGo = () => resolve(ask(url, options)); });
"""


def test_an_answer_that_is_older_than_the_line_puts_no_candle_back(bot: ForeignBot, chart: ChartPage) -> None:
    minute = messages.now_ms() // MINUTE * MINUTE
    known = [messages.candle(minute - number * MINUTE, "43240", closed=number > 0) for number in (3, 2, 1, 0)]
    chart.answer(candles={"candles": known}).open()
    chart.page.js(HOLD_CANDLES)
    chart.pick("1m")
    chart.page.wait_for(lambda: chart.page.js("return !!window.letGo"), what="the question")
    bot.call("candle_update", messages.candle(minute, "43251", closed=False))
    chart.wait_newest("candles", 43_251)
    chart.page.js("window.letGo()")
    chart.page.wait_for(lambda: len(chart.trace("candles")["y"]) == 4, what="the past")
    assert chart.trace("candles")["y"] == [43_240, 43_240, 43_240, 43_251]


def test_the_view_is_kept_in_the_browser(bot: ForeignBot, chart: ChartPage) -> None:
    send_candles(bot, 5)
    chart.open().pick("15m")
    chart.page.wait_for(lambda: chart.trace("candles"), what="candles")
    chart.open()
    assert chart.pressed == "15m"
    chart.page.js("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'c', bubbles: true}))")
    chart.page.wait_for(lambda: chart.trace("price"), what="the line")
    chart.page.js("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'c', bubbles: true}))")
    chart.page.wait_for(lambda: chart.trace("candles") and chart.pressed == "15m", what="the same candles again")


def test_equity_and_drawdown_go_on_with_heartbeats(bot: ForeignBot, chart: ChartPage) -> None:
    began = messages.now_ms() - 60_000
    record = [[began + number * 10_000, text] for number, text in enumerate(("10000", "10100", "9999"))]
    chart.answer(equity={"equity": record}).open().pick("equity")
    chart.page.wait_for(lambda: chart.trace("equity").get("y", [])[:3] == [10_000, 10_100, 9_999], what="the record")
    assert [round(one, 3) for one in chart.trace("drawdown")["y"][:3]] == [0, 0, -1]
    bot.call("heartbeat", messages.heartbeat(equity="10050.50"))
    chart.page.wait_for(lambda: 10_050.5 in chart.trace("equity")["y"], what="the heartbeat's equity")
    assert chart.page.text("chart-panel").startswith("EQUITY")


def test_the_strategys_lines_stand_over_its_candles(bot: ForeignBot, chart: ChartPage) -> None:
    minute = send_candles(bot, 30)
    points = [[minute - number * MINUTE, "43245.5"] for number in range(30, 0, -1)]
    swings = [[ts, "55"] for ts, _ in points]
    lines = [
        {"name": "EMA 9", "pane": "price", "range": None, "points": points},
        {"name": "RSI 14", "pane": "own", "range": [0, 100], "points": swings},
    ]
    chart.answer(indicators={"timeframe": "1m", "lines": lines}).open().pick("1m")
    chart.page.wait_for(lambda: chart.trace("RSI 14"), what="the lines")
    assert (chart.trace("EMA 9")["axis"], chart.trace("RSI 14")["axis"]) == ("y", "y3")
    assert "EMA 9" in chart.page.text("chart-legend")
    asked = len(chart.asked)
    bot.call("candle_update", messages.candle(minute, "43251.00"))
    chart.page.wait_for(lambda: sum("indicators" in one for one in chart.asked[asked:]) == 1, what="asked again")
    chart.page.driver.find_element("css selector", "#chart-legend [data-name=indicators]").click()
    chart.page.wait_for(lambda: not chart.trace("EMA 9"), what="the lines gone")
    chart.page.driver.find_element("css selector", "#chart-legend [data-name=volume]").click()
    chart.page.wait_for(lambda: not chart.trace("volume up"), what="the volume gone")


def test_a_marker_says_why_and_opens_its_trade(bot: ForeignBot, chart: ChartPage) -> None:
    send_candles(bot, 30)
    chart.open().pick("1m")
    bot.call("trade_executed", messages.trade(1, price="43249.00", pnl="12.40", reason="take profit at <1> %"))
    chart.page.wait_for(lambda: chart.trace("sell").get("y") == [43_249], what="the marker")
    chart.point_at("sell")
    chart.page.wait_for(lambda: "take profit at <1> %" in chart.hover_text, what="why")
    assert "SELL 0.01 at 43,249.00" in chart.hover_text
    assert "P&L +12.40" in chart.hover_text

    def is_open() -> bool:
        return chart.page.driver.current_url.endswith("/trade/t-00001")

    def clicked() -> bool:
        """A drawing may move it just before the click."""
        if not is_open():
            chart.point_at("sell", below=-14, click=True)
        return is_open()

    chart.page.wait_for(clicked, what="the trade's address")


def test_many_fills_in_one_place_are_counted(bot: ForeignBot, chart: ChartPage) -> None:
    chart.open()
    ts = messages.now_ms()
    for number in range(0, 24, 2):
        bot.emit("trade_executed", messages.trade(number, price="43250.10", ts=ts))
    bot.call("price_update", messages.price("43250.10"))
    chart.page.wait_trades(12)
    chart.page.wait_for(lambda: "12 trades" in "".join(chart.trace("buy").get("text", [])), what="the count")


@pytest.mark.parametrize("view", ["line", "1m"])
def test_the_fills_of_a_bot_that_trades_seldom_are_asked_for(
    data_dir: Path, start_relay: Callable[..., Relay], start_bot: Callable[..., ForeignBot],
    new_page: Callable[..., DeckPage], view: str,
) -> None:  # fmt: skip
    fill_tape(data_dir, 1, "seldom")
    fill_tape(data_dir, 600, "often")
    relay = start_relay()
    bot = start_bot(relay.url, "seldom").come_up()
    send_candles(bot, 30)
    chart = ChartPage(new_page(relay.url))
    chart.page.open("/?bot=seldom").wait_drawn()
    chart.pick(view)
    price = float(messages.trade(0)["price"])
    chart.page.wait_for(
        lambda: chart.trace("buy").get("y") == [price], what="the only fill, older than 500 of the other"
    )


def test_the_chart_is_moved_by_keys(bot: ForeignBot, chart: ChartPage) -> None:
    send_candles(bot, 90)
    chart.open().pick("1m")
    chart.page.wait_for(lambda: chart.trace("candles"), what="candles")
    [live, _] = chart.ranges
    chart.press("\ue012")  # arrow left
    chart.page.wait_for(lambda: chart.ranges[0][0] < live[0], what="moved left")
    [moved, _] = chart.ranges
    assert moved[1] - moved[0] == pytest.approx(live[1] - live[0], rel=1e-6)
    chart.press("-")
    chart.page.wait_for(lambda: chart.ranges[0][1] - chart.ranges[0][0] > moved[1] - moved[0], what="zoomed out")
    chart.press("0")
    chart.page.wait_for(lambda: chart.is_live and chart.ranges[0] == live, what="back to live")


def test_what_could_not_be_fetched_is_said_and_asked_again(bot: ForeignBot, chart: ChartPage) -> None:
    chart.answer(candles={"error": "the bot keeps no candles of a day."}).open().pick("1d")
    chart.page.wait_for(
        lambda: "The candles could not be fetched: the bot keeps no candles of a day." in chart.page.text("chart-note"),
        what="the sentence",
    )
    known = [messages.candle(this_minute() - 86_400_000 * number, "43000", timeframe="1d") for number in (2, 1)]
    chart.now_answer(candles={"candles": known})
    chart.page.driver.find_element("css selector", "#chart-note button").click()
    chart.page.wait_for(lambda: chart.trace("candles").get("y", [])[:2] == [43_000, 43_000], what="the candles")
    assert chart.page.js("return document.getElementById('chart-note').hidden")


def test_a_trade_from_elsewhere_is_marked_and_brought_into_view(bot: ForeignBot, chart: ChartPage) -> None:
    minute = send_candles(bot, 200)
    trade = {**messages.trade(1, ts=minute - 150 * MINUTE + 1_000, price="43249"), "seq": 1, "bot_id": "bot-1"}
    chart.open()
    chart.page.js("window.dash_clientside.chart.highlight(arguments[0])", trade)
    chart.page.wait_for(lambda: chart.trace("marked").get("y") == [43_249], what="the mark")
    [[start, end], _] = chart.ranges
    assert start < chart.trace("marked")["x"][0] < end
    chart.page.js("window.dash_clientside.chart.highlight(null)")
    chart.page.wait_for(lambda: chart.trace("price") and not chart.trace("marked"), what="the line as before")


def test_a_trade_of_another_bot_is_marked_on_its_own_chart_alone(
    bot: ForeignBot, start_bot: Callable[..., ForeignBot], chart: ChartPage
) -> None:
    other = start_bot(bot.url, "bot-2").come_up()
    minute = send_candles(bot, 30)
    other.call("candle_update", messages.candle(minute, "21.00", closed=False))
    chart.open()
    trade = {**messages.trade(1, ts=minute - 150 * MINUTE, price="21.00"), "seq": 1, "bot_id": "bot-2"}
    chart.page.js("scripts = window.dash_clientside, scripts.chart.highlight(arguments[0])", trade)
    drawn = chart.page.js("return scripts.chart.cell.draws")
    bot.call("price_update", messages.price("43250.10"))
    chart.page.wait_for(lambda: chart.page.js("return scripts.chart.cell.draws") > drawn + 1, what="drawn again")
    assert not chart.trace("marked")
    assert chart.is_live and chart.pressed == "line", "the view has not jumped"
    chart.page.js("scripts.page.tell({kind: 'select', bot_id: 'bot-2'})")
    chart.page.wait_for(lambda: chart.trace("marked").get("y") == [21], what="the mark on its bot's chart")


def test_the_chart_can_be_heard(bot: ForeignBot, chart: ChartPage) -> None:
    send_candles(bot, 5)
    chart.open().pick("1m")
    chart.page.wait_for(lambda: "Candles of 1m" in text_of(chart, "chart-table"), what="the table")
    assert chart.page.js("return document.querySelectorAll('#chart-table tbody tr').length") == 6
    assert text_of(chart, "chart-summary").startswith("Price from")


def text_of(chart: ChartPage, element_id: str) -> str:
    return str(chart.page.js("return document.getElementById(arguments[0]).textContent", element_id))


def test_a_swipe_sideways_moves_the_chart_and_one_up_scrolls_the_page(
    bot: ForeignBot, relay: Relay, new_page: Callable[..., DeckPage]
) -> None:
    send_candles(bot, 90)
    page = new_page(relay.url, width=500, height=800)
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    chart = ChartPage(page).open()
    chart.pick("1m")
    page.wait_for(lambda: chart.trace("candles"), what="candles")
    [live, _] = chart.ranges
    chart.swipe(across=120, down=0)
    page.wait_for(lambda: chart.ranges[0][0] < live[0], what="moved")
    assert page.js("return window.scrollY") == 0
    [moved, _] = chart.ranges
    chart.swipe(across=0, down=-150)
    page.wait_for(lambda: page.js("return window.scrollY") > 50, what="the page scrolled")
    assert chart.ranges[0] == moved


AROUND = """
const { top } = document.getElementById('chart-frame').getBoundingClientRect();
return [top, document.getElementById('chart-panel').offsetHeight];
"""
SIZES = """
return [...document.querySelectorAll(arguments[0])].map(one => Math.min(one.offsetWidth, one.offsetHeight));
"""


def on_a_phone(page: DeckPage, width: int) -> ChartPage:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    return ChartPage(page).open()


@pytest.mark.parametrize("width", [320, 390, 500])
def test_the_way_back_to_live_moves_nothing_under_the_finger_and_can_be_tapped(
    bot: ForeignBot, relay: Relay, new_page: Callable[..., DeckPage], width: int
) -> None:
    page = new_page(relay.url, width=500, height=800)
    chart = on_a_phone(page, width)
    before = page.js(AROUND)
    chart.press("+")
    page.wait_for(lambda: not chart.is_live, what="a view of the past")
    assert page.js(AROUND) == before
    assert min(page.js(SIZES, "#chart-live")) >= 44
    page.click("chart-live")
    page.wait_for(lambda: chart.is_live, what="back to live")


@pytest.mark.parametrize("width", [320, 390])
def test_every_view_has_a_chip_as_large_as_a_thumb(
    bot: ForeignBot, relay: Relay, new_page: Callable[..., DeckPage], width: int
) -> None:
    page = new_page(relay.url, width=500, height=800)
    on_a_phone(page, width)
    assert min(page.js(SIZES, "#chart-modes .chip")) >= 44
    assert page.js("return document.scrollingElement.scrollWidth") == width
