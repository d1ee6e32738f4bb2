"""The stand-in as a process of its own: steered over HTTP, traded on by ccxt, ended by a signal."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import ccxt.pro
import pytest

from tests.standin.trading import SYMBOL

ROOT = Path(__file__).parents[2]


class Remote:
    """A stand-in elsewhere, by its control endpoint."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = f"{url}/control"

    async def do(self, name: str, **arguments: Any) -> dict[str, Any]:
        async with self._session.post(self._url, json={"do": name, **arguments}) as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def state(self) -> dict[str, Any]:
        async with self._session.get(self._url) as answer:
            told: dict[str, Any] = await answer.json()
            return told


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[tuple[Remote, Any]]:
    """A stand-in and a ccxt client of it; both gone at the end."""
    command = [sys.executable, "-m", "tests.standin", *arguments]
    running = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    assert running.stdout is not None
    first = json.loads(await running.stdout.readline())
    config = first["config"]
    client = ccxt.pro.binance({name: value for name, value in config.items() if name != "urls"})
    client.urls, client.timeout_on_exit = client.deep_extend(client.urls, config["urls"]), 0
    try:
        async with aiohttp.ClientSession() as session:
            yield Remote(session, first["url"]), client
    finally:
        await client.close()
        running.terminate()
        assert await running.wait() == 0


def on_a_process(scenario: Callable[[Remote, Any], Awaitable[None]], *arguments: str) -> None:
    async def run() -> None:
        async with process(*arguments) as (remote, client):
            await scenario(remote, client)

    asyncio.run(run())


def test_it_is_steered_and_tells_all_it_knows() -> None:
    async def scenario(remote: Remote, client: Any) -> None:
        assert await remote.do("book", bids=[["42000", "1"]], asks=[["42001", "1"]]) == {"ok": True}
        await remote.do("fault", kind="order", answer="cut")
        with pytest.raises(ccxt.NetworkError):
            await client.create_order(SYMBOL, "market", "buy", 0.01, None, {"clientOrderId": "mine-1"})
        await client.create_order(SYMBOL, "limit", "buy", 0.01, 41000, {"clientOrderId": "mine-2"})
        await remote.do("trade", price="40999", quantity="0.004")
        state = await remote.state()
        assert [(order["clientOrderId"], order["status"]) for order in state["orders"]] == [
            ("mine-1", "FILLED"),
            ("mine-2", "PARTIALLY_FILLED"),
        ]
        assert [(fill["price"], fill["qty"]) for fill in state["fills"]] == [
            ("42001.00000000", "0.01000000"),
            ("41000.00000000", "0.00400000"),
        ]
        assert state["posts_by_client_id"] == {"mine-1": 1, "mine-2": 1}
        assert state["balances"]["USDT"] == {"free": "169.98999999", "locked": "246.00000000"}
        assert await remote.do("check") == {"ok": True}

    on_a_process(scenario, "--deposit", "USDT=999.99999999", "--deposit", "BTC=0.00000001")


def test_every_action_is_obeyed_and_a_wrong_one_says_why() -> None:
    async def scenario(remote: Remote, client: Any) -> None:
        now = (await remote.state())["now"]
        done = [
            await remote.do("tick", price="43001", intervals="1s 1m"),
            await remote.do("quote", bid="43000", ask="43001"),
            await remote.do("follow_last"),
            await remote.do("kline", ts=now - now % 60_000, prices=["1", "2", "1", "2"]),
            await remote.do("switch", clock_offset_ms=5, is_silent=True, fates=["late"]),
            await remote.do("clear_faults"),
            await remote.do("release"),
            await remote.do("silent", is_silent=False),
            await remote.do("rest_status", status=200),
            await remote.do("cut"),
            await remote.do("deposit", asset="BNB", amount="1"),
            await remote.do("fees", taker="0.002", bnb_price="600"),
            await remote.do("trading", is_trading=True),
        ]
        assert done == [{"ok": True}] * len(done)
        order = await client.create_order(SYMBOL, "limit", "buy", 0.01, 42000)
        assert await remote.do("expire", order_id=int(order["id"])) == {"ok": True}
        assert (await client.fetch_order(order["id"], SYMBOL))["status"] == "expired"
        assert (await remote.do("deposit", asset="BNB", amount="-2"))["error"].startswith("Refused: -2010")
        assert (await remote.do("dance"))["ok"] is False
        assert (await remote.do("trade"))["error"].startswith("TypeError")

    on_a_process(scenario)


def test_it_restarts_on_its_port_with_its_orders() -> None:
    async def scenario(remote: Remote, client: Any) -> None:
        order = await client.create_order(SYMBOL, "limit", "buy", 0.01, 42000)
        watching = asyncio.create_task(client.watch_orders())
        while not (await remote.state())["user_stream_listeners"]:
            continue
        await remote.do("restart", down_s=0.05)
        with pytest.raises(ccxt.NetworkError):
            await watching
        while True:
            try:
                assert (await client.fetch_open_orders(SYMBOL))[0]["id"] == order["id"]
                return
            except ccxt.NetworkError:
                await asyncio.sleep(0.01)

    on_a_process(scenario)


def test_a_lively_market_trades_and_closes_candles_by_itself() -> None:
    async def scenario(remote: Remote, client: Any) -> None:
        seen = 0
        while seen < 5:
            seen += len(await client.watch_trades(SYMBOL))
        candles = await client.fetch_ohlcv(SYMBOL, "1s", limit=100)
        assert [after[0] - before[0] for before, after in pairwise(candles)] == [1_000] * 99
        assert abs(candles[-1][0] - client.milliseconds()) < 5_000

    on_a_process(scenario, "--market", "wander", "--interval", "1s", "--every-ms", "20")


def test_a_file_is_replayed_with_its_first_bars_as_the_past(tmp_path: Path) -> None:
    rows = "".join(f"{number},{number}.5,{number}.9,{number}.1,{number}.6,4\n" for number in range(100, 140))
    file = tmp_path / "bars.csv"
    file.write_text("timestamp,open,high,low,close,volume\n" + rows)

    async def scenario(remote: Remote, client: Any) -> None:
        trade = (await client.watch_trades(SYMBOL))[0]
        assert trade["price"] in [float(f"{number}.{tenth}") for number in range(130, 140) for tenth in (5, 9, 1, 6)]
        assert [row[4] for row in await client.fetch_ohlcv(SYMBOL, "1s", limit=100)][:30] == [
            number + 0.6 for number in range(100, 130)
        ]

    on_a_process(scenario, "--market", "replay", "--data", str(file), "--past", "30", "--interval", "1s")
