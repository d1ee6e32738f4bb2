"""What a relay may ask a bot besides commands, and the answers: reads, which change nothing and are kept nowhere.

A question travels as a `command` event with a name of these; a bot that does not know it answers that it has no such
command. `parse_answer` is the relay's way in, `events.to_wire` the bot's way out; units are those of `bot.events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass as checked_dataclass

from bot.core.timeframe import timeframe_ms
from bot.events import Candle, Id, Milliseconds, Money, Name, Positive, Ratio, Side, Text

LIMIT_MAX = 1_000
CHART_TIMEFRAMES = ("1m", "5m", "15m", "1h", "1d")
LINES_MAX = 12
MOMENTS_MAX = 1_000

Limit = Annotated[int, Field(strict=True, ge=1, le=LIMIT_MAX)]
Pane = Literal["price", "own"]


class InvalidQuestion(ValueError):
    """A question that cannot be answered as it was asked; its text is one sentence that names the field."""


@checked_dataclass(frozen=True, slots=True, kw_only=True)
class AskedCandles:
    """The newest candles of a timeframe, the forming one last."""

    timeframe: str
    limit: Limit = 500

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        timeframe_ms(self.timeframe)
        return self


@checked_dataclass(frozen=True, slots=True, kw_only=True)
class AskedIndicators:
    """The newest points of the strategy's lines."""

    limit: Limit = 500


@checked_dataclass(frozen=True, slots=True, kw_only=True)
class AskedOrder:
    """An order of the bot's, by the id that its trades carry."""

    order_id: Id


Question = AskedCandles | AskedIndicators | AskedOrder
QUESTIONS: dict[str, type[Question]] = {
    "get_candles": AskedCandles,
    "get_indicators": AskedIndicators,
    "get_order": AskedOrder,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candles:
    """Oldest first."""

    candles: Annotated[tuple[Candle, ...], Field(max_length=LIMIT_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorLine:
    """One line: `points` are (open time of a candle, value after it), oldest first; `range` is its pane's."""

    name: Name
    pane: Pane
    range: tuple[Ratio, Ratio] | None
    points: Annotated[tuple[tuple[Milliseconds, Money], ...], Field(max_length=LIMIT_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicators:
    """The lines of a strategy, on candles of `timeframe`."""

    timeframe: Name | None
    lines: Annotated[tuple[IndicatorLine, ...], Field(max_length=LINES_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened to an order: `state` in a word or two, `text` in one sentence, `ts` by the wall clock."""

    ts: Milliseconds
    state: Name
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStory:
    """An order with all that became of it, oldest first; prices are null where the market made them."""

    id: Id
    client_order_id: Text | None
    exchange_order_id: Text | None
    side: Side
    type: Name
    amount: Positive
    price: Positive | None
    reason: Text
    life: Annotated[tuple[Moment, ...], Field(max_length=MOMENTS_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """`order` is null where the bot never had one of that id."""

    order: OrderStory | None


Answer = Candles | Indicators | KnownOrder
_questions: dict[str, TypeAdapter[Question]] = {name: TypeAdapter(kind) for name, kind in QUESTIONS.items()}
_answers: dict[type[Answer], TypeAdapter[Answer]] = {
    kind: TypeAdapter(kind) for kind in (Candles, Indicators, KnownOrder)
}


def parse_question(name: str, args: object) -> Question:
    """The checked question; what it does not take is left out. Raises `InvalidQuestion`."""
    if args is not None and not isinstance(args, Mapping):
        raise InvalidQuestion(f"{name}.args: must be an object.")
    try:
        return _questions[name].validate_python({**(args or {})})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "timeframe"
        text = first["msg"].removeprefix("Value error, ").replace("Input should", "must")
        raise InvalidQuestion(f"{name}.{field}: {text}.") from None


def parse_answer(kind: type[Answer], data: Mapping[str, Any]) -> Any:
    """What a bot answered, as one of the answers above. Raises `ValueError` where it is not one."""
    return _answers[kind].validate_python({**data})
