"""What ccxt lets through and a live bot must not: every request and answer of its exchange passes here."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from functools import partial
from typing import Any

import ccxt

from bot.shell.live.dialects import check_request
from bot.shell.markets.rest_pause import RestPause

LEAVING: ContextVar[str | None] = ContextVar("leaving", default=None)
"""The client id of the order that is being sent by this task."""


def guard(exchange: Any) -> None:
    """Make up for some of ccxt's ways, in every request and answer.

    An order leaves only as `check_request` has it. What is no JSON is an error: half of one comes through as text, in
    which ccxt then finds no balance. And where the exchange finds our clock wrong, its time is asked for, so that the
    next request is right. After a 429 nothing is sent for as long as the exchange asks: `RestPaused` is raised.
    """
    fetch, pause = exchange.fetch, RestPause(exchange, monotonic=lambda: asyncio.get_running_loop().time())

    async def fetch_json(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        leaving = LEAVING.get()
        if leaving is not None:
            check_request(exchange, leaving, url, method, body)
        try:
            answer = await pause.around(partial(fetch, url, method, headers, body))
        except ccxt.InvalidNonce:
            if exchange.options.get("adjustForTimeDifference"):
                await exchange.load_time_difference()
            raise
        if isinstance(answer, str | bytes):
            raise ccxt.BadResponse(f"{exchange.id} answered with what is no JSON: {answer[:60]!r}")
        return answer

    exchange.fetch = fetch_json
