"""Every message that Tapedeck speaks, defined once.

The wire of `docs/architecture.md` is made of these classes: a bot emits them, the relay checks and relays them,
the page reads them. `parse` is the only way in and `to_wire` the only way out.

Units: money and amounts are `Decimal` (decimal strings on the wire), ratios and percentages `float`, times integer
milliseconds UTC. Names are ccxt's, then freqtrade's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from bot.fault_words import fault_words

State = Literal["stopped", "starting", "running", "stopping", "halted", "error", "offline"]
Mode = Literal["simulated", "paper", "live"]
Side = Literal["buy", "sell"]
Level = Literal["success", "info", "warning", "error"]


class InvalidMessage(ValueError):
    """A payload that is not what its event promises; its text is one sentence that names the field."""


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _id_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def without_nul(text: str) -> str:
    """The text as it is; no PostgreSQL keeps one with a NUL. Raises `ValueError`."""
    if "\0" in text:
        raise ValueError("must not hold a NUL character")
    return text


Money = Annotated[Decimal, BeforeValidator(_no_bool), Field(allow_inf_nan=False, max_digits=60, decimal_places=30)]
Positive = Annotated[Money, Field(gt=0)]
NotNegative = Annotated[Money, Field(ge=0)]
Ratio = Annotated[float, BeforeValidator(_no_bool), Field(allow_inf_nan=False)]
Count = Annotated[int, BeforeValidator(_no_bool), Field(ge=0, le=2**53)]
TIME_MAX = 8_640_000_000_000_000
"""Where a page's clock ends: no browser can show a later time."""
DURATION_MAX = 100 * 366 * 86_400_000
"""A hundred years: what is older than that has no age, it has never been."""
Milliseconds = Annotated[int, BeforeValidator(_no_bool), Field(ge=0, le=TIME_MAX)]
Duration = Annotated[int, BeforeValidator(_no_bool), Field(ge=0, le=DURATION_MAX)]
Id = Annotated[str, BeforeValidator(_id_text), Field(min_length=1, max_length=200), AfterValidator(without_nul)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=4000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The market's last trade or quote."""

    symbol: Name
    price: Positive
    ts: Milliseconds
    bid: Positive | None = None
    ask: Positive | None = None
    change_24h_pct: Ratio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """One candle; `ts` is its open time. While `closed` is false it is still forming."""

    symbol: Name
    timeframe: Name
    ts: Milliseconds
    open: Positive
    high: Positive
    low: Positive
    close: Positive
    volume: NotNegative
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One fill. `pnl` is in the quote currency, after fees, and null unless the trade closes a position."""

    id: Id
    ts: Milliseconds
    symbol: Name
    side: Side
    price: Positive
    amount: Positive
    cost: NotNegative | None = None
    fee: Money | None = None
    fee_currency: Name | None = None
    pnl: Money | None = None
    reason: Text = ""
    order_id: Id | None = None
    mode: Mode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What the bot holds; `amount` in the base currency, prices and P&L in the quote currency."""

    side: Literal["long", "short", "buy", "sell"]
    amount: Positive
    entry_price: Positive
    entry_ts: Milliseconds
    stop_price: Positive | None = None
    take_profit_price: Positive | None = None
    unrealized_pnl: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """The account: free quote, base held, and their worth together in the quote currency."""

    quote: Money
    base: Money
    equity: Money
    quote_currency: Name
    base_currency: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the bot is doing and what it holds; sent when one of these changes, not with every price."""

    state: State
    id: Id | None = None
    since: Milliseconds | None = None
    mode: Mode | None = None
    exchange: Name | None = None
    symbol: Name | None = None
    timeframe: Name | None = None
    strategy: Name | None = None
    position: Position | None = None
    balances: Balances | None = None
    feed_age_ms: Duration | None = None
    message: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How the bot has done since `started_ts`. `win_rate` is 0 to 1; `*_pct` are percent; null is 'not known yet'."""

    trades: Count = 0
    wins: Count = 0
    losses: Count = 0
    win_rate: Ratio | None = None
    realized_pnl: Money | None = None
    unrealized_pnl: Money | None = None
    fees: Money | None = None
    profit_factor: Ratio | None = None
    expectancy: Money | None = None
    sharpe: Ratio | None = None
    max_drawdown_pct: Ratio | None = None
    current_drawdown_pct: Ratio | None = None
    exposure_pct: Ratio | None = None
    started_ts: Milliseconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something the person should know now."""

    id: Id
    ts: Milliseconds
    level: Level
    title: Text
    message: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Once a second: the bot is alive, and what moves all the time. `feed_age_ms` is null before the first price."""

    ts: Milliseconds
    feed_age_ms: Duration | None = None
    unrealized_pnl: Money | None = None
    equity: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One line of the bot's log."""

    ts: Milliseconds
    level: Text
    message: Text


Message = Price | Candle | Trade | Status | Stats | Alert | Heartbeat | Log

TYPES: dict[str, type[Message]] = {
    "price": Price,
    "candle": Candle,
    "trade": Trade,
    "status": Status,
    "stats": Stats,
    "alert": Alert,
    "heartbeat": Heartbeat,
    "log": Log,
}
TYPE_OF: dict[type[Message], str] = {cls: name for name, cls in TYPES.items()}

BOT_EVENTS: dict[str, str] = {
    "price_update": "price",
    "candle_update": "candle",
    "trade_executed": "trade",
    "status_change": "status",
    "stats_update": "stats",
    "alert": "alert",
    "heartbeat": "heartbeat",
    "log": "log",
}
"""What a bot emits on `/bot`, and the type of message it carries."""

EVENT_OF: dict[str, str] = {type_name: event for event, type_name in BOT_EVENTS.items()}

DURABLE = frozenset({"trade", "status", "alert"})
"""Types that are kept on the tape, carry an id of their own and are delivered at least once."""

_adapters: dict[str, TypeAdapter[Message]] = {name: TypeAdapter(cls) for name, cls in TYPES.items()}


def parse(event: str, payload: object) -> Message:
    """Turn what came in under a bot's event name (or a type name) into its message.

    Unknown extra fields are kept out. Raises `InvalidMessage` with one sentence, `trade_executed.price: ...`.
    """
    type_name = BOT_EVENTS.get(event, event)
    adapter = _adapters.get(type_name)
    if adapter is None:
        raise InvalidMessage(f"{event}: is not an event; known are {', '.join(BOT_EVENTS)}")
    if not isinstance(payload, Mapping):
        raise InvalidMessage(f"{event}: must be an object with the fields of {type_name}")
    try:
        message = adapter.validate_python(payload)
    except ValidationError as error:
        raise InvalidMessage(_sentence(event, error)) from None
    if type_name in DURABLE and getattr(message, "id", None) is None:
        raise InvalidMessage(f"{event}.id: is missing")
    if isinstance(message, Candle) and message.low > message.high:
        raise InvalidMessage(f"{event}.high: must not be below low")
    return message


def _sentence(event: str, error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    path = ".".join([event, *(str(part) for part in first["loc"])])
    words = fault_words(first)
    return f"{path}: {words}" if first["type"] == "missing" else f"{path}: {words}, got {_short(first['input'])}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def to_wire(message: object) -> dict[str, Any]:
    """The message as JSON-ready data: decimals as plain strings, nested messages as objects, tuples as lists, what is
    absent as null."""
    assert is_dataclass(message) and not isinstance(message, type)
    return {field.name: _plain(getattr(message, field.name)) for field in fields(message)}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return to_wire(value) if is_dataclass(value) else value
