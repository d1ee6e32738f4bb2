"""The strategies that a running bot may change to: loaded, checked and warmed before the engine is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.core.messages import StrategyChange
from bot.core.state import Account, Config
from bot.core.strategies import BUILT_IN, Strategy, StrategyError, StrategyParams, load_strategy
from bot.core.strategies.recording import Recording
from bot.events import Candle
from bot.settings import Settings, SettingsError

log = structlog.get_logger("tapedeck.bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trading:
    """By what the bot trades: a name and whole, JSON-ready parameters."""

    strategy: str
    params: Mapping[str, Any]


class NotNow(ValueError):
    """The strategy cannot be changed to that one; the text is one sentence."""


class StrategyShelf:
    """What the settings allow: the built-ins, and the class that they name themselves."""

    def __init__(self, settings: Settings, config_of: Callable[[StrategyParams], Config]) -> None:
        """`config_of` is what the engine would keep to, and raises `SettingsError` where that does not fit."""
        self._settings = settings
        self._config_of = config_of

    def take(
        self, name: str, params: Mapping[str, Any], before: Trading, history: Sequence[Candle]
    ) -> tuple[Strategy, StrategyChange]:
        """The strategy, told the history, and the change that it is. Raises `NotNow`."""
        known = list(dict.fromkeys([*BUILT_IN, self._settings.strategy]))
        if name not in known:
            raise NotNow(f"strategy: takes {', '.join(known)}, got {name}.")
        try:
            strategy = Recording(load_strategy(name, params))
            config = self._config_of(strategy.params)
        except (StrategyError, SettingsError) as error:
            raise NotNow(_sentence(error.lines[0])) from None
        _warm(strategy, history)
        return strategy, StrategyChange(
            strategy=name,
            params=whole_params(strategy),
            stake_pct=config.stake_pct,
            stop_loss_pct=config.stop_loss_pct,
            take_profit_pct=config.take_profit_pct,
            max_parts=config.max_parts,
            before_strategy=before.strategy,
            before_params=dict(before.params),
            set_strategy=self._settings.strategy,
            set_params=self._settings.strategy_params,
        )


def _sentence(line: str) -> str:
    """As a form says it, where the parameter's own name is enough."""
    text = line.removeprefix("strategy_params.").removeprefix("strategy_params: ")
    return text if text.endswith(".") else f"{text}."


def whole_params(strategy: Strategy) -> dict[str, Any]:
    """Every parameter with its value, JSON-ready."""
    return strategy.params.model_dump(mode="json")


def _warm(strategy: Strategy, history: Sequence[Candle]) -> None:
    """Tell it what was; what it says to that is past."""
    if len(history) < strategy.warmup:
        raise NotNow(
            f"It wants {strategy.warmup} closed candles before its first signal, and the bot holds {len(history)}:"
            " set it in the settings and start the bot again, which asks the market for more."
        )
    try:
        for candle in history:
            strategy.on_candle(candle)
    except Exception as error:  # a person's own class may raise anything
        raise NotNow(f"It fails on the candles so far ({type(error).__name__}: {error}); correct its class.") from error


def choice_at_start(settings: Settings, account: Account | None) -> Account | None:
    """The account as it goes on; a person's choice is forgotten where the settings are others than it was made over."""
    chosen = account.chosen if account is not None else None
    if account is None or chosen is None:
        return account
    if (chosen.set_strategy, chosen.set_params) == (settings.strategy, settings.strategy_params):
        return account
    was, now = chosen.strategy, settings.strategy
    log.warning(f"The settings are others than when {was} was chosen by hand: they win, and {now} trades.")
    return replace(account, chosen=None)


def strategy_at_start(settings: Settings, account: Account | None) -> tuple[Strategy, Trading]:
    """The one that a person chose, which the log then says, else the settings' own. Raises `StrategyError`."""
    chosen = account.chosen if account is not None else None
    if chosen is not None:
        try:
            strategy = Recording(load_strategy(chosen.strategy, chosen.params))
        except StrategyError as error:
            log.warning(f"{chosen.strategy}, chosen by hand, cannot be used ({error.lines[0]}): the settings win.")
        else:
            log.info(f"{chosen.strategy} trades, chosen by hand over settings that are still the same.")
            return strategy, Trading(strategy=chosen.strategy, params=whole_params(strategy))
    strategy = Recording(load_strategy(settings.strategy, settings.strategy_params))
    return strategy, Trading(strategy=settings.strategy, params=whole_params(strategy))
