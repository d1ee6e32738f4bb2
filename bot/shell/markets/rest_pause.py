"""Keeps REST shut for as long as an exchange asked: whoever goes on asking after a 429 is banned."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

import ccxt

from bot.shell.key_permissions import is_of_the_key

PAUSE_S = 10.0
"""Where the exchange does not say how long."""


class RestPaused(ccxt.RateLimitExceeded):  # type: ignore[misc] # ccxt tells no types
    """The exchange was asked too often and is left alone for `wait_s` seconds more; nothing was sent."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"asked too often, REST rests for {wait_s:.0f} s")
        self.wait_s = wait_s


class RestPause:
    """One for all REST calls to an exchange: the limit is on the address, not on the call."""

    def __init__(self, exchange: Any, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`exchange` is ccxt's; its `last_response_headers` are those of the call that failed last."""
        self._exchange, self._monotonic = exchange, monotonic
        self._until = -math.inf

    async def around(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """The call's result. Raises `RestPaused` where it is one too many, and for as long as the exchange asks."""
        self._check()
        try:
            return await call()
        except (ccxt.DDoSProtection, ccxt.RateLimitExceeded) as error:
            if is_of_the_key(error):
                raise
            wait_s = retry_after_s(self._exchange.last_response_headers)
            self._until = self._monotonic() + (PAUSE_S if wait_s is None else wait_s)
            self._check()
            raise

    def _check(self) -> None:
        left_s = self._until - self._monotonic()
        if left_s > 0:
            raise RestPaused(left_s)


def retry_after_s(headers: object) -> float | None:
    """The seconds of a `Retry-After`, however its name is written; None where there is none that is a number."""
    if not isinstance(headers, dict):
        return None
    given = next((value for name, value in headers.items() if str(name).lower() == "retry-after"), "")
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
