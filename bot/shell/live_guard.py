"""What has to be true before real money is traded."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

from bot.settings import SettingsError
from bot.shell.backoff import MARKET
from bot.shell.key_permissions import KeyPermissions, NotAnswered, key_permissions, refusal
from bot.shell.markets.pace import Sleep

Trouble = Callable[[str | None], Awaitable[None]]
"""Hears why the start waits, and None when it waits no more."""
log = logging.getLogger(__name__)


async def check_live(
    exchange: Any,
    symbol: str,
    trouble: Trouble,
    *,
    sleep: Sleep = asyncio.sleep,
    random: Callable[[], float] = random.random,
) -> None:
    """Raises `SettingsError`, a line for each reason why this ccxt exchange must not trade `symbol` for real money.

    Those are: a contract instead of a spot market, credentials that are missing, and a key that may withdraw. Where the
    exchange does not tell what the key may do, the key is taken; where it does not answer it is asked again, until it
    does. One signed question, and only where nothing is wrong so far; no order is sent.
    """
    lines = [line for line in (contract_fault(symbol), credentials_fault(exchange)) if line]
    if not lines:
        line = refusal(await _told(exchange, trouble, sleep, random))
        lines = [line] if line else []
    if lines:
        raise SettingsError(lines)


async def _told(exchange: Any, trouble: Trouble, sleep: Sleep, random: Callable[[], float]) -> KeyPermissions:
    """What the key may do, however long the exchange is away."""
    waits_s = MARKET.waits(random)
    while True:
        try:
            told = await key_permissions(exchange)
        except NotAnswered as error:
            text = (
                f"{exchange.id} has not answered yet whether the key may withdraw ({error}): it is asked again, and"
                " there is no entry before."
            )
            log.warning("%s", text)
            await trouble(text)
            await sleep(next(waits_s))
        else:
            await trouble(None)
            return told


def contract_fault(symbol: str) -> str | None:
    """The line that refuses a contract: the bot's accounts know what is owned, and nothing of margin or leverage."""
    if ":" not in symbol:
        return None
    spot = symbol.partition(":")[0]
    return f"TAPEDECK_SYMBOL: got {symbol!r}, a contract; live trades spot markets only, such as {spot}"


def credentials_fault(exchange: Any) -> str | None:
    """The line that names what this exchange needs for signed calls and was not given; never a value."""
    missing = missing_credentials(exchange)
    if not missing:
        return None
    names = " and ".join(missing)
    return f"TAPEDECK_EXCHANGE_CONFIG: got no {names}; live trading on {exchange.id} takes its API key's {names} here"


def missing_credentials(exchange: Any) -> list[str]:
    """ccxt's names of the credentials that the exchange requires and has not got."""
    if exchange.check_required_credentials(False):
        return []
    return [
        name for name, is_needed in exchange.requiredCredentials.items() if is_needed and not getattr(exchange, name)
    ]
