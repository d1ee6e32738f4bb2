"""What goes into the engine and what comes out of it, besides the market's own `events.Price` and `events.Candle`.

Inputs are facts or imperatives; outputs are events (to be told) and effects (to be done, after they were written down).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from bot.core.market_rules import MarketRules
from bot.core.portfolio import Portfolio
from bot.events import Candle, Level, Price, Side, Trade

CommandName = Literal[
    "start_bot", "stop_bot", "test_trade", "close_position", "halt", "resume", "check_strategy", "set_strategy"
]
Purpose = Literal["entry", "exit", "protection", "test", "close"]
OrderType = Literal["market", "limit", "stop"]
OrderStatus = Literal["sent", "open", "canceling", "repricing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of ours: written down before it is sent, known to the broker by `id` and to an exchange by a client
    order id made of it (`order_ids`).

    `price` is a limit's, in quote; a `stop` sells at the market once the price has met its `trigger_price`. `status`:
    `sent` until the broker took it, `open` while it rests, `canceling` while it is being taken back, `repricing` where
    another of the rest follows then. `worst_price` is what a protective order was triggered at: its fill is never
    better than that, because a walked candle may show a kinder price next, which no real stop would have waited for.
    `parts` is how many of the parts that a position is bought in it buys or sells; 0 for what no strategy asked for.
    `filled_before` is what earlier orders of the same decision filled, of which this is the `attempt`-th.
    """

    id: str
    ts: int
    side: Side
    amount: Decimal
    reason: str
    purpose: Purpose
    type: OrderType = "market"
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    status: OrderStatus = "sent"
    exchange_order_id: str | None = None
    ends_ts: int | None = None
    """When a limit that was not filled is taken back, by the market's time."""
    attempt: int = 1
    worst_price: Decimal | None = None
    parts: int = 0
    filled: Decimal = Decimal(0)
    filled_before: Decimal = Decimal(0)
    fills: int = 0
    fill_ids: tuple[str, ...] = ()
    """The exchange's ids of the executions that are counted."""
    leave_reason: str | None = None
    """Why a purchase is being taken back where all is to be sold: what it still brings is sold for the same reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedExit:
    """A sale that waits until those that rest have been taken back, and until the market takes orders.

    `type` is how it is sold then: at the market what was lost, or late while the market was away. What the market
    refused waits until `not_before_ts` and is the `attempt`-th try then.
    """

    amount: Decimal
    reason: str
    purpose: Purpose
    type: Literal["market", "limit"] = "market"
    worst_price: Decimal | None = None
    parts: int = 0
    attempt: int = 1
    not_before_ts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A strategy's word on the candle that opened at `candle_ts`; `reason` says the rule and its values.

    An entry is for an account that holds nothing it could sell, unless it `adds` to what is held; it buys one part (one
    `stake_pct`) or `parts` of them. An exit sells its `share` of the position, or, where it names them, `parts` of
    those that were bought.
    Raises `ValueError` for a share outside 0 to 1 or less than one part.
    """

    kind: Literal["enter", "exit"]
    reason: str
    candle_ts: int
    adds: bool = False
    parts: int | None = None
    share: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be above 0 and at most 1, got {self.share}")
        if self.parts is not None and self.parts < 1:
            raise ValueError(f"parts must be at least 1, got {self.parts}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyChange:
    """Another strategy or other parameters, already loaded and checked; `params` are whole and JSON-ready.

    What the engine keeps to comes from them. `set_strategy` and `set_params` are the settings' at that moment: the
    choice holds for as long as they stay.
    """

    strategy: str
    params: dict[str, Any]
    stake_pct: Decimal
    stop_loss_pct: Decimal | None
    take_profit_pct: Decimal | None
    max_parts: int
    before_strategy: str
    before_params: dict[str, Any]
    set_strategy: str
    set_params: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a person asked for, already checked."""

    id: str
    name: CommandName
    side: Side | None = None
    flatten: bool = False
    change: StrategyChange | None = None
    """Of `check_strategy` and `set_strategy`."""
    feed_age_ms: int | None = None
    """How long the market had been silent when the command came, by the shell's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOpened:
    """A broker took the order; `exchange_order_id` is its name there."""

    order_id: str
    exchange_order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled:
    """A broker executed `amount` of an order; `done` with its last fill. `fee` in `fee_currency`.

    `cost` is what changed hands in quote where an exchange rounded it, else None: price times amount. `fill_id` is the
    exchange's name for this execution: the same one again changes nothing.
    """

    order_id: str
    ts: int
    price: Decimal
    amount: Decimal
    fee: Decimal
    fee_currency: str
    done: bool = True
    fill_id: str | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected:
    """A broker refused what was left of an order; `reason` says which rule and by how much.

    `never_arrived`: nobody refused it, it was lost on the way, so the same wish may be sent anew at once.
    """

    order_id: str
    reason: str
    never_arrived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCanceled:
    """What was left of an order was taken back; all that it filled has been told before."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancesSeen:
    """What the exchange says is held, in all, and what the account was when it was asked.

    `strays` are client order ids of ours that rest there and that the account holds for over.
    """

    quote: Decimal
    base: Decimal
    portfolio: Portfolio
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSaid:
    """What stands in the way of knowing how the orders are, in one sentence; None once it is gone."""

    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """The bot is up; `run` says whether it trades."""

    run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOpened:
    """The market answered, with closed candles up to `newest_candle_ts`; its stream follows."""

    rules: MarketRules
    newest_candle_ts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAged:
    """The newest price came `age_ms` ago by the shell's clock: told before a signal is acted on."""

    age_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTimed:
    """Whether the market's own times say how old its news are: told when that turns out to be otherwise."""

    tells_age: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFailed:
    """The market cannot be used for now; `message` says what to do."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEnded:
    """The market has shown its last price."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyFailed:
    """The strategy raised; `message` is the error in one line, `traceback` all of it."""

    message: str
    traceback: str


Input = (
    Price
    | Candle
    | Signal
    | Command
    | OrderOpened
    | OrderFilled
    | OrderRejected
    | OrderCanceled
    | BalancesSeen
    | BrokerSaid
    | SessionOpened
    | FeedOpened
    | FeedAged
    | MarketTimed
    | FeedFailed
    | FeedEnded
    | StrategyFailed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the person should know now; the shell gives it id and time and sends it as an alert."""

    level: Level
    title: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line for the log, told to the page as well."""

    level: Literal["debug", "info", "warning", "error"]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDone:
    """A command's outcome: `data` where it was done, one sentence of `error` where it was not."""

    id: str
    name: CommandName
    ok: bool
    data: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClosed:
    """Nothing more will come of the order; `detail` says why it was refused or taken back."""

    order_id: str
    status: Literal["filled", "rejected", "canceled"]
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Send the order to the broker."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Take back what is left of the order, which the account has as it was then."""

    order: Order


Event = Trade | Notice | Said | CommandDone | OrderClosed
Effect = PlaceOrder | CancelOrder
