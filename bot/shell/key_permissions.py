"""What the configured API key may do, where the exchange tells: a key that may withdraw has no place in a bot.

Only what is said of the *key* counts. Binance's `GET /api/v3/account` has a `canWithdraw` too, but that is about the
account: it is true for nearly everyone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.redaction import redacted

ANSWER_WITHIN_S = 5.0
"""For each of the `ATTEMPTS`."""
ATTEMPTS = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPermissions:
    """Each is None where the exchange does not tell."""

    may_read: bool | None = None
    may_trade: bool | None = None
    """Spot markets, which are all that the bot trades."""
    may_withdraw: bool | None = None
    is_bound_to_address: bool | None = None
    """It works only from network addresses that its owner listed."""


UNKNOWN = KeyPermissions()


async def key_permissions(exchange: Any, *, within_s: float = ANSWER_WITHIN_S) -> KeyPermissions:
    """What the key of this ccxt exchange may do; `UNKNOWN` where it cannot be asked or gives no answer in time."""
    for method, parse in _PARSERS.items():
        if hasattr(exchange, method):
            return await _asked(exchange, method, parse, within_s)
    return UNKNOWN


async def _asked(
    exchange: Any, method: str, parse: Callable[[object], KeyPermissions], within_s: float
) -> KeyPermissions:
    """Asks again after a broken line and after an answer that is none, so that neither lets a key slip through."""
    import ccxt  # here, so that a bot without an exchange never loads it

    for _ in range(ATTEMPTS):
        try:
            async with asyncio.timeout(within_s):
                if exchange.options.get("adjustForTimeDifference"):
                    await exchange.load_time_difference()  # else a wrong clock would be refused before the key is
                told = parse(await getattr(exchange, method)())
        except Exception as error:  # a test net has no such place, an odd answer can raise anything: never fatal
            _log.info("%s does not say what the key may do: %s", exchange.id, redacted(repr(error))[:200])
            if not isinstance(error, ccxt.OperationFailed):
                return UNKNOWN
        else:
            if told != UNKNOWN:
                return told
    return UNKNOWN


def refusal(permissions: KeyPermissions) -> str | None:
    """Why live trading does not take a key with these permissions, as one whole line, or None."""
    if not permissions.may_withdraw:
        return None
    return (
        "TAPEDECK_EXCHANGE_CONFIG.apiKey: may withdraw, and live takes no key that may; make one at the exchange that"
        " reads and trades only, restricted to this machine's address"
    )


def of_binance(answer: object) -> KeyPermissions:
    """`GET /sapi/v1/account/apiRestrictions` (developers.binance.com, Wallet, "Get API Key Permission")."""
    told = _mapping(answer)
    return KeyPermissions(
        may_read=_flag(told, "enableReading"),
        may_trade=_flag(told, "enableSpotAndMarginTrading"),
        may_withdraw=_flag(told, "enableWithdrawals"),
        is_bound_to_address=_flag(told, "ipRestrict"),
    )


def of_bybit(answer: object) -> KeyPermissions:
    """`GET /v5/user/query-api` (bybit-exchange.github.io, "Get API Key Information")."""
    told = _mapping(_mapping(answer).get("result"))
    permissions, addresses = told.get("permissions"), told.get("ips")
    read_only = {"0": False, "1": True}.get(str(told.get("readOnly")))
    if not isinstance(permissions, Mapping):
        return UNKNOWN
    return KeyPermissions(
        may_read=True,
        may_trade=None if read_only is None else not read_only and "SpotTrade" in _list(permissions.get("Spot")),
        may_withdraw="Withdraw" in _list(permissions.get("Wallet")),
        is_bound_to_address=bool(addresses) and "*" not in addresses if isinstance(addresses, list) else None,
    )


def of_okx(answer: object) -> KeyPermissions:
    """`GET /api/v5/account/config` (okx.com/docs-v5, "Get account configuration"), `perm` such as `read_only,trade`."""
    rows = _list(_mapping(answer).get("data"))
    told = _mapping(rows[0]) if rows else {}
    permission, addresses = told.get("perm"), told.get("ip")
    if not isinstance(permission, str):
        return UNKNOWN
    granted = set(permission.replace(" ", "").split(","))
    if not granted <= {"read_only", "trade", "withdraw"}:
        return UNKNOWN
    return KeyPermissions(
        may_read="read_only" in granted,
        may_trade="trade" in granted,
        may_withdraw="withdraw" in granted,
        is_bound_to_address=bool(addresses) if isinstance(addresses, str) else None,
    )


_PARSERS: Mapping[str, Callable[[object], KeyPermissions]] = {
    "sapi_get_account_apirestrictions": of_binance,
    "private_get_v5_user_query_api": of_bybit,
    "private_get_account_config": of_okx,
}
"""By ccxt's name of the call, which an exchange's clones share (binanceus, bybiteu, myokx, ...)."""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _flag(told: Mapping[str, Any], name: str) -> bool | None:
    value = told.get(name)
    return value if isinstance(value, bool) else None
