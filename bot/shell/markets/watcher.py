"""Keeps one stream of an exchange going: asks again and again, gets over every failure, notices when it fell silent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from bot.redaction import redacted
from bot.shell.markets.backoff import backoff_s
from bot.shell.markets.pace import Sleep
from bot.shell.markets.rest_pause import RestPaused

LONGEST_SILENCE_S = 600.0
QUIET_FACTOR = 3.0
"""A market whose news came that far apart is waited for so many times longer ..."""
REMEMBERING = 0.9
"""... until it livened up: each news weighs the longest wait so much less."""
MOST_DOUBLINGS = 2
"""More of them would keep the bot away for minutes after an exchange that was silent for long came back."""
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


class Rhythm:
    """How long to wait for a source's next news: as long as it is told, longer where it has been quiet by itself.

    A silence in a row with another doubles it; what the wait for news was at its longest counts three times, and fades.
    So a pair that trades once a minute is not connected anew once a minute.
    """

    def __init__(self, silence_s: float) -> None:
        self._silence_s = silence_s
        self._longest_s = 0.0
        self._heard_at: float | None = None
        self._silences = 0

    @property
    def patience_s(self) -> float:
        """For how long silence is no fault now."""
        usual_s = max(self._silence_s, QUIET_FACTOR * self._longest_s)
        return min(LONGEST_SILENCE_S, usual_s * 2.0 ** min(self._silences, MOST_DOUBLINGS))

    def heard(self, now: float) -> None:
        """News came."""
        gap_s = 0.0 if self._heard_at is None else now - self._heard_at
        self._longest_s, self._heard_at, self._silences = max(gap_s, self._longest_s * REMEMBERING), now, 0

    def fell_silent(self) -> None:
        """Nothing came for all of `patience_s`."""
        self._silences += 1

    def failed(self) -> None:
        """The line broke: how long it was away says nothing of the market."""
        self._heard_at = None


async def watch(
    source: Source,
    *,
    on_gap: Callable[[Exception], None],
    sleep: Sleep = asyncio.sleep,
    random: Random | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Run a source until cancelled. After each failure or silence `on_gap` is called, then it goes on with back-off.

    A silent stream may be a dead one (ccxt's receive loop ends at a broken message while the socket stays open) or a
    quiet market, which its `Rhythm` tells. What an exchange wants to be left alone for is waited out.
    """
    failures, rhythm = 0, Rhythm(source.silence_s)
    jitter = (random or Random()).random
    while True:
        try:
            async with asyncio.timeout(rhythm.patience_s):
                news = await source.call()
            await source.take(news)
        except TimeoutError as error:
            _log.warning("%s: nothing came for %.0f s; connecting anew", source.name, rhythm.patience_s)
            rhythm.fell_silent()
            on_gap(error)
        except Exception as error:
            # ccxt raises far more than NetworkError on a bad line: TypeError from broken JSON, plain ExchangeError.
            failures += 1
            rhythm.failed()
            wait_s = max(backoff_s(failures, jitter), error.wait_s if isinstance(error, RestPaused) else 0.0)
            _log.warning("%s: %s; trying again in %.1f s", source.name, _sentence(error), wait_s)
            on_gap(error)
            await sleep(wait_s)
        else:
            failures = 0
            rhythm.heard(monotonic())
            if source.pause_s:
                await sleep(source.pause_s)


def _sentence(error: Exception) -> str:
    text = redacted(" ".join(str(error).split()))[:200]
    return f"{type(error).__name__} {text}".strip()
