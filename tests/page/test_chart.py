"""The chart: which points it draws, where the fills stand, and that it shows exact figures."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

pytestmark = pytest.mark.chart

DRAWN = """
const g = document.querySelector('#price-chart .js-plotly-plot');
if (!g || !g.data || !g.data.length) return null;
return g.data.map(t => ({name: t.name, type: t.type, y: [...(t.y || t.close)], text: t.customdata || t.text}));
"""


def points(gaps_ms: list[int]) -> list[dict[str, Any]]:
    ts, made = 1_700_000_000_000, []
    for number, gap in enumerate(gaps_ms):
        ts += gap
        made.append({"ts": ts, "text": str(number)})
    return made


@settings(max_examples=100, deadline=None)
@given(gaps=st.lists(st.integers(1, 3000), min_size=1, max_size=600))
def test_at_most_a_hundred_points_and_the_newest_is_the_last(scripts: Scripts, gaps: list[int]) -> None:
    held = points(gaps)
    shown = scripts.call("points.lastPoints", held)
    assert 1 <= len(shown) <= 100
    assert shown[-1]["text"] == held[-1]["text"]
    assert [one["ts"] for one in shown] == sorted({one["ts"] for one in shown})


@pytest.mark.parametrize(
    ("every_ms", "step"),
    [(50, 100), (20, 50), (10, 0), (100, 250), (1000, 1000), (5000, 1000)],
    ids=lambda value: str(value),
)
def test_the_step_leaves_a_hundred_points(scripts: Scripts, every_ms: int, step: int) -> None:
    held = points([every_ms] * 300)
    assert scripts.call("points.stepFor", held) == step
    assert len(scripts.call("points.lastPoints", held)) == 100


def test_few_ticks_are_all_shown(scripts: Scripts) -> None:
    assert len(scripts.call("points.lastPoints", points([10] * 80))) == 80


def test_a_level_far_away_does_not_flatten_the_price(scripts: Scripts) -> None:
    levels = [
        {"name": name, "value": value, "text": name} for name, value in (("stop", 90), ("entry", 101), ("target", 120))
    ]
    sorted_levels = scripts.call("points.sortLevels", levels, [100, 102])
    found = {place: [one["name"] for one in those] for place, those in sorted_levels.items()}
    assert found == {"near": ["entry"], "above": ["target"], "below": ["stop"]}


@pytest.mark.parametrize("at", [50, 0, 99], ids=["in the middle", "at the bottom", "at the top"])
def test_the_words_of_levels_that_lie_together_stand_apart_and_inside(scripts: Scripts, at: float) -> None:
    levels = [{"name": name, "value": at + i / 10, "text": name} for i, name in enumerate(("stop", "entry", "target"))]
    columns: dict[str, list[Any]] = {"x": [], "y": [], "customdata": [], "text": []}
    scene: dict[str, Any] = {
        "kind": "line", "columns": columns, "x": [0, 1], "y": [0, 100], "last": None, "marked": None,
        "lines": [], "groups": {"buy": [], "sell": []}, "volume": None, "pane": None,
        "levels": {"near": levels, "above": [], "below": []},
    }  # fmt: skip
    figure = scripts.call("figure.figure", scene, {"series": []}, {"margin": {"t": 8}}, {"height": 200})
    feet = [words["y"] * 2 + words["yshift"] for words in figure["layout"]["annotations"]]
    assert all(above - foot >= 15 for foot, above in pairwise(feet))
    assert feet[0] >= 0
    assert feet[-1] + 15 <= 200


def test_levels_out_of_view_stand_in_the_order_of_their_prices(scripts: Scripts) -> None:
    far = [{"name": name, "value": value, "text": name} for name, value in (("entry", 1), ("stop", 3), ("target", 2))]
    columns: dict[str, list[Any]] = {"x": [], "y": [], "customdata": [], "text": []}
    scene: dict[str, Any] = {
        "kind": "line", "columns": columns, "x": [0, 1], "y": [0, 100], "last": None, "marked": None,
        "lines": [], "groups": {"buy": [], "sell": []}, "volume": None, "pane": None,
        "levels": {"near": [], "above": far, "below": far},
    }  # fmt: skip
    figure = scripts.call("figure.figure", scene, {"series": []}, {"margin": {"t": 8}}, {"height": 200})
    words = figure["layout"]["annotations"]
    from_the_top = sorted(words, key=lambda one: (one["y"], one["yshift"]), reverse=True)
    order = ["stop", "target", "entry"]
    assert [one["text"] for one in from_the_top] == [f"{arrow} {name}" for arrow in "↑↓" for name in order]


def line_figure(scripts: Scripts, prices: list[str], **changes: Any) -> dict[str, Any]:
    """The figure of a line of a price each second; a plot of 800 by 200 pixels."""
    held = [{"ts": 1_700_000_000_000 + 1_000 * number, "text": text} for number, text in enumerate(prices)]
    state = {"view": "line", "range": None, "y": None, "fitted": None, "points": held, "fills": [], **changes}
    size = {"width": 800, "height": 200}
    body = "return scripts.figure.figure(scripts.scene.scene(a, b), {series: []}, {margin: {t: 8}}, b);"
    return dict(scripts.run(body, state, size))


def test_one_price_alone_is_a_dot(scripts: Scripts) -> None:
    assert [line_figure(scripts, prices)["data"][0]["mode"] for prices in (["1"], ["1", "2"])] == ["markers", "lines"]


@pytest.mark.parametrize(("wide_ms", "step"), [(2_000, 1_000), (60_000, None)])
def test_no_second_stands_twice_at_the_axis(scripts: Scripts, wide_ms: int, step: int | None) -> None:
    axis = line_figure(scripts, ["1"] * 9, range=[1_700_000_000_000, 1_700_000_000_000 + wide_ms])["layout"]["xaxis"]
    assert axis.get("dtick") == step


def test_an_axis_figure_that_the_newest_ones_tag_would_half_cover_is_left_out(scripts: Scripts) -> None:
    layout = line_figure(scripts, ["100", "109", "105.5"])["layout"]
    [tag] = [one for one in layout["annotations"] if one["text"] == "105.50"]
    pixel = (layout["yaxis"]["range"][1] - layout["yaxis"]["range"][0]) / 200
    ticks = dict(zip(layout["yaxis"]["tickvals"], layout["yaxis"]["ticktext"], strict=True))
    hidden = [value for value, text in ticks.items() if not text]
    assert hidden == [value for value in ticks if abs(value - tag["y"]) < 18 * pixel]
    assert hidden


def test_hover_shows_the_exact_price_and_time(scripts: Scripts) -> None:
    [text] = scripts.call("points.line", [{"ts": 1_700_000_000_000, "text": "0.09846001"}])["customdata"]
    assert text.startswith("0.09846001<br>")


def test_the_chart_draws_the_line_and_the_fills_at_their_price(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("trade_executed", messages.trade(1, side="buy", price="43251.5"))
    for value in ("43250.10", "43252.70", "43249.99"):
        bot.call("price_update", messages.price(value))
    deck.wait_for(lambda: (drawn := deck.js(DRAWN)) and drawn[0]["y"][-1] == 43249.99, 20, "the newest price drawn")
    main, buys, sells = deck.js(DRAWN)
    assert (main["name"], buys["name"], sells["name"]) == ("price", "buy", "sell")
    assert len(main["y"]) <= 100
    assert "43,249.99" in main["text"][-1]
    assert sells["y"] == []


def test_candles_are_one_key_away_and_the_forming_one_moves(bot: ForeignBot, deck: DeckPage) -> None:
    minute = messages.now_ms() // 60_000 * 60_000
    bot.call("candle_update", messages.candle(minute - 60_000, "43240.00", closed=True))
    bot.call("candle_update", messages.candle(minute, "43250.00", closed=False))
    deck.wait_for(lambda: deck.js(DRAWN), 20, "the chart")
    deck.js("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'c', bubbles: true}))")
    deck.wait_for(lambda: deck.js(DRAWN)[0]["type"] == "candlestick", what="candles")
    assert len(deck.js(DRAWN)[0]["y"]) == 2
    bot.call("candle_update", messages.candle(minute, "43251.00", closed=False))
    deck.wait_for(lambda: deck.js(DRAWN)[0]["y"][-1] == 43251, what="the forming candle moved")
    assert len(deck.js(DRAWN)[0]["y"]) == 2
