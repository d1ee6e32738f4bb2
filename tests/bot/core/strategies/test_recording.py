"""What a chart draws of a strategy is what it went by, and drawing it changes nothing."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from bot.core.messages import Signal
from bot.core.strategies import BUILT_IN, Line, Strategy, StrategyParams, load_strategy
from bot.core.strategies.kit import candles, signals
from bot.core.strategies.recording import Recording
from bot.events import Candle, to_wire
from bot.questions import LIMIT_MAX, LINES_MAX, IndicatorLine, Indicators, parse_answer
from tests.bot.core.strategies.test_every_strategy import EVERY, QUICK, wandering

Points = list[tuple[int, Decimal]]


def recorded(name: str, closes: list[Any], **params: Any) -> dict[str, IndicatorLine]:
    """The lines after these closes, by their names."""
    recording = Recording(load_strategy(name, {**QUICK[name], **params}))
    signals(recording, candles(closes, wick=1))
    return {line.name: line for line in recording.indicators(LIMIT_MAX).lines}


def values(line: IndicatorLine) -> list[float]:
    return [float(value) for _, value in line.points]


class Told(Strategy):
    """Draws what the test says."""

    def __init__(self, *drawn: Any) -> None:
        super().__init__(StrategyParams())
        self._drawn = list(drawn)

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        return Signal(kind="enter", reason="1 of 2", candle_ts=candle.ts)

    @property
    def lines(self) -> Any:
        drawn = self._drawn.pop(0)
        if isinstance(drawn, Exception):
            raise drawn
        return drawn


def after(*drawn: Any) -> Indicators:
    recording = Recording(Told(*drawn))
    assert len(signals(recording, candles([100] * len(drawn)))) == len(drawn)
    return recording.indicators(LIMIT_MAX)


@EVERY
def test_it_says_what_it_would_say_unrecorded(name: str) -> None:
    told, plain = candles(wandering(300)), load_strategy(name, QUICK[name])
    recording = Recording(load_strategy(name, QUICK[name]))
    assert signals(recording, told) == signals(plain, told)
    assert (recording.params, recording.warmup, recording.lines) == (plain.params, plain.warmup, plain.lines)


@EVERY
def test_its_lines_pass_the_wire(name: str) -> None:
    recording = Recording(load_strategy(name, QUICK[name]))
    signals(recording, candles(wandering(300), wick=1))
    answer = recording.indicators(200)
    assert answer.timeframe == "1m"
    assert parse_answer(Indicators, to_wire(answer)) == answer
    for line in answer.lines:
        assert 0 < len(line.points) <= 200
        assert all(earlier < later for (earlier, _), (later, _) in pairwise(line.points))


def test_averages_are_drawn_from_where_they_are_known() -> None:
    lines = recorded("ema_cross", [10, 20, 30, 40, 40])
    assert list(lines) == ["EMA 2", "EMA 4"]
    assert values(lines["EMA 2"]) == pytest.approx([15, 25, 35, 38.3333], abs=1e-3)
    assert values(lines["EMA 4"]) == pytest.approx([25, 31])
    assert [ts for ts, _ in lines["EMA 4"].points] == [candle.ts for candle in candles([0] * 5)[3:]]
    assert lines["EMA 2"].pane == "price"


def test_the_index_has_a_pane_of_its_own_with_its_levels() -> None:
    lines = recorded("rsi_reversion", wandering(100), oversold=25)
    assert list(lines) == ["RSI 3", "Oversold", "Exit"]
    assert {(line.pane, line.range) for line in lines.values()} == {("own", (0.0, 100.0))}
    assert all(0 <= value <= 100 for value in values(lines["RSI 3"]))
    assert (set(values(lines["Oversold"])), set(values(lines["Exit"]))) == ({25.0}, {50.0})


def test_the_channel_is_the_one_that_each_candle_was_judged_by() -> None:
    lines = recorded("donchian_breakout", [10, 11, 12, 13, 20, 5])
    assert values(lines["Highest of 4"]) == [14, 21]
    assert values(lines["Lowest of 2"])[-2:] == [10, 11]


def test_the_grid_shows_where_it_sells_and_buys_next() -> None:
    told, recording = candles([100, 97, 103, 90, 80, 70, 101]), Recording(load_strategy("grid", QUICK["grid"]))
    for candle, following in pairwise(told):
        recording.on_candle(candle)
        sell, buy = (line.value for line in recording.lines)
        assert sell is not None
        signal = load_strategy("grid", QUICK["grid"])
        for known in told[: told.index(candle) + 1]:
            signal.on_candle(known)
        said = signal.on_candle(following)
        expected = "exit" if following.close >= sell else "enter" if buy is not None and following.close < buy else None
        assert (said.kind if said else None) == expected


def test_a_strategy_that_draws_nothing_has_no_lines() -> None:
    assert recorded("dca", wandering(50)) == {}


def test_what_cannot_be_drawn_is_left_out_and_stops_nothing() -> None:
    good = Line(name="good", value=Decimal("1." + "3" * 60), pane="own")
    odd = [Line(name="odd", value=Decimal(text)) for text in ("NaN", "Infinity", "1e99", "1e-99")]
    answer = after((good,), ValueError("mine"), [good], ("no line", *odd, Line(name="", value=Decimal(1))), (good,))
    assert [(line.name, line.pane, len(line.points)) for line in answer.lines] == [
        ("good", "own", 2),
        ("odd", "price", 0),
    ]
    assert str(answer.lines[0].points[0][1]) == "1.33333333333333"
    assert parse_answer(Indicators, to_wire(answer)) == answer


def test_lines_and_points_are_bounded() -> None:
    many = tuple(Line(name=f"line {number}", value=Decimal(number)) for number in range(LINES_MAX + 5))
    answer = after(*([many] * (LIMIT_MAX + 5)))
    assert len(answer.lines) == LINES_MAX
    assert len(answer.lines[0].points) == LIMIT_MAX


def test_a_replay_that_begins_again_begins_its_lines_again() -> None:
    recording = Recording(load_strategy("ema_cross", QUICK["ema_cross"]))
    told = candles(wandering(50))
    signals(recording, told)
    signals(recording, told[:10])
    assert len(recording.indicators(LIMIT_MAX).lines[0].points) < 50


@EVERY
def test_lines_are_there_before_the_first_candle(name: str) -> None:
    assert all(line.value is None or line.pane == "own" for line in load_strategy(name, {}).lines)
    assert name in BUILT_IN
