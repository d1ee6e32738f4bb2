"""Strategies by name: the built-in ones, or a person's own class as `package.module:Class`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.core.strategies.base import Line, Strategy, StrategyParams

__all__ = ["BUILT_IN", "Line", "Strategy", "StrategyError", "StrategyParams", "load_strategy", "strategy_class"]

BUILT_IN = {
    "ema_cross": "bot.core.strategies.ema_cross:EmaCross",
    "rsi_reversion": "bot.core.strategies.rsi_reversion:RsiReversion",
    "donchian_breakout": "bot.core.strategies.donchian_breakout:DonchianBreakout",
    "dca": "bot.core.strategies.dca:Dca",
    "grid": "bot.core.strategies.grid:Grid",
}


class StrategyError(ValueError):
    """A strategy that is not there or does not take its parameters; `lines` has one sentence for each fault."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


def load_strategy(name: str, params: Mapping[str, Any]) -> Strategy:
    """A new strategy of that name with checked parameters. Raises `StrategyError`."""
    found = strategy_class(name)
    try:
        checked = found.Params.model_validate(dict(params))
    except ValidationError as error:
        raise StrategyError(*(_sentence(found, detail) for detail in error.errors(include_url=False))) from None
    try:
        return found(checked)
    except Exception as error:  # a person's own class may raise anything
        fault = f"{type(error).__name__}: {error}"
        raise StrategyError(f"strategy: '{name}' cannot be set up ({fault}); correct its class.") from error


def strategy_class(name: str) -> type[Strategy]:
    """The class of that name. Raises `StrategyError`."""
    module_name, _, class_name = BUILT_IN.get(name, name).partition(":")
    if not class_name:
        raise StrategyError(f"strategy: got '{name}'; takes {', '.join(BUILT_IN)} or package.module:Class.")
    try:
        found = getattr(importlib.import_module(module_name), class_name, None)
    except Exception as error:  # a person's own module may raise anything
        fault = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
        raise StrategyError(
            f"strategy: '{name}' cannot be imported ({fault}); correct the name or the module."
        ) from error
    if not isinstance(found, type) or not issubclass(found, Strategy):
        raise StrategyError(f"strategy: '{name}' is not a class that inherits from bot.core.strategies.Strategy.")
    return found


def _sentence(found: type[Strategy], detail: Any) -> str:
    path = ".".join(["strategy_params", *(str(part) for part in detail["loc"])])
    if detail["type"] == "extra_forbidden":
        takes = ", ".join(found.Params.model_fields)
        return f"{path}: is not a parameter; {found.__name__} takes {takes}."
    text = detail["msg"].removeprefix("Value error, ").removeprefix("Input should ").removeprefix("be ")
    if not detail["loc"]:
        return f"{path}: {text}."
    return f"{path}: must be {text}, got {detail['input']!r:.60}."
