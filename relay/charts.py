"""What a chart and a trade's detail show: asked of the bot, and made of what the relay has where the bot cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from bot.core.aggregation import aggregated, from_a_start, is_multiple
from bot.core.timeframe import timeframe_ms
from bot.events import Candle, parse, to_wire
from bot.questions import CHART_TIMEFRAMES, Answer, Candles, Indicators, KnownOrder, parse_answer
from relay.bots import Bot
from relay.deck import Deck
from relay.questions import Questions, Unanswered
from relay.stream import CANDLES_LIMIT
from relay.tape import Event


class WrongTimeframe(ValueError):
    """A timeframe that this bot's chart does not have; the text is one sentence."""


class Charts:
    """Each method waits for the bot where it is asked; call without the deck's lock."""

    def __init__(self, deck: Deck, questions: Questions) -> None:
        self._deck = deck
        self._questions = questions

    def candles(self, bot: Bot, timeframe: object, limit: int) -> list[dict[str, Any]]:
        """The newest candles, oldest first, the last one perhaps forming. Raises `WrongTimeframe`."""
        wanted = self._checked(bot, timeframe)
        try:
            args = {"timeframe": wanted, "limit": limit}
            answered: list[dict[str, Any]] = self._questions.ask(bot, "get_candles", args, _candles)
        except Unanswered:
            return [to_wire(candle) for candle in self._streamed(bot, wanted)[-limit:]]
        return answered

    def indicators(self, bot: Bot, limit: int) -> dict[str, Any]:
        """`{"timeframe", "lines"}`; no lines where the bot knows of none."""
        try:
            found: dict[str, Any] = self._questions.ask(bot, "get_indicators", {"limit": limit}, _indicators)
        except Unanswered:
            return {"timeframe": self._own_timeframe(bot), "lines": []}
        return found

    def trade(self, event: Event) -> dict[str, Any]:
        """`{"trade", "order", "order_error"}`: `order_error` says in one sentence why there is no order."""
        trade = {**event.data, "seq": event.seq, "bot_id": event.entry.bot_id}
        bot = self._deck.bots.get(event.entry.bot_id)
        order, error = None, f"Bot {event.entry.bot_id} is not known any more."
        if bot is not None:
            try:
                order = self._questions.ask(bot, "get_order", {"order_id": trade["order_id"]}, _order)
                error = f"Bot {bot.bot_id} has no order {trade['order_id']} in its journal."
            except Unanswered as unanswered:
                error = str(unanswered)
        return {"trade": trade, "order": order, "order_error": None if order else error}

    def _checked(self, bot: Bot, timeframe: object) -> str:
        with self._deck.lock:
            own = {self._own_timeframe(bot), *self._deck.timeframes(bot.bot_id)} - {None}
        if isinstance(timeframe, str) and (timeframe in CHART_TIMEFRAMES or timeframe in own):
            return timeframe
        known = ", ".join(dict.fromkeys([*CHART_TIMEFRAMES, *sorted(name for name in own if name)]))
        raise WrongTimeframe(f"args.timeframe: must be one of {known}, got {timeframe!r:.60}.")

    def _own_timeframe(self, bot: Bot) -> str | None:
        found = (bot.reported or {}).get("timeframe")
        return found if isinstance(found, str) else None

    def _streamed(self, bot: Bot, timeframe: str) -> list[Candle]:
        """The timeframe's own candles as they came, else those joined from the longest that make whole ones."""
        with self._deck.lock:
            names = [name for name in self._deck.timeframes(bot.bot_id) if _makes(timeframe, name)]
            part = timeframe if timeframe in names else max(names, key=timeframe_ms, default=None)
            texts = self._deck.candles(bot.bot_id, part, CANDLES_LIMIT) if part else []
        candles: list[Any] = [parse("candle", orjson.loads(text)["data"]) for text in texts]
        return candles if part == timeframe else aggregated(from_a_start(candles, timeframe), timeframe)


def _makes(timeframe: str, part: str) -> bool:
    """Whether candles named `part`, by whatever bot, make whole ones of `timeframe`."""
    try:
        return timeframe == part or is_multiple(timeframe, part)
    except ValueError:
        return False


def _wire(kind: type[Answer], data: Mapping[str, Any]) -> dict[str, Any]:
    return to_wire(parse_answer(kind, data))


def _candles(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _wire(Candles, data)["candles"]
    return sorted(found, key=lambda candle: int(candle["ts"]))


def _indicators(data: Mapping[str, Any]) -> dict[str, Any]:
    return _wire(Indicators, data)


def _order(data: Mapping[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = _wire(KnownOrder, data)["order"]
    return found
