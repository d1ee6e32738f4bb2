"""The markets a bot can trade: `create_market` gives the one that the settings name."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.shell.markets.pace import Clock, Sleep, wall_clock_ms
from bot.shell.markets.simulated_rules import USUAL_FEES, FeeRates

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.shell.market import Market

FILE_SETTING = "TAPEDECK_EXCHANGE_CONFIG.file"


def create_market(
    settings: Settings,
    *,
    origin_ms: int,
    fees: FeeRates = USUAL_FEES,
    clock: Clock = wall_clock_ms,
    sleep: Sleep = asyncio.sleep,
) -> Market:
    """The market that the settings name; `origin_ms` is the bot's first start, which a journal keeps.

    `fees` are those of a market of our own; an exchange has its table.

    Each market is imported only when it is named: ccxt costs half a second and 100 MB. Raises `SettingsError` for a bad
    TAPEDECK_EXCHANGE_CONFIG and `MarketError` for a market that cannot be used.
    """
    if settings.exchange == "simulated":
        return _simulated(settings, origin_ms, fees, clock, sleep)
    if settings.exchange == "replay":
        return _replay(settings, fees, clock, sleep)
    return _exchange(settings, clock, sleep)


def _simulated(settings: Settings, origin_ms: int, fees: FeeRates, clock: Clock, sleep: Sleep) -> Market:
    from bot.shell.markets.simulated import SimulatedConfig, SimulatedMarket

    return SimulatedMarket(
        SimulatedConfig.read(settings.exchange_config),
        symbol=settings.symbol,
        timeframe=settings.timeframe,
        origin_ms=origin_ms,
        fees=fees,
        clock=clock,
        sleep=sleep,
    )


def _replay(settings: Settings, fees: FeeRates, clock: Clock, sleep: Sleep) -> Market:
    from bot.candle_names import symbol_of
    from bot.settings import SettingsError
    from bot.shell.markets.candle_csv import CandleFileError, read_candles
    from bot.shell.markets.replay import ReplayConfig, ReplayMarket, fitting_timeframe

    replay = ReplayConfig.read(settings.exchange_config)
    try:
        bars = read_candles(replay.file)
    except CandleFileError as error:
        raise SettingsError([f"{FILE_SETTING}: {error}"]) from None
    wanted = settings.timeframe if settings.is_explicit("timeframe") else None
    timeframe, notice = fitting_timeframe(wanted, bars[0].length_ms)
    if notice:
        logging.getLogger(__name__).warning(notice)
    return ReplayMarket(
        bars,
        name=replay.file.name,
        symbol=settings.symbol if settings.is_explicit("symbol") else symbol_of(replay.file) or settings.symbol,
        timeframe=timeframe,
        speed=replay.speed,
        fees=fees,
        clock=clock,
        sleep=sleep,
    )


def _exchange(settings: Settings, clock: Clock, sleep: Sleep) -> Market:
    from bot.shell.markets.exchange import ExchangeMarket
    from bot.shell.markets.exchange_connect import connect

    exchange = connect(settings.exchange, settings.exchange_config)
    return ExchangeMarket(exchange, symbol=settings.symbol, timeframe=settings.timeframe, clock=clock, sleep=sleep)
