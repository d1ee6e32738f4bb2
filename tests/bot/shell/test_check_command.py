"""`check` on a Binance on this machine, through the real ccxt: what it says of a good account, and of each fault."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.settings import load
from bot.shell.check_command import run_check
from bot.shell.check_report import CheckReport
from bot.shell.markets import create_market
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_exchange import SpotExchange
from tests.support.processes import ROOT, clean_environment

HOUR_MS = 3_600_000
SHAPE = ("43000", "43010", "42990", "43005")
FUNDED = {"USDT": Decimal("1000.5"), "BTC": Decimal("0.25")}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Checked:
    """What was said, and what the exchange saw."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, bool]] = []
        self.requests: list[str] = []

    @property
    def faults(self) -> list[str]:
        return [line for line, is_fault in self.lines if is_fault]

    def line(self, start: str) -> str:
        """The only line that starts so."""
        [found] = [line for line, _ in self.lines if line.startswith(start)]
        return found

    def starts(self) -> list[str]:
        """What each line is about, in order."""
        return [line.partition(":")[0] for line, _ in self.lines]


def list_candles(binance: BinanceStandIn) -> None:
    """Up to one that is still to come, so that no price has to wait for a close; and the one that dates the ticker."""
    now = binance.server_ms()
    for hour in range(-150, 2):
        binance.list_kline(now // HOUR_MS * HOUR_MS + hour * HOUR_MS, SHAPE, interval="1h")
    binance.list_kline(now - 60_000, SHAPE)


@contextlib.asynccontextmanager
async def trading(binance: BinanceStandIn) -> AsyncIterator[None]:
    """A trade of others every 10 ms, told 30 ms late."""

    async def trade() -> None:
        while True:
            await binance.trade("43000.00", binance.server_ms() - 30)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(trade())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def checked(
    *,
    mode: str = "paper",
    symbol: str = "BTC/USDT",
    funds: dict[str, Decimal] = FUNDED,
    own: dict[str, Any] | None = None,
    with_keys: bool = True,
    prepare: Callable[[BinanceStandIn], None] = lambda binance: None,
    trades: bool = True,
) -> Checked:
    """Check a stand-in; `own` is merged into the exchange's config, `prepare` breaks the stand-in beforehand."""
    seen = Checked()

    async def run() -> None:
        async with BinanceStandIn(SpotExchange(deposits=funds)) as binance:
            list_candles(binance)
            prepare(binance)
            config = {**(binance.trading_config() if with_keys else binance.config()), **(own or {})}
            settings = load(
                mode=mode,
                exchange="binance",
                symbol=symbol,
                timeframe="1h",
                live_confirm=f"binance:{symbol}",
                exchange_config=config,
            )
            report = CheckReport(lambda line, is_fault: seen.lines.append((line, is_fault)))
            async with trading(binance) if trades else contextlib.nullcontext():
                await run_check(
                    settings,
                    lambda: create_market(settings, origin_ms=0),
                    100,
                    report,
                    feed_within_s=20 if trades else 0.1,
                )
            seen.requests = binance.requests
            assert binance.posted == [], "a check sends no order"
            assert report.faults == len(seen.faults)

    asyncio.run(run())
    return seen


def test_a_good_account_is_told_line_by_line() -> None:
    seen = checked(mode="live")

    assert seen.faults == []
    about = ["Market", "Steps", "Minima", "Fees", "Clock", "History", "Price", "Feed", "Smallest order", "Keys"]
    assert seen.starts() == [*about, "Permissions", "Balance", "Balance", "Balance", "Live"]
    assert (
        seen.line("Permissions") == "Permissions: the key may read and trade, not withdraw, from listed addresses only."
    )
    assert seen.line("Keys") == "Keys: binance takes a signed call."
    assert seen.line("Smallest order") == "Smallest order: 0.00012 BTC, about 5.16 USDT."
    assert seen.line("Live") == "Live: real money is traded, as TAPEDECK_LIVE_CONFIRM=binance:BTC/USDT says."
    balances = [line for line, _ in seen.lines if line.startswith("Balance")]
    assert balances == [
        "Balance: 0.25 BTC (0.25 free, 0 in orders).",
        "Balance: 1000.5 USDT (1000.5 free, 0 in orders).",
        "Balance: enough to buy and to sell the smallest order.",
    ]


def test_nothing_but_reading_is_asked_of_the_exchange() -> None:
    paths = {path.partition("?")[0] for path in checked(mode="live").requests}

    assert paths == {
        "/api/v3/exchangeInfo", "/api/v3/time", "/api/v3/klines", "/api/v3/ticker/24hr", "/api/v3/account",
        "/sapi/v1/account/apiRestrictions",
    }  # fmt: skip


def test_the_age_of_prices_is_told_by_the_exchanges_own_clock() -> None:
    def ahead(binance: BinanceStandIn) -> None:
        binance.faults.clock_offset_ms = 800

    seen = checked(prepare=ahead)

    feed = seen.line("Feed")
    assert feed.startswith("Feed: 5 prices, ")
    median_ms = int(feed.removeprefix("Feed: 5 prices, ").partition(" ")[0])
    assert 20 <= median_ms < 500, "sent 30 ms old, by a clock that is 800 ms ahead of ours"


def test_in_a_market_that_rests_the_feed_says_so_and_is_no_fault() -> None:
    seen = checked(trades=False)

    assert seen.line("Feed").startswith("Feed: no price came after the first; usual in a quiet market")
    assert seen.faults == []


@pytest.mark.parametrize(("offset_ms", "side"), [(5_000, "behind"), (-5_000, "ahead of")])
def test_a_clock_that_is_off_is_a_fault_with_its_remedy(offset_ms: int, side: str) -> None:
    def shift(binance: BinanceStandIn) -> None:
        binance.faults.clock_offset_ms = offset_ms

    [fault] = checked(prepare=shift).faults

    assert fault.startswith(("Clock: 5,0", "Clock: 4,9"))
    assert f" ms {side} binance, and more than 1,000 ms off" in fault
    assert "sudo timedatectl set-ntp true" in fault


def test_without_keys_paper_needs_none() -> None:
    seen = checked(with_keys=False)

    assert seen.faults == []
    assert seen.starts()[-1] == "Keys"
    assert seen.line("Keys") == "Keys: none are set, and paper trading needs none."


def test_without_keys_live_is_told_what_is_missing() -> None:
    seen = checked(mode="live", with_keys=False)

    assert seen.faults == [
        "TAPEDECK_EXCHANGE_CONFIG: got no apiKey and secret; live trading on binance takes its API key's apiKey and"
        " secret here"
    ]


@pytest.mark.parametrize(
    ("own", "remedy"),
    [
        ({"apiKey": "someone-elses"}, "(-2015): the key is unknown, not allowed from this machine's address, or may"),
        ({"secret": "another-keys"}, "(-1022): secret does not belong to apiKey: copy both again, or make a new key."),
    ],
)
def test_a_wrong_key_is_a_fault_with_its_remedy(own: dict[str, Any], remedy: str) -> None:
    seen = checked(own=own)

    [fault] = seen.faults
    assert fault.startswith("Keys: binance refuses the call ")
    assert remedy in fault
    assert "Permissions" not in seen.starts()


def test_a_signed_call_that_is_too_late_is_told_as_a_matter_of_the_clock() -> None:
    def shift(binance: BinanceStandIn) -> None:
        binance.faults.clock_offset_ms = 60_000

    clock, keys = checked(own={"options": {"adjustForTimeDifference": False, **OPTIONS}}, prepare=shift).faults

    assert clock.startswith("Clock: ")
    assert keys.startswith(
        "Keys: binance refuses the call (-1021): the time of the call is off: set this machine's clock"
    )


OPTIONS = {"fetchCurrencies": False, "fetchMargins": False, "fetchMarkets": {"types": ["spot"]}}


@pytest.mark.parametrize(("mode", "is_fault"), [("live", True), ("paper", False)])
def test_a_key_that_may_withdraw_stops_live_and_is_told_in_paper(mode: str, is_fault: bool) -> None:
    def allow(binance: BinanceStandIn) -> None:
        binance.faults.switch(key_may_withdraw=True, key_is_bound_to_ip=False)

    seen = checked(mode=mode, prepare=allow)

    assert [fault[:37] for fault in seen.faults] == ["TAPEDECK_EXCHANGE_CONFIG.apiKey: may "] * is_fault
    assert "trade, and withdraw, from any address: restrict it to this machine's." in seen.line("Permissions")
    assert seen.line("TAPEDECK_EXCHANGE_CONFIG.apiKey: may withdraw, and live takes no key that may").endswith(".")


def test_a_key_that_may_not_trade_stops_live() -> None:
    def forbid(binance: BinanceStandIn) -> None:
        binance.faults.key_may_trade = False

    assert checked(mode="live", prepare=forbid).faults == [
        "Permissions: the key may not trade spot: allow it on the exchange's API page."
    ]


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_a_market_that_takes_no_orders_is_a_fault(mode: str) -> None:
    def close(binance: BinanceStandIn) -> None:
        binance.exchange.market(binance.symbol).is_trading = False

    assert checked(mode=mode, prepare=close).faults == [
        "Market: binance takes no orders for BTC/USDT now: wait until it is open again, or name another"
        " TAPEDECK_SYMBOL."
    ]


@pytest.mark.parametrize(
    ("funds", "line", "is_enough"),
    [
        (
            {"USDT": Decimal("5.15")},
            "Balance: too little to trade, the smallest order is 0.00012 BTC, about 5.16",
            False,
        ),
        ({}, "Balance: too little to trade", False),
        ({"USDT": Decimal("5.16")}, "Balance: enough to buy the smallest order.", True),
        ({"BTC": Decimal("0.00012")}, "Balance: enough to sell, not to buy the smallest order.", True),
    ],
)
def test_whether_the_balance_suffices_is_told(funds: dict[str, Decimal], line: str, is_enough: bool) -> None:
    seen = checked(mode="live", funds=funds)

    assert seen.line(line)
    assert len(seen.faults) == (not is_enough)


def test_every_fault_is_listed() -> None:
    def break_it(binance: BinanceStandIn) -> None:
        binance.faults.switch(clock_offset_ms=-3_000, key_may_withdraw=True, key_may_trade=False)

    seen = checked(mode="live", funds={}, prepare=break_it)

    assert [fault.partition(":")[0] for fault in seen.faults] == [
        "Clock", "Permissions", "TAPEDECK_EXCHANGE_CONFIG.apiKey", "Balance",
    ]  # fmt: skip


def test_an_unknown_symbol_does_not_keep_the_keys_from_being_tried() -> None:
    seen = checked(symbol="BTC/USDX")

    assert [fault.partition(";")[0] for fault in seen.faults] == ["TAPEDECK_SYMBOL: binance has no market 'BTC/USDX'"]
    assert seen.starts()[1:] == ["Clock", "Keys", "Permissions", "Live"]


def test_an_exchange_that_is_away_is_one_fault_and_nothing_more_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.shell.markets.exchange_rest.backoff_s", lambda failures, random: 0.0)

    def away(binance: BinanceStandIn) -> None:
        binance.rest_status = 503

    seen = checked(prepare=away)

    [fault] = seen.faults
    assert fault.startswith("binance does not answer as it should")
    assert seen.lines[-1] == (
        "Not tried, because the exchange is away: clock, history, feed, keys, permissions, balance.", False
    )  # fmt: skip


def test_the_command_lists_the_faults_on_the_error_output_and_ends_with_1() -> None:
    async def run() -> tuple[int | None, str, str]:
        async with BinanceStandIn(SpotExchange(deposits=FUNDED)) as binance:
            list_candles(binance)
            binance.faults.clock_offset_ms = 5_000
            env = {
                "TAPEDECK_EXCHANGE": "binance",
                "TAPEDECK_TIMEFRAME": "1h",
                "TAPEDECK_EXCHANGE_CONFIG": json.dumps({**binance.trading_config(), "secret": "another-keys"}),
            }
            program = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "check"),
                env={**clean_environment(env), "PYTHONPATH": str(ROOT)},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            async with asyncio.timeout(60), trading(binance):
                out, err = await program.communicate()
            assert binance.posted == []
            return program.returncode, out.decode(), err.decode()

    code, out, err = asyncio.run(run())

    assert code == 1
    assert out.startswith("Settings: paper on binance, strategy ema_cross: fine.\nMarket: BTC/USDT answers in ")
    assert [line.partition(":")[0] for line in err.splitlines()] == ["Clock", "Keys", "2 faults; no order was sent."]
    assert "another-keys" not in out + err
