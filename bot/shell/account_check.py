"""What `python -m bot check` tries with an exchange's API key: whether it is taken, what it may do, and what is there.

Everything asked for is read; no order is sent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ccxt

from bot.core.market_rules import MarketRules
from bot.core.portfolio import EXACT, ZERO
from bot.core.words import amount_text
from bot.redaction import redacted
from bot.shell.check_report import CheckReport
from bot.shell.key_permissions import UNKNOWN, KeyPermissions, NotAnswered, key_permissions, refusal
from bot.shell.live_guard import credentials_fault, missing_credentials
from bot.shell.market_check import SmallestOrder
from bot.shell.markets.price_filter import plain_decimal

ANSWER_WITHIN_S = 30.0
_CODE = re.compile(r'"code":\s*"?(-\d+)')

_BY_CODE = {
    "-2015": "the key is unknown, not allowed from this machine's address, or may not read: check apiKey and, on the"
    " exchange's API page, its addresses and permissions",
    "-2014": "apiKey is no key: copy it again, whole and without spaces",
    "-2008": "apiKey is unknown: copy it again, and mind that a test net has keys of its own",
    "-1022": "secret does not belong to apiKey: copy both again, or make a new key",
    "-1021": "the time of the call is off: set this machine's clock by NTP (on Linux: sudo timedatectl set-ntp true)",
}
"""What Binance's codes mean for the person who set the key (its spot API's list of errors). By code and not by ccxt's
class: that differs with the address, and a refused key can come as `DDoSProtection`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Of one currency: `free` to trade with, `used` by orders."""

    free: Decimal
    used: Decimal
    total: Decimal


async def check_account(
    exchange: Any, report: CheckReport, *, is_live: bool, rules: MarketRules | None, smallest: SmallestOrder | None
) -> None:
    """Keys, permissions and balances; `rules` and `smallest` are None where the market did not tell them."""
    if not _has_keys(exchange, report, is_live=is_live):
        return
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            answer = await exchange.fetch_balance()
    except Exception as error:  # of ccxt's, for a bad key also those that have nothing to do with keys
        report.fault(f"Keys: {key_fault(exchange.id, error)}.")
        return
    report.well(f"Keys: {exchange.id} takes a signed call.")
    await _tell_permissions(exchange, report, is_live=is_live)
    if rules is not None:
        _tell_balances(answer, rules, smallest, report, is_live=is_live)


async def _tell_permissions(exchange: Any, report: CheckReport, *, is_live: bool) -> None:
    try:
        told = await key_permissions(exchange)
    except NotAnswered as error:
        asked = f"Permissions: {exchange.id} did not answer what the key may do ({error}): try again."
        report.tell(asked, is_fault=is_live)
        return
    for line, is_fault in permission_lines(exchange.id, told, is_live=is_live):
        report.tell(line, is_fault=is_fault)


def _has_keys(exchange: Any, report: CheckReport, *, is_live: bool) -> bool:
    missing = missing_credentials(exchange)
    if not missing:
        return True
    needed = [name for name, is_needed in exchange.requiredCredentials.items() if is_needed]
    if missing == needed and not is_live:
        report.well("Keys: none are set, and paper trading needs none.")
    else:
        report.fault(str(credentials_fault(exchange)))
    return False


def key_fault(exchange_id: str, error: Exception) -> str:
    """What is wrong with the key and how to mend it, by what a signed call raised."""
    text = redacted(" ".join(str(error).split()))
    code = _CODE.search(text)
    if code and code[1] in _BY_CODE:
        return f"{exchange_id} refuses the call ({code[1]}): {_BY_CODE[code[1]]}"
    if isinstance(error, ccxt.InvalidNonce):
        what = _BY_CODE["-1021"]
    elif isinstance(error, ccxt.PermissionDenied):
        what = "the key may not do this: allow it to read and trade on the exchange's API page"
    elif isinstance(error, ccxt.AuthenticationError):
        what = "the key or its secret is wrong, or not allowed from this machine's address: copy both again"
    elif isinstance(error, ccxt.OperationFailed | OSError | TimeoutError):
        what = "it does not answer a signed call: check the network and its status page, and try again"
    else:
        what = "it does not answer a signed call as it should: see what it said"
    return f"{exchange_id}: {what} ({type(error).__name__} {text[:200]})".replace(" )", ")")


def permission_lines(exchange_id: str, told: KeyPermissions, *, is_live: bool) -> list[tuple[str, bool]]:
    """Each line with whether it is a fault. Paper trading takes any key; live does not take each."""
    if told == UNKNOWN:
        return [(f"Permissions: {exchange_id} does not tell; see to it that the key may not withdraw.", False)]
    may = [verb for verb, flag in (("read", told.may_read), ("trade", told.may_trade)) if flag]
    lines = [(f"Permissions: the key may {' and '.join(may) or 'neither read nor trade'}{_bounds(told)}.", False)]
    if told.may_trade is False:
        lines.append(("Permissions: the key may not trade spot: allow it on the exchange's API page.", is_live))
    refused = refusal(told)
    if refused:
        lines.append((f"{refused}.", is_live))
    return lines


def _bounds(told: KeyPermissions) -> str:
    withdraws = {True: ", and withdraw", False: ", not withdraw", None: ""}[told.may_withdraw]
    anywhere = ", from any address: restrict it to this machine's"
    return withdraws + {True: ", from listed addresses only", False: anywhere, None: ""}[told.is_bound_to_address]


def balance_of(answer: Mapping[str, Any], currency: str) -> Balance:
    """A currency of ccxt's balance structure; nothing where it is not listed."""
    told = answer.get(currency) or {}
    free, used = (plain_decimal(told.get(name) or 0) for name in ("free", "used"))
    total = told.get("total")
    return Balance(free=free, used=used, total=EXACT.add(free, used) if total is None else plain_decimal(total))


def _tell_balances(
    answer: Mapping[str, Any], rules: MarketRules, smallest: SmallestOrder | None, report: CheckReport, *, is_live: bool
) -> None:
    base, quote = (balance_of(answer, currency) for currency in (rules.base_currency, rules.quote_currency))
    for balance, currency in ((base, rules.base_currency), (quote, rules.quote_currency)):
        parts = f"{amount_text(balance.free)} free, {amount_text(balance.used)} in orders"
        report.well(f"Balance: {amount_text(balance.total)} {currency} ({parts}).")
    if smallest is not None:
        line, is_enough = enough_line(base.free, quote.free, smallest)
        report.tell(line, is_fault=is_live and not is_enough)


def enough_line(free_base: Decimal, free_quote: Decimal, smallest: SmallestOrder) -> tuple[str, bool]:
    """Whether what is free is worth the smallest order, to buy or to sell."""
    buys, sells = free_quote >= smallest.cost, free_base >= max(smallest.amount, ZERO)
    if not buys and not sells:
        return f"Balance: too little to trade, the smallest order is {smallest.text}: deposit some.", False
    what = "buy and to sell" if buys and sells else "buy" if buys else "sell, not to buy"
    return f"Balance: enough to {what} the smallest order.", True
