"""Strategies by name, with checked parameters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.core.strategies import StrategyError, load_strategy
from bot.core.strategies.ema_cross import EmaCross
from tests.support.own_strategy import BuyAll


def test_a_built_in_by_its_name() -> None:
    strategy = load_strategy("ema_cross", {"fast": 5, "slow": 12, "stake_pct": "50"})
    assert isinstance(strategy, EmaCross)
    assert strategy.params.stake_pct == Decimal(50)


def test_a_class_of_ones_own() -> None:
    assert isinstance(load_strategy("tests.support.own_strategy:BuyAll", {}), BuyAll)


def test_protection_can_be_switched_off() -> None:
    assert load_strategy("ema_cross", {"stop_loss_pct": None}).params.stop_loss_pct is None


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"fast": 21, "slow": 9}, "strategy_params: fast must be below slow, got fast 21 and slow 9."),
        ({"fast": 0}, "strategy_params.fast: must be greater than or equal to 1, got 0."),
        ({"fast": "nine"}, "strategy_params.fast: must be a valid integer, got 'nine'."),
        ({"fsat": 9}, "strategy_params.fsat: is not a parameter; EmaCross takes stake_pct, stop_loss_pct,"),
        ({"stake_pct": 101}, "strategy_params.stake_pct: must be less than or equal to 100, got 101."),
        ({"stop_loss_pct": 100}, "strategy_params.stop_loss_pct: must be less than 100, got 100."),
    ],
)
def test_a_bad_parameter_is_one_sentence(params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StrategyError) as error:
        load_strategy("ema_cross", params)
    (line,) = error.value.lines
    assert line.startswith(sentence)


def test_each_bad_parameter_has_its_line() -> None:
    with pytest.raises(StrategyError) as error:
        load_strategy("ema_cross", {"fast": 0, "slow": 0})
    assert len(error.value.lines) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ema_corss", "takes ema_cross, rsi_reversion, donchian_breakout, dca, grid or package.module:Class"),
        ("no_such_module:Class", "cannot be imported"),
        ("tests.support.own_strategy:Nothing", "is not a class that inherits"),
        ("decimal:Decimal", "is not a class that inherits"),
    ],
)
def test_a_strategy_that_is_not_there_is_one_sentence(name: str, words: str) -> None:
    with pytest.raises(StrategyError, match=words):
        load_strategy(name, {})
