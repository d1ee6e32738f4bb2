"""What lies over the prices: fills with their why, thinned to what can be told apart, volume, the strategy's lines."""

from __future__ import annotations

from typing import Any

from tests.page.conftest import Scripts
from tests.support import messages

MINUTE = 60_000
START = 1_700_000_000_000
PLACE = {"x": 0.001, "y": 1}
"""Pixels for a millisecond and for one of price: a second is one pixel."""


def trade(number: int, seconds: float = 0, **changes: Any) -> dict[str, Any]:
    return {
        **messages.trade(number),
        "ts": START + round(seconds * 1000),
        "seq": number + 1,
        "bot_id": "bot-1",
        **changes,
    }


def shown(*trades: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"x": one["ts"], "trade": one} for one in trades]


def tape(*trades: dict[str, Any], epoch: int = 1) -> dict[str, Any]:
    return {"epoch": epoch, "list": list(trades), "count": len(trades)}


def test_a_fill_says_side_amount_price_time_result_and_why(scripts: Scripts) -> None:
    text = scripts.call("overlays.fillText", trade(1, price="43180.00", pnl="12.4", reason="take profit at 1 %"))
    side, when, result, why = text.split("<br>")
    assert side == "▼ SELL 0.01 at 43,180.00"
    assert "2023" in when
    assert (result, why) == ("P&amp;L +12.40", "take profit at 1 %")


def test_a_fill_in_coins_keeps_their_decimals(scripts: Scripts) -> None:
    text = scripts.call("overlays.fillText", trade(1, symbol="ETH/BTC", price="0.07", pnl="0.00123456"))
    assert "P&amp;L +0.00123456" in text


def test_a_fill_that_opens_has_no_result(scripts: Scripts) -> None:
    assert "P&amp;L" not in scripts.call("overlays.fillText", trade(0, reason="EMA 9 crossed above EMA 21"))


def test_a_reason_goes_in_as_text(scripts: Scripts) -> None:
    text = scripts.call("overlays.fillText", trade(0, reason="<b>5</b> < 6 & 7"))
    assert text.endswith("&lt;b&gt;5&lt;/b&gt; &lt; 6 &amp; 7")


def test_a_long_reason_is_broken_into_lines(scripts: Scripts) -> None:
    lines = scripts.call("overlays.fillText", trade(0, reason="word " * 40)).split("<br>")[2:]
    assert len(lines) > 3
    assert max(map(len, lines)) <= 46


def test_fills_apart_stay_apart_and_those_on_top_of_each_other_are_counted(scripts: Scripts) -> None:
    near = [trade(2 * number, seconds=number * 0.1, price="100") for number in range(12)]
    far = trade(40, seconds=500, price="100")
    groups = scripts.call("overlays.thin", shown(*near, far), "buy", PLACE)
    assert [len(group) for group in groups] == [12, 1]
    columns = scripts.call("overlays.markers", groups)
    assert columns["text"] == ["12", ""]
    assert columns["customdata"][0].startswith("▲ BUY 12 trades, 0.12 in all<br>")


def test_a_group_stands_where_its_newest_fill_does(scripts: Scripts) -> None:
    groups = scripts.call("overlays.thin", shown(trade(0, 0, price="100"), trade(2, 1, price="101")), "buy", PLACE)
    assert scripts.call("overlays.markers", groups)["y"] == [101]


def test_sides_are_not_counted_together(scripts: Scripts) -> None:
    both = shown(trade(0, price="100"), trade(1, price="100"))
    assert [len(scripts.call("overlays.thin", both, side, PLACE)) for side in ("buy", "sell")] == [1, 1]


def test_five_thousand_fills_become_no_more_than_the_view_has_room_for(scripts: Scripts) -> None:
    count = scripts.run(
        "const all = Array.from({length: 5000}, (_, i) => "
        "  ({x: i * 5760, trade: {...a, price: String(43000 + (i * 37) % 500)}}));"
        "return scripts.overlays.thin(all, 'buy', {x: 800 / 28800000, y: 300 / 500}).length;",
        trade(0),
    )
    assert 8 <= count <= 30


def gather(scripts: Scripts, held: Any, trades: dict[str, Any], bot: str = "bot-1") -> dict[str, Any]:
    return dict(scripts.call("overlays.gather", held, trades, bot))


def numbers(fills: dict[str, Any]) -> list[int]:
    return [one["seq"] - 1 for one in fills["list"]]


def test_only_new_fills_of_the_bot_are_gathered(scripts: Scripts) -> None:
    fills = gather(scripts, None, tape(trade(1), trade(2, bot_id="bot-2"), trade(3)))
    assert numbers(fills) == [1, 3]
    assert numbers(gather(scripts, fills, tape(trade(3), trade(4)))) == [1, 3, 4]


def test_a_snapshot_or_another_bot_begins_anew(scripts: Scripts) -> None:
    fills = gather(scripts, None, tape(trade(1), trade(2)))
    assert numbers(gather(scripts, fills, tape(trade(5), epoch=2))) == [5]
    assert numbers(gather(scripts, fills, tape(trade(6, bot_id="bot-2")), "bot-2")) == [6]


def test_older_fills_come_before_those_known_and_none_twice(scripts: Scripts) -> None:
    fills = gather(scripts, None, tape(trade(3), trade(4)))
    joined = scripts.call("overlays.prepend", fills, [trade(1), trade(2), trade(3)], True)
    assert numbers(joined) == [1, 2, 3, 4]
    assert joined["isAll"]


def test_at_most_five_thousand_fills_are_held(scripts: Scripts) -> None:
    count = scripts.run(
        "const list = Array.from({length: 6000}, (_, i) => ({...a, seq: i + 1}));"
        "const fills = scripts.overlays.gather(null, {epoch: 1, list}, 'bot-1');"
        "return [fills.list.length, fills.list[0].seq];",
        trade(0),
    )
    assert count == [5_000, 1_001]


def test_only_fills_in_view_are_drawn(scripts: Scripts) -> None:
    seen = scripts.run(
        "return scripts.overlays.visible(a, b, ts => ts).map(one => one.trade.seq - 1);",
        [trade(number, seconds=number * 10) for number in range(100)],
        [START + 500_000, START + 530_000],
    )
    assert seen == [50, 51, 52, 53]


def test_lines_are_cut_to_the_view_with_one_point_more_on_either_side(scripts: Scripts) -> None:
    seen = scripts.run(
        "const local = scripts.points.local;"
        "const points = Array.from({length: 100}, (_, i) => [a + i * 1000, String(i)]);"
        "const line = {name: 'EMA <9>', pane: 'price', range: null, points};"
        "return scripts.overlays.lines([line], [local(a + 10000), local(a + 12000)])[0];",
        START,
    )
    assert seen["y"] == [9, 10, 11, 12]
    assert seen["customdata"][0] == "EMA &lt;9&gt; 9.00"


def test_volume_is_two_outlines(scripts: Scripts) -> None:
    columns = {"x": [0, 10], "open": [1, 2], "close": [2, 1], "volume": [5, 7]}
    assert scripts.call("overlays.volume", columns, 10) == {
        "up": {"x": [-3.5, -3.5, 3.5, 3.5, None], "y": [0, 5, 5, 0, None]},
        "down": {"x": [6.5, 6.5, 13.5, 13.5, None], "y": [0, 7, 7, 0, None]},
        "most": 7,
    }


def candle_figure(scripts: Scripts, trades: list[dict[str, Any]], width: int = 200) -> dict[str, Any]:
    """The figure of twenty candles of a minute each, and those fills."""
    candles = [messages.candle(MINUTE * number, "100") for number in range(20)]
    state = {
        "view": "1m", "range": None, "y": None, "fitted": None, "isWide": False, "points": [], "equity": [],
        "book": {"timeframe": "1m", "candles": candles}, "fills": trades, "marked": None, "status": None,
        "indicators": None, "hasVolume": False,
    }  # fmt: skip
    paints = {"series": [], "panel": "#000000", "text": "#ffffff", "buy": "#00ff00"}
    body = "return scripts.figure.figure(scripts.scene.scene(a, c), b, {margin: {t: 8}}, c);"
    return dict(scripts.run(body, state, paints, {"width": width, "height": 200}))


def test_a_candle_tells_its_own_fills_and_no_triangle_answers_for_its_neighbours(scripts: Scripts) -> None:
    """A triangle is wider than a candle: it would take the pointer from the candles beside it."""
    figure = candle_figure(scripts, [trade(2, ts=10 * MINUTE + 5_000, reason="why"), trade(3, ts=13 * MINUTE)])
    traces = {one["name"]: one for one in figure["data"]}
    told = [number for number, text in enumerate(traces["candles"]["text"]) if "BUY" in text or "SELL" in text]
    assert told == [10, 13]
    assert traces["candles"]["text"][10].endswith("<br>why")
    assert {traces[side]["hoverinfo"] for side in ("buy", "sell")} == {"skip"}
    assert "alone" not in traces


def test_a_triangle_on_a_candle_of_its_own_colour_is_outlined(scripts: Scripts) -> None:
    traces = {one["name"]: one for one in candle_figure(scripts, [trade(2, ts=10 * MINUTE)])["data"]}
    assert traces["buy"]["marker"]["color"] == traces["candles"]["increasing"]["fillcolor"] == "#00ff00"
    assert traces["buy"]["marker"]["line"]["color"] == "#ffffff"


def test_fills_of_one_candle_are_told_together_and_those_beside_it_are_not(scripts: Scripts) -> None:
    trades = [trade(number, ts=10 * MINUTE + number) for number in (2, 4, 6)] + [trade(8, ts=11 * MINUTE)]
    [candles, *_] = candle_figure(scripts, trades)["data"]
    assert "BUY 3 trades" in candles["text"][10]
    assert "BUY 0.01" in candles["text"][11]


def test_a_fill_without_a_candle_still_says_why(scripts: Scripts) -> None:
    figure = candle_figure(scripts, [trade(2, ts=20 * MINUTE + 1, reason="too early")])
    [alone] = [one for one in figure["data"] if one["name"] == "alone"]
    assert alone["customdata"][0].endswith("too early")
    assert not any("BUY" in text for text in figure["data"][0]["text"])


def test_a_pointer_reaches_half_a_candle_far_and_no_further(scripts: Scripts) -> None:
    [near, far] = [candle_figure(scripts, [], width)["layout"]["hoverdistance"] for width in (100, 3_300)]
    assert near == 1
    assert 40 <= far <= 50
