"""The account's worth over time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts

START = 1_700_000_000_000


def test_a_heartbeat_adds_a_figure_a_second(scripts: Scripts) -> None:
    series: list[list[object]] = []
    for late, equity in ((0, "100.10"), (400, "100.20"), (1_000, "100.30")):
        series = scripts.call("equity.add", series, {"ts": START + late, "equity": equity})
    assert series == [[START, "100.10"], [START + 1_000, "100.30"]]


def test_a_heartbeat_without_equity_tells_nothing(scripts: Scripts) -> None:
    assert scripts.run("const held = []; return scripts.equity.add(held, {ts: 1}) === held;")


def test_what_the_page_heard_goes_on_where_the_relays_record_ends(scripts: Scripts) -> None:
    known = [[START, "1"], [START + 5_000, "2"]]
    heard = [[START + 4_000, "9"], [START + 6_000, "3"]]
    assert scripts.call("equity.join", known, heard) == [*known, heard[1]]


def test_a_series_has_a_limit_and_keeps_its_newest(scripts: Scripts) -> None:
    series = scripts.run(
        "let series = [];"
        "for (let i = 1; i <= 4000; i += 1) series = scripts.equity.add(series, {ts: i * 1000, equity: String(i)});"
        "return series;"
    )
    assert len(series) <= 1_500
    assert series[-1] == [4_000_000, "4000"]
    assert series[0][1] == "1"


def test_the_chart_tells_equity_in_coins_to_their_decimals(scripts: Scripts) -> None:
    balances = {"quote_currency": "BTC"}
    state = {"view": "equity", "equity": [[START, "1.23456789"]], "fills": [], "status": {"balances": balances}}
    scene = scripts.call("scene.scene", state, {"width": 800, "height": 300})
    assert scene["last"]["text"] == "1.23456789"
    assert scene["columns"]["text"] == ["Equity 1.23456789 BTC<br>Drawdown 0.00 %"]


def test_drawdown_is_below_the_highest_point_so_far(scripts: Scripts) -> None:
    series = [[number, value] for number, value in enumerate(("100", "110", "99", "121", "121"))]
    assert [round(one, 6) for one in scripts.call("equity.drawdown", series)] == [0, 0, -10, 0, 0]


def test_the_drawdown_says_what_it_is_and_in_what_unit(scripts: Scripts) -> None:
    series = [[START + 1_000 * number, value] for number, value in enumerate(("100", "110", "99"))]
    size = {"width": 300, "height": 200, "isSmall": True}
    layout = scripts.run(
        "const scene = scripts.scene.scene({view: 'equity', equity: a, fills: [], status: null}, b);"
        "return scripts.figure.figure(scene, {series: []}, {margin: {t: 8}}, b).layout;",
        series,
        size,
    )
    assert (layout["yaxis3"]["ticksuffix"], layout["yaxis3"]["nticks"]) == (" %", 2)
    assert "Drawdown" in [one["text"] for one in layout["annotations"]]


@pytest.mark.parametrize(
    ("beat", "words"),
    [
        (None, "No equity yet: it comes with the bot's first heartbeat."),
        ({"ts": START}, "This bot does not tell its equity."),
        ({"ts": START, "equity": None}, "This bot does not tell its equity."),
    ],
)
def test_a_bot_that_never_tells_its_equity_is_not_waited_for(scripts: Scripts, beat: Any, words: str) -> None:
    assert scripts.call("chartTools.emptyText", "equity", {"status": None, "beat": beat}) == words
