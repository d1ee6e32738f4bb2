"""The cross of two averages, against averages worked out here."""

from __future__ import annotations

from bot.core.messages import Signal
from bot.core.strategies import load_strategy
from bot.core.strategies.ema_cross import KEPT, EmaCross
from tests.support.trading import candle


def signals_of(strategy: object, closes: list[float]) -> list[tuple[int, Signal]]:
    assert isinstance(strategy, EmaCross)
    given = [(number, strategy.on_candle(candle(number, close))) for number, close in enumerate(closes)]
    return [(number, signal) for number, signal in given if signal is not None]


def average(closes: list[float], period: int) -> float:
    value = sum(closes[:period]) / period
    for close in closes[period:]:
        value += (close - value) * 2 / (period + 1)
    return value


CLOSES = [100.0] * 30 + [99.0, 98, 97] + [98.0, 100, 103, 104, 105, 104, 101, 97, 95]


def test_it_buys_on_the_cross_above_and_sells_on_the_cross_below() -> None:
    given = signals_of(load_strategy("ema_cross", {"fast": 3, "slow": 8}), CLOSES)
    assert [signal.kind for _, signal in given] == ["enter", "exit"]
    for number, signal in given:
        before, now = CLOSES[:number], CLOSES[: number + 1]
        is_above = average(now, 3) > average(now, 8)
        assert is_above == (signal.kind == "enter")
        assert (average(before, 3) > average(before, 8)) != is_above
        assert signal.candle_ts == candle(number, 1).ts


def test_the_reason_says_the_rule_and_its_values() -> None:
    number, signal = signals_of(load_strategy("ema_cross", {"fast": 3, "slow": 8}), CLOSES)[0]
    fast, slow = average(CLOSES[: number + 1], 3), average(CLOSES[: number + 1], 8)
    assert signal.reason.startswith("EMA 3 (")
    assert ") crossed above EMA 8 (" in signal.reason
    shown = [float(part.split(")")[0]) for part in signal.reason.split("(")[1:]]
    assert shown[0] > shown[1]
    assert abs(shown[0] - fast) < 0.5
    assert abs(shown[1] - slow) < 0.5


def test_the_first_averages_are_no_cross() -> None:
    rising = [100.0 + number for number in range(40)]
    assert signals_of(load_strategy("ema_cross", {}), rising) == []


def test_memory_stays_bounded_and_the_averages_exact() -> None:
    strategy = load_strategy("ema_cross", {"fast": 3, "slow": 8})
    closes = [100.0 + (number * 7919 % 101) / 10 for number in range(500)]
    signals_of(strategy, closes)
    assert isinstance(strategy, EmaCross)
    assert len(strategy._slow) <= 8 * KEPT
    assert abs(strategy._slow[-1] - average(closes, 8)) < 1e-9
