"""Before real money is traded the real ccxt.pro.binance asks a Binance on this machine what the key may do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.settings import SettingsError
from bot.shell.live_guard import check_live
from bot.shell.markets.exchange_connect import connect
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Answer, Fault

WAITS = "binance has not answered yet whether the key may withdraw ("
ASKED = ["/api/v3/time", "/sapi/v1/account/apiRestrictions"]


class Waiting:
    """Where a start that waits says why, and how long it would."""

    def __init__(self) -> None:
        self.troubles: list[str | None] = []
        self.waits_s: list[float] = []

    async def trouble(self, text: str | None) -> None:
        self.troubles.append(text)

    async def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)


def guarded(symbol: str = "BTC/USDT", own: dict[str, Any] | None = None, **faults: Any) -> tuple[list[str], list[str]]:
    """The lines of the refusal, and the paths that the exchange was asked."""

    async def run() -> tuple[list[str], list[str]]:
        async with BinanceStandIn() as binance:
            binance.faults.switch(**faults)
            config = binance.trading_config()
            del config["urls"]["api"]["sapi"]  # as a person writes it who knows the two documented addresses
            exchange = connect("binance", {**config, **(own or {})})
            try:
                await check_live(exchange, symbol, Waiting().trouble)
                lines: list[str] = []
            except SettingsError as error:
                lines = error.lines
            finally:
                await exchange.close()
            assert binance.posted == []
            return lines, [path.partition("?")[0] for path in binance.requests]

    return asyncio.run(run())


def test_a_key_that_reads_and_trades_is_taken() -> None:
    assert guarded() == ([], ASKED)


def test_a_key_that_may_withdraw_is_refused() -> None:
    [line], _ = guarded(key_may_withdraw=True)

    assert line.startswith("TAPEDECK_EXCHANGE_CONFIG.apiKey: may withdraw, and live takes no key that may;")


def test_missing_credentials_are_named_and_nothing_is_asked() -> None:
    lines, asked = guarded(own={"apiKey": "", "secret": None})

    assert lines == [
        "TAPEDECK_EXCHANGE_CONFIG: got no apiKey and secret; live trading on binance takes its API key's apiKey and"
        " secret here"
    ]
    assert asked == []


def test_a_missing_secret_is_named_without_the_key_beside_it() -> None:
    [line], _ = guarded(own={"apiKey": "hunter2", "secret": ""})

    assert line.startswith("TAPEDECK_EXCHANGE_CONFIG: got no secret; live trading on binance takes")
    assert "hunter2" not in line


def test_a_contract_is_refused_with_the_spot_market_beside_it() -> None:
    [line], asked = guarded("BTC/USDT:USDT")

    assert line == "TAPEDECK_SYMBOL: got 'BTC/USDT:USDT', a contract; live trades spot markets only, such as BTC/USDT"
    assert asked == []


def test_where_the_exchange_does_not_tell_the_key_is_taken() -> None:
    assert guarded(key_may_withdraw=True, key_may_read=False)[0] == []


def test_an_exchange_without_such_a_place_is_asked_once_and_the_key_is_taken() -> None:
    async def run() -> list[str]:
        async with BinanceStandIn() as binance:
            binance.faults.key_may_withdraw = True
            config = binance.trading_config()
            config["urls"]["api"]["sapi"] += "/nowhere"
            exchange = connect("binance", config)
            try:
                await check_live(exchange, "BTC/USDT", Waiting().trouble)
            finally:
                await exchange.close()
            return [path.partition("?")[0] for path in binance.requests]

    assert asyncio.run(run()) == ["/api/v3/time", "/sapi/v1/nowhere/account/apiRestrictions"]


@pytest.mark.parametrize("answer", ["cut", "broken", "500", "503", "429"])
def test_while_the_exchange_is_away_the_start_waits_and_then_refuses_a_key_that_may_withdraw(answer: Answer) -> None:
    waiting = Waiting()

    async def run() -> list[str]:
        async with BinanceStandIn() as binance:
            binance.faults.key_may_withdraw = True
            binance.faults.add(Fault(kind="query", answer=answer, times=9))
            exchange = connect("binance", binance.trading_config())
            try:
                await check_live(exchange, "BTC/USDT", waiting.trouble, sleep=waiting.sleep, random=lambda: 0.5)
            except SettingsError as error:
                return error.lines
            finally:
                await exchange.close()
        return []

    [line] = asyncio.run(run())
    assert line.startswith("TAPEDECK_EXCHANGE_CONFIG.apiKey: may withdraw")
    assert waiting.waits_s
    assert waiting.waits_s == [1.0, 2.0, 4.0][: len(waiting.waits_s)], "ccxt's line may ask twice for one answer"
    *troubles, last = waiting.troubles
    assert (len(troubles), last) == (len(waiting.waits_s), None)
    assert all(text is not None and text.startswith(WAITS) for text in troubles)


@pytest.mark.parametrize("offset_ms", [-60_000, 60_000])
def test_a_wrong_clock_lets_no_key_slip_through(offset_ms: int) -> None:
    assert len(guarded(key_may_withdraw=True, clock_offset_ms=offset_ms)[0]) == 1


def test_each_exchange_is_asked_for_what_its_class_requires() -> None:
    async def lines() -> list[str]:
        exchange = connect("okx", {"apiKey": "k", "secret": "s"})
        try:
            await check_live(exchange, "BTC/USDT", Waiting().trouble)
        except SettingsError as error:
            return error.lines
        finally:
            await exchange.close()
        return []

    assert asyncio.run(lines()) == [
        "TAPEDECK_EXCHANGE_CONFIG: got no password; live trading on okx takes its API key's password here"
    ]
