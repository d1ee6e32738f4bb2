"""An exchange that was asked too often is left alone for as long as it says."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import pytest

from bot.shell.markets.rest_pause import PAUSE_S, RestPause, RestPaused, retry_after_s


class Exchange:
    """ccxt's, as far as a pause looks at it; the calls do what the test says."""

    def __init__(self, headers: dict[str, str] | None = None) -> None:
        self.last_response_headers = headers
        self.calls = 0
        self.error: Exception | None = None

    async def call(self) -> str:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return "an answer"


class Asker:
    """Asks an exchange at times that the test chooses."""

    def __init__(self, exchange: Exchange) -> None:
        self.now = 100.0
        self.exchange = exchange
        self.pause = RestPause(exchange, monotonic=lambda: self.now)

    def ask(self) -> Any:
        return asyncio.run(self.pause.around(self.exchange.call))


@pytest.mark.parametrize("error", [ccxt.DDoSProtection("429"), ccxt.RateLimitExceeded("429")])
@pytest.mark.parametrize(("headers", "wait_s"), [({"Retry-After": "30"}, 30), ({}, PAUSE_S), (None, PAUSE_S)])
def test_after_one_refusal_nothing_is_sent_until_the_time_is_over(
    error: Exception, headers: dict[str, str] | None, wait_s: float
) -> None:
    asker = Asker(Exchange(headers))
    asker.exchange.error = error
    with pytest.raises(RestPaused) as refused:
        asker.ask()
    asker.exchange.error = None
    asker.now += wait_s - 1
    with pytest.raises(RestPaused, match="REST rests for 1 s"):
        asker.ask()

    assert (refused.value.wait_s, asker.exchange.calls) == (wait_s, 1)
    asker.now += 1
    assert asker.ask() == "an answer"


def test_other_failures_pause_nothing() -> None:
    asker = Asker(Exchange({"Retry-After": "30"}))
    asker.exchange.error = ccxt.ExchangeNotAvailable("503")
    for _ in range(2):
        with pytest.raises(ccxt.ExchangeNotAvailable):
            asker.ask()

    assert asker.exchange.calls == 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2.5"}, 2.5),
        ({"RETRY-AFTER": "0"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Date": "1"}, None),
        ({}, None),
        (None, None),
        ("429", None),
    ],
)
def test_only_a_number_of_seconds_is_taken_for_one(headers: object, seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds
