"""Answers what the relay asks besides commands. Nothing here goes through the trading core, and nothing is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from bot.events import Candle, to_wire
from bot.questions import (
    QUESTIONS,
    Answer,
    AskedCandles,
    AskedIndicators,
    Candles,
    Indicators,
    InvalidQuestion,
    KnownOrder,
    OrderStory,
    Question,
    parse_question,
)
from bot.redaction import redacted
from bot.shell.journal import JournalError
from bot.shell.link import CommandHandler
from bot.shell.market import MarketError

WITHIN_S = 4.0
"""The relay waits five."""
MOST_AT_ONCE = 16
log = structlog.get_logger("tapedeck.bot")


class CandleSource(Protocol):
    """`ChartCandles`."""

    async def last(self, timeframe: str, limit: int) -> list[Candle]: ...


class Questions:
    """Each question is a task of its own beside the bot's; at most so many at once, each for so long."""

    def __init__(
        self,
        candles: CandleSource,
        indicators: Callable[[int], Indicators],
        order: Callable[[str], OrderStory | None],
        *,
        within_s: float = WITHIN_S,
    ) -> None:
        """`indicators(limit)` and `order(id)` answer at once."""
        self._candles = candles
        self._indicators = indicators
        self._order = order
        self._within_s = within_s
        self._under_way = 0

    def before(self, command: CommandHandler) -> CommandHandler:
        """The handler that answers questions here and gives everything else to `command`."""

        async def handle(command_id: object, name: object, args: object) -> dict[str, Any]:
            if isinstance(name, str) and name in QUESTIONS:
                return await self.answer(name, args)
            return await command(command_id, name, args)

        return handle

    async def answer(self, name: str, args: object) -> dict[str, Any]:
        """`{"ok": True, "data": {...}}` or `{"ok": False, "error": "one sentence"}`; never raises."""
        if self._under_way >= MOST_AT_ONCE:
            return _failed("The bot is asked too much at once: ask again in a moment.")
        self._under_way += 1
        try:
            async with asyncio.timeout(self._within_s):
                answer = await self._answer(parse_question(name, args))
            return {"ok": True, "data": to_wire(answer)}
        except TimeoutError:
            return _failed(f"The market did not answer within {self._within_s:.0f} s: ask again later.")
        except (InvalidQuestion, MarketError, JournalError) as error:
            return _failed(str(error))
        except Exception as error:  # a chart without its past is better than a bot that fails
            log.exception("a question could not be answered", name=name)
            return _failed(f"The bot could not answer ({type(error).__name__}): see its log.")
        finally:
            self._under_way -= 1

    async def _answer(self, question: Question) -> Answer:
        if isinstance(question, AskedCandles):
            return Candles(candles=tuple(await self._candles.last(question.timeframe, question.limit)))
        if isinstance(question, AskedIndicators):
            return self._indicators(question.limit)
        return KnownOrder(order=self._order(question.order_id))


def _failed(sentence: str) -> dict[str, Any]:
    return {"ok": False, "error": redacted(sentence)}
