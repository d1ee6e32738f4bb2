"""What the configured API key may do, where the exchange tells: a key that may withdraw has no place in a bot.

Only what is said of the *key* counts. Binance's `GET /api/v3/account` has a `canWithdraw` too, but that is about the
account: it is true for nearly everyone.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

ANSWER_WITHIN_S = 5.0
"""For each of the `ATTEMPTS`."""
ATTEMPTS = 3
NO_SUCH_PLACE = frozenset({404, 405, 410, 501})
"""HTTP's words for a question that is not answered there at all, as on a test net; ccxt takes them for a fault."""
_NOT_FOR_THIS_KEY = re.compile(r'"code":\s*"?-2015\b')
"""Binance's refusal to tell, which ccxt takes for a passing fault after a signed call that went well."""
_statuses: ContextVar[list[int] | None] = ContextVar("statuses", default=None)
"""Where the HTTP statuses of what this task asks are written down: ccxt's errors do not always have them."""
_log = logging.getLogger(__name__)


class NotAnswered(Exception):
    """The exchange was away when it was asked, so nobody knows what the key may do; the text says how it failed."""


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
    """What the key of this ccxt exchange may do; `UNKNOWN` where the exchange does not tell.

    Raises `NotAnswered` where it could tell and gave no answer: that says nothing of the key.
    """
    for method, parse in _PARSERS.items():
        if hasattr(exchange, method):
            return await _asked(exchange, method, parse, within_s)
    return UNKNOWN


async def _asked(
    exchange: Any, method: str, parse: Callable[[object], KeyPermissions], within_s: float
) -> KeyPermissions:
    """Asks again after a broken line and after an answer that is none, so that neither lets a key slip through."""
    from bot.shell.live.errors import sentence  # here, so that a bot without an exchange never loads ccxt

    fault: str | None = None
    statuses: Sequence[int] = ()
    for _ in range(ATTEMPTS):
        try:
            async with asyncio.timeout(within_s):
                if exchange.options.get("adjustForTimeDifference"):
                    await exchange.load_time_difference()  # else a wrong clock would be refused before the key is
                with _noted_statuses(exchange) as statuses:
                    answer = await getattr(exchange, method)()
        except Exception as error:  # a test net has no such place, an odd answer can raise anything
            fault = sentence(error)
            _log.info("%s does not say what the key may do: %s", exchange.id, fault)
            if not _is_away(error, statuses):
                return UNKNOWN
        else:
            told = parse(answer)
            if told != UNKNOWN:
                return told
            fault = None if isinstance(answer, Mapping | list) else "its answer was no JSON"
    if fault is not None:
        raise NotAnswered(fault)
    return UNKNOWN


@contextmanager
def _noted_statuses(exchange: Any) -> Iterator[list[int]]:
    """The HTTP status of each answer that this task gets meanwhile, by ccxt's own hook."""
    hook, statuses = exchange.on_rest_response, list[int]()

    def noting(status: int, *others: Any) -> Any:
        mine = _statuses.get()
        if mine is not None:
            mine.append(status)
        return hook(status, *others)

    token, exchange.on_rest_response = _statuses.set(statuses), noting
    try:
        yield statuses
    finally:
        exchange.on_rest_response = hook
        _statuses.reset(token)


def _is_away(error: Exception, statuses: Sequence[int]) -> bool:
    """Whether the same question may be answered later."""
    import ccxt

    is_passing = isinstance(error, ccxt.OperationFailed | OSError | TimeoutError)
    is_place = NO_SUCH_PLACE.isdisjoint(statuses[-1:])
    return is_passing and is_place and not is_of_the_key(error)


def is_of_the_key(error: Exception) -> bool:
    """Whether it is said of the key, though ccxt has it as said of asking too often."""
    return _NOT_FOR_THIS_KEY.search(str(error)) is not None


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
        return KeyPermissions(may_withdraw=True) if "withdraw" in granted else UNKNOWN
    return KeyPermissions(
        may_read="read_only" in granted,
        may_trade="trade" in granted,
        may_withdraw="withdraw" in granted,
        is_bound_to_address=bool(addresses) if isinstance(addresses, str) else None,
    )


def of_coinbase(answer: object) -> KeyPermissions:
    """`GET /api/v3/brokerage/key_permissions` (docs.cdp.coinbase.com, "Get API Key Permissions").

    What Coinbase calls a transfer is also one to somewhere else.
    """
    told = _mapping(answer)
    return KeyPermissions(
        may_read=_flag(told, "can_view"),
        may_trade=_flag(told, "can_trade"),
        may_withdraw=_flag(told, "can_transfer"),
    )


_PARSERS: Mapping[str, Callable[[object], KeyPermissions]] = {
    "sapi_get_account_apirestrictions": of_binance,
    "private_get_v5_user_query_api": of_bybit,
    "private_get_account_config": of_okx,
    "v3_private_get_brokerage_key_permissions": of_coinbase,
}
"""By ccxt's name of the call, which an exchange's clones share (binanceus, bybiteu, myokx, ...)."""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _flag(told: Mapping[str, Any], name: str) -> bool | None:
    value = told.get(name)
    return value if isinstance(value, bool) else None
