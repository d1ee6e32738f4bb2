"""What holds for each built-in strategy, whatever its rule."""

from __future__ import annotations

import math
import pickle
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.strategies import BUILT_IN, Strategy, StrategyError, load_strategy
from bot.core.strategies.kit import assert_no_peeking, candles, signals

QUICK: dict[str, dict[str, Any]] = {
    "ema_cross": {"fast": 2, "slow": 4},
    "rsi_reversion": {"period": 3},
    "donchian_breakout": {"entry": 4, "exit": 2},
    "dca": {"every": 7, "max_entries": 3},
    "grid": {"step_pct": 1, "levels": 4},
}
"""Parameters with which a few dozen candles are enough for a signal."""

EVERY = pytest.mark.parametrize("name", sorted(BUILT_IN))
CLOSES = st.lists(st.integers(9_000, 11_000).map(lambda cents: Decimal(cents) / 100), min_size=8, max_size=40)


def quick(name: str) -> Strategy:
    return load_strategy(name, QUICK[name])


def wandering(count: int) -> list[float]:
    """Closes around 100 that cross everything there is to cross."""
    return [round(100 + 6 * math.sin(number / 9) + 2 * math.sin(number / 2.3), 2) for number in range(count)]


def test_none_is_left_out() -> None:
    assert set(QUICK) == set(BUILT_IN)


@EVERY
@settings(max_examples=25, deadline=None)
@given(closes=CLOSES)
def test_it_does_not_look_ahead(name: str, closes: list[Decimal]) -> None:
    assert_no_peeking(lambda: quick(name), candles(closes, wick=1))


@EVERY
def test_its_memory_is_bounded(name: str) -> None:
    told, strategy = candles(wandering(4_000)), quick(name)
    signals(strategy, told[:500])
    early = len(pickle.dumps(strategy))
    signals(strategy, told[500:])
    assert len(pickle.dumps(strategy)) < 1.5 * early + 200


@EVERY
def test_every_reason_names_its_rule_with_values(name: str) -> None:
    said = signals(quick(name), candles(wandering(200)))
    assert {signal.kind for signal in said} >= {"enter"}
    for signal in said:
        assert len(re.findall(r"\d+(?:\.\d+)?", signal.reason)) >= 2, signal.reason
        assert signal.reason[0].isupper()


@EVERY
def test_it_has_warmed_up_when_it_says_so(name: str) -> None:
    strategy = load_strategy(name, {})
    assert 1 <= strategy.warmup <= 1000
    told = candles(wandering(strategy.warmup))
    late = load_strategy(name, {})
    for candle in told:
        late.on_candle(candle)
    assert signals(late, candles(wandering(200), start_ts=told[-1].ts + 60_000))


@EVERY
def test_every_parameter_has_a_default_and_a_meaning(name: str) -> None:
    fields = type(load_strategy(name, {}).params).model_fields
    for parameter, field in fields.items():
        assert not field.is_required(), parameter
        assert field.description, parameter
        assert "\n" not in field.description


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("rsi_reversion", {"period": 1}, "strategy_params.period: must be greater than or equal to 2, got 1."),
        ("rsi_reversion", {"oversold": 50}, "strategy_params: oversold must be below the exit at 50, got 50."),
        (
            "rsi_reversion",
            {"oversold": 75, "exit_at": "overbought"},
            "strategy_params: oversold must be below the exit at 70, got 75.",
        ),
        ("rsi_reversion", {"exit_at": "top"}, "strategy_params.exit_at: must be 'middle' or 'overbought', got 'top'."),
        ("donchian_breakout", {"entry": 0}, "strategy_params.entry: must be greater than or equal to 1, got 0."),
        ("donchian_breakout", {"exit": 2.5}, "strategy_params.exit: must be a valid integer, got 2.5."),
        ("dca", {"every": 0}, "strategy_params.every: must be greater than or equal to 1, got 0."),
        ("dca", {"max_entries": True}, "strategy_params.max_entries: must be a valid integer, got True."),
        ("grid", {"step_pct": 0}, "strategy_params.step_pct: must be greater than or equal to 0.01, got 0."),
        ("grid", {"levels": 201}, "strategy_params.levels: must be less than or equal to 200, got 201."),
        ("grid", {"fast": 9}, "strategy_params.fast: is not a parameter; Grid takes stake_pct, stop_loss_pct,"),
    ],
)
def test_a_wrong_value_is_one_sentence(name: str, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StrategyError) as error:
        load_strategy(name, params)
    (line,) = error.value.lines
    assert line.startswith(sentence)


@EVERY
def test_after_a_restart_with_the_markets_history_it_goes_on_as_if_there_had_been_none(name: str) -> None:
    told = candles(wandering(1_500))
    restarted_at = told[1_000].ts
    heard = [
        [(one.kind, one.candle_ts, one.parts) for one in signals(load_strategy(name, {}), past)]
        for past in (told, told[500:])
    ]
    never_stopped, restarted = ([one for one in said if one[1] >= restarted_at] for said in heard)
    assert restarted == never_stopped
    assert len(restarted) >= 5
