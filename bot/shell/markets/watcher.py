"""Keeps one stream of an exchange going: asks again and again, gets over every failure, notices when it fell silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from bot.redaction import redacted
from bot.shell.markets.backoff import backoff_s
from bot.shell.markets.pace import Sleep

LONGEST_SILENCE_S = 600.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One stream, or one REST call that is repeated: how to wait for news, what to do with them, how long to wait.

    A stream has no pause, and `take` must not wait: what comes to ccxt before it is asked again, it tells only together
    with the message after that.
    """

    name: str
    call: Callable[[], Awaitable[Any]]
    take: Callable[[Any], Awaitable[None]]
    silence_s: float
    pause_s: float = 0.0


async def watch(
    source: Source, *, on_gap: Callable[[Exception], None], sleep: Sleep = asyncio.sleep, random: Random | None = None
) -> None:
    """Run a source until cancelled. After each failure or silence `on_gap` is called, then it goes on with back-off.

    A silent stream may be a dead one (ccxt's receive loop ends at a broken message while the socket stays open) or a
    quiet market: so each silence that connecting anew did not end doubles the patience.
    """
    failures, silence_s = 0, source.silence_s
    jitter = (random or Random()).random
    while True:
        try:
            async with asyncio.timeout(silence_s):
                news = await source.call()
            await source.take(news)
        except TimeoutError as error:
            _log.warning("%s: nothing came for %.0f s; connecting anew", source.name, silence_s)
            silence_s = min(LONGEST_SILENCE_S, silence_s * 2)
            on_gap(error)
        except Exception as error:
            # ccxt raises far more than NetworkError on a bad line: TypeError from broken JSON, plain ExchangeError.
            failures += 1
            wait_s = backoff_s(failures, jitter)
            _log.warning("%s: %s; trying again in %.1f s", source.name, _sentence(error), wait_s)
            on_gap(error)
            await sleep(wait_s)
        else:
            failures, silence_s = 0, source.silence_s
            if source.pause_s:
                await sleep(source.pause_s)


def _sentence(error: Exception) -> str:
    text = redacted(" ".join(str(error).split()))[:200]
    return f"{type(error).__name__} {text}".strip()
