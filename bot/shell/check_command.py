"""What `python -m bot check` does: tries what a bot with these settings would need, and lists every fault it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.core.market_rules import MarketRules
from bot.core.words import amount_text
from bot.settings_checks import MADE_UP_MARKETS
from bot.shell.check_report import CheckReport
from bot.shell.clock_check import check_clock
from bot.shell.live_guard import contract_fault
from bot.shell.market import Market, MarketError
from bot.shell.market_check import (
    SmallestOrder,
    check_history,
    check_open,
    check_rules,
    feed_line,
    smallest_order,
    watch_feed,
)
from bot.shell.markets.pace import Clock, wall_clock_ms

if TYPE_CHECKING:
    from bot.settings import Settings

FEED_PRICES = 5
"""So many of the stream's prices say how old prices are."""


async def run_check(
    settings: Settings,
    open_market: Callable[[], Market],
    warmup: int,
    report: CheckReport,
    *,
    clock: Clock = wall_clock_ms,
    feed_within_s: float = 10.0,
) -> None:
    """Tell all that was tried; after the first price so long is waited for more. Raises `SettingsError`."""
    try:
        market = open_market()
    except MarketError as error:
        report.fault(str(error))
        return
    exchange = None if settings.exchange in MADE_UP_MARKETS else _connected(settings)
    asked = Asked(warmup=warmup, report=report, clock=clock, feed_within_s=feed_within_s)
    try:
        rules, goes_on = await _rules(market, report)
        if goes_on:
            await _rest(settings, market, rules, exchange, asked)
        elif exchange is not None:
            report.well("Not tried, because the exchange is away: clock, history, feed, keys, permissions, balance.")
    finally:
        await market.close()
        if exchange is not None:
            await exchange.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How to check: candles that the strategy wants, where to tell it, and by which clock."""

    warmup: int
    report: CheckReport
    clock: Clock
    feed_within_s: float


def _connected(settings: Settings) -> Any:
    """An exchange of the check's own: the market has one for itself."""
    from bot.shell.markets.exchange_connect import connect

    return connect(settings.exchange, {key: value for key, value in settings.exchange_config.items() if key != "paper"})


async def _rules(market: Market, report: CheckReport) -> tuple[MarketRules | None, bool]:
    """The rules, if the market told them, and whether anything else can be tried."""
    try:
        return await check_rules(market, report), True
    except MarketError as error:
        report.fault(str(error))
        return None, not is_away(error)


def is_away(error: MarketError) -> bool:
    """Whether the exchange is down or out of reach, rather than at odds with these settings or this key."""
    import ccxt  # here, so that a check of the simulated market never loads it

    at_odds = ccxt.InvalidNonce | ccxt.DDoSProtection | ccxt.RateLimitExceeded
    cause = error.__cause__
    return isinstance(cause, ccxt.OperationFailed | OSError | TimeoutError) and not isinstance(cause, at_odds)


async def _rest(settings: Settings, market: Market, rules: MarketRules | None, exchange: Any, asked: Asked) -> None:
    smallest, report = None, asked.report
    ahead_ms = None if exchange is None else await check_clock(exchange, report, asked.clock)
    if rules is not None:
        if exchange is not None:
            await check_open(exchange, rules.symbol, report)
        await check_history(market, asked.warmup, report)
        smallest = await _feed(market, rules, ahead_ms, asked, is_real=exchange is not None)
    if exchange is not None:
        from bot.shell.account_check import check_account

        is_live = settings.mode == "live"
        await check_account(exchange, report, is_live=is_live, rules=rules, smallest=smallest)
        _confirmation(settings, report, has_keys=exchange.check_required_credentials(False))


async def _feed(
    market: Market, rules: MarketRules, ahead_ms: int | None, asked: Asked, *, is_real: bool
) -> SmallestOrder | None:
    """The first price and what the least order costs at it; of a real market also how old the prices are."""
    began = asked.clock()
    try:
        seen = await watch_feed(market, FEED_PRICES if is_real else 0, asked.feed_within_s, asked.clock)
    except MarketError as error:
        asked.report.fault(str(error))
        return None
    price, waited_ms = seen.first.price, seen.first_came_ms - began
    asked.report.well(f"Price: {amount_text(price)} {rules.quote_currency}, first after {waited_ms} ms.")
    if is_real:
        asked.report.well(feed_line(seen.streamed, ahead_ms))
    smallest = smallest_order(rules, price)
    asked.report.well(f"Smallest order: {smallest.text}.")
    return smallest


def _confirmation(settings: Settings, report: CheckReport, *, has_keys: bool) -> None:
    """What TAPEDECK_LIVE_CONFIRM has to be; settings that are live and say it otherwise do not get as far as here."""
    wanted = f"TAPEDECK_LIVE_CONFIRM={settings.exchange}:{settings.symbol}"
    contract = contract_fault(settings.symbol)
    if settings.mode == "live":
        report.well(f"Live: real money is traded, as {wanted} says.")
        if contract:
            report.fault(f"{contract}.")
    elif has_keys:
        report.well(f"Live: real money would need TAPEDECK_MODE=live and {wanted}.")
