"""What has to be true before real money is traded."""

from __future__ import annotations

from typing import Any

from bot.settings import SettingsError
from bot.shell.key_permissions import key_permissions, refusal


async def check_live(exchange: Any, symbol: str) -> None:
    """Raises `SettingsError`, a line for each reason why this ccxt exchange must not trade `symbol` for real money.

    Those are: a contract instead of a spot market, credentials that are missing, and a key that may withdraw. Where the
    exchange does not tell what the key may do, the key is taken. Asks the exchange one signed question, and only where
    nothing is wrong so far; no order is sent.
    """
    lines = [line for line in (contract_fault(symbol), credentials_fault(exchange)) if line]
    if not lines:
        line = refusal(await key_permissions(exchange))
        lines = [line] if line else []
    if lines:
        raise SettingsError(lines)


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
