"""What a refused key means, and what is read out of permissions and balances."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any, ClassVar

import ccxt
import pytest

from bot.shell.account_check import Balance, balance_of, check_account, enough_line, key_fault, permission_lines
from bot.shell.check_report import CheckReport
from bot.shell.key_permissions import UNKNOWN, KeyPermissions
from bot.shell.market_check import SmallestOrder

SMALLEST = SmallestOrder(amount=Decimal("0.001"), cost=Decimal(43), text="0.001 BTC, about 43.00 USDT")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ccxt.DDoSProtection('binance {"code":-2015,"msg":"Invalid API-key"}'), "(-2015): the key is unknown"),
        (ccxt.BadRequest('binance {"code":-1022,"msg":"Signature"}'), "(-1022): secret does not belong to apiKey"),
        (ccxt.AuthenticationError('binance {"code": "-2014"}'), "(-2014): apiKey is no key"),
        (ccxt.InvalidNonce("kraken EAPI:Invalid nonce"), "the time of the call is off: set this machine's clock"),
        (ccxt.PermissionDenied("bybit 10005"), "the key may not do this: allow it to read and trade"),
        (ccxt.AuthenticationError("okx 50111"), "the key or its secret is wrong"),
        (ccxt.RequestTimeout("bybit GET"), "it does not answer a signed call: check the network"),
        (TimeoutError(), "it does not answer a signed call: check the network"),
        (ccxt.ExchangeError("odd"), "(ExchangeError odd)"),
        (KeyError("free"), "it does not answer a signed call as it should"),
    ],
)
def test_what_a_signed_call_raises_is_told_with_its_remedy(error: Exception, words: str) -> None:
    assert words in key_fault("some", error)


def test_what_the_exchange_said_is_told_without_secrets(secret: str) -> None:
    assert secret not in key_fault("some", ccxt.ExchangeError(f"no {secret}"))


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (UNKNOWN, "some does not tell; see to it that the key may not withdraw."),
        (
            KeyPermissions(may_read=True, may_trade=True, may_withdraw=False),
            "the key may read and trade, not withdraw.",
        ),
        (KeyPermissions(may_read=True, is_bound_to_address=True), "the key may read, from listed addresses only."),
        (KeyPermissions(may_read=False, may_withdraw=False), "the key may neither read nor trade, not withdraw."),
    ],
)
def test_permissions_are_told_as_far_as_they_are_known(told: KeyPermissions, line: str) -> None:
    assert permission_lines("some", told, is_live=True) == [(f"Permissions: {line}", False)]


@pytest.mark.parametrize(
    ("told", "free", "used", "total"),
    [
        ({"free": 0.1, "used": 0.2, "total": 0.3}, "0.1", "0.2", "0.3"),
        ({"free": "1.5", "used": None, "total": None}, "1.5", "0", "1.5"),
        ({"free": 1000.0, "used": 0.0, "total": 1000.0}, "1000", "0", "1000"),
        (None, "0", "0", "0"),
    ],
)
def test_a_balance_is_read_as_it_is_written(told: Any, free: str, used: str, total: str) -> None:
    answer = {"BTC": told} if told is not None else {}

    assert balance_of(answer, "BTC") == Balance(free=Decimal(free), used=Decimal(used), total=Decimal(total))


@pytest.mark.parametrize(
    ("base", "quote", "what", "is_enough"),
    [
        ("0.001", "43", "enough to buy and to sell", True),
        ("0", "43", "enough to buy the", True),
        ("0.001", "42.99", "enough to sell, not to buy", True),
        ("0.0009", "42.99", "too little to trade, the smallest order is 0.001 BTC, about 43.00 USDT", False),
    ],
)
def test_the_balance_is_held_against_the_smallest_order(base: str, quote: str, what: str, is_enough: bool) -> None:
    line, enough = enough_line(Decimal(base), Decimal(quote), SMALLEST)

    assert what in line
    assert enough is is_enough


class HalfAway:
    """An exchange with keys that tells balances and is away when it is asked what the key may do."""

    id = "binance"
    options: ClassVar[dict[str, Any]] = {}

    def check_required_credentials(self, _raises: bool) -> bool:
        return True

    def on_rest_response(self, *_: object) -> None:
        """ccxt calls it with each answer."""

    async def fetch_balance(self) -> dict[str, Any]:
        return {}

    async def sapi_get_account_apirestrictions(self) -> None:
        raise ccxt.RequestTimeout("GET apiRestrictions")


@pytest.mark.parametrize("is_live", [True, False])
def test_a_key_that_could_not_be_judged_is_no_key_that_is_well(is_live: bool) -> None:
    lines: list[tuple[str, bool]] = []
    report = CheckReport(lambda *line: lines.append(line))

    asyncio.run(check_account(HalfAway(), report, is_live=is_live, rules=None, smallest=None))

    assert lines[1:] == [
        (
            "Permissions: binance did not answer what the key may do (RequestTimeout: GET apiRestrictions): try again.",
            is_live,
        )
    ]
