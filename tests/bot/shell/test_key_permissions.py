"""What a key may do is read from what the exchange says of the key, and anything unclear is unknown."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shell.key_permissions import (
    UNKNOWN,
    KeyPermissions,
    NotAnswered,
    key_permissions,
    of_binance,
    of_bybit,
    of_coinbase,
    of_okx,
    refusal,
)

BINANCE = {
    "ipRestrict": True,
    "createTime": "1698645219000",
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": True,
    "enableFutures": False,
    "enableSpotAndMarginTrading": True,
}
BYBIT_PERMISSIONS = {"ContractTrade": ["Order"], "Spot": ["SpotTrade"], "Wallet": ["AccountTransfer"], "Options": []}
BYBIT = {"retCode": "0", "result": {"readOnly": "0", "permissions": BYBIT_PERMISSIONS, "ips": ["10.1.2.3"]}}
OKX = {"code": "0", "data": [{"uid": "1", "perm": "read_only,trade", "ip": "10.1.2.3"}]}
COINBASE = {
    "can_view": True,
    "can_trade": True,
    "can_transfer": False,
    "portfolio_uuid": "1",
    "portfolio_type": "DEFAULT",
}
TRADES_ONLY = KeyPermissions(may_read=True, may_trade=True, may_withdraw=False, is_bound_to_address=True)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["result", "data", "permissions", "perm", "ips", "ip", "readOnly", "Wallet", "ipRestrict"]),
        inner,
    ),
)  # fmt: skip


def bybit(**fields: Any) -> dict[str, Any]:
    return {"result": {**BYBIT["result"], **fields}}  # type: ignore[dict-item]


def okx(**fields: Any) -> dict[str, Any]:
    return {"data": [{**OKX["data"][0], **fields}]}  # type: ignore[dict-item]


@pytest.mark.parametrize(("parse", "answer"), [(of_binance, BINANCE), (of_bybit, BYBIT), (of_okx, OKX)])
def test_a_key_that_reads_and_trades_from_one_address(parse: Any, answer: Any) -> None:
    assert parse(answer) == TRADES_ONLY


def test_coinbase_tells_nothing_of_addresses() -> None:
    assert of_coinbase(COINBASE) == KeyPermissions(may_read=True, may_trade=True, may_withdraw=False)


@pytest.mark.parametrize(
    "told",
    [
        of_binance({**BINANCE, "enableWithdrawals": True}),
        of_bybit(bybit(permissions={**BYBIT_PERMISSIONS, "Wallet": ["AccountTransfer", "Withdraw"]})),
        of_okx(okx(perm="read_only,withdraw,trade")),
        of_okx(okx(perm="read_only,trade,lend,withdraw")),
        of_coinbase({**COINBASE, "can_transfer": True}),
    ],
)
def test_a_key_that_may_withdraw_is_refused_with_what_to_do(told: KeyPermissions) -> None:
    assert told.may_withdraw
    line = refusal(told)
    assert line is not None
    assert line.startswith("TAPEDECK_EXCHANGE_CONFIG.apiKey: may withdraw")
    assert "restricted to this machine's address" in line


@pytest.mark.parametrize(
    "told",
    [
        of_binance({**BINANCE, "enableSpotAndMarginTrading": False}),
        of_bybit(bybit(readOnly=1)),
        of_bybit(bybit(permissions={"Spot": [], "Wallet": []})),
        of_okx(okx(perm="read_only")),
        of_coinbase({**COINBASE, "can_trade": False}),
    ],
)
def test_a_key_that_only_reads_is_told_and_not_refused(told: KeyPermissions) -> None:
    assert told.may_trade is False
    assert refusal(told) is None


@pytest.mark.parametrize(
    "told",
    [
        of_binance({**BINANCE, "ipRestrict": False}),
        of_bybit(bybit(ips=["*"])),
        of_bybit(bybit(ips=[])),
        of_okx(okx(ip="")),
    ],
)
def test_a_key_that_works_from_anywhere_is_told(told: KeyPermissions) -> None:
    assert told.is_bound_to_address is False


@pytest.mark.parametrize("parse", [of_binance, of_bybit, of_okx, of_coinbase])
@pytest.mark.parametrize(
    "answer",
    [None, "", "<html>", [], {}, {"result": None}, {"result": {"permissions": []}}, {"data": []}, {"data": ["x"]},
     {"canWithdraw": True}, {"enableWithdrawals": "true"}, {"can_transfer": 0}, okx(perm=None), okx(perm="root")],
)  # fmt: skip
def test_what_is_not_understood_is_unknown(parse: Any, answer: object) -> None:
    assert parse(answer) == UNKNOWN


def test_a_withdrawal_that_is_granted_counts_even_where_the_rest_is_unclear() -> None:
    told = of_bybit(bybit(readOnly="maybe", ips=None, permissions={"Wallet": ["Withdraw"]}))

    assert told == KeyPermissions(may_read=True, may_withdraw=True)


@given(ANYTHING)
def test_no_answer_whatever_breaks_a_parser(answer: object) -> None:
    for parse in (of_binance, of_bybit, of_okx, of_coinbase):
        assert isinstance(parse(answer), KeyPermissions)


class Exchange:
    """The little of a ccxt exchange that is asked: one call, and what comes of it."""

    id = "binance"

    def __init__(self, *outcomes: object) -> None:
        self.options: dict[str, Any] = {}
        self._outcomes = list(outcomes)

    def on_rest_response(self, *_: object) -> None:
        """ccxt calls it with each answer."""

    async def sapi_get_account_apirestrictions(self) -> object:
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if outcome == "silence":
            await asyncio.Event().wait()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Silent:
    """An exchange whose class has no such call."""

    id = "kraken"


def asked(exchange: object) -> KeyPermissions:
    return asyncio.run(key_permissions(exchange, within_s=0.01))


def test_the_exchange_is_asked_by_its_own_call() -> None:
    assert asked(Exchange(BINANCE)) == TRADES_ONLY


NOT_FOR_THIS_KEY = ccxt.DDoSProtection('binance temporary banned: {"code":-2015,"msg":"Invalid API-key."}')


@pytest.mark.parametrize("outcome", [KeyError("sapi"), ValueError("404"), NOT_FOR_THIS_KEY, {}, []])
def test_an_exchange_that_does_not_tell_is_no_obstacle(outcome: object) -> None:
    assert asked(Exchange(outcome)) == UNKNOWN
    assert refusal(UNKNOWN) is None


@pytest.mark.parametrize(
    "outcome",
    ["silence", "half a js", None, OSError("cut"), ccxt.BadResponse("html"), ccxt.RateLimitExceeded("429"),
     ccxt.ExchangeNotAvailable("503")],
)  # fmt: skip
def test_an_exchange_that_is_away_has_said_nothing_of_the_key(outcome: object) -> None:
    with pytest.raises(NotAnswered):
        asked(Exchange(outcome))


def test_a_bad_line_lets_no_key_slip_through() -> None:
    withdrawing = {**BINANCE, "enableWithdrawals": True}

    assert asked(Exchange(ccxt.NetworkError("cut"), "half a js", withdrawing)).may_withdraw
    with pytest.raises(NotAnswered, match="NetworkError: cut"):
        asked(Exchange(ccxt.NetworkError("cut")))


def test_an_exchange_that_has_no_such_call_is_not_asked() -> None:
    assert asked(Silent()) == UNKNOWN
