"""All that the engine knows, as one frozen value that goes to the journal and comes back to the last digit."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from bot.core.frozen import replace
from bot.core.limits import RiskLimits, RiskRecord
from bot.core.market_rules import MarketRules
from bot.core.messages import BalancesSeen, Effect, Event, Order, Signal, WantedExit
from bot.core.order_policy import OrderPolicy
from bot.core.portfolio import Portfolio, open_portfolio
from bot.core.statistics import Statistics
from bot.events import Mode, Price
from bot.events import State as WireState

Run = Literal["running", "stopping", "stopped"]
Feed = Literal["starting", "live", "error", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What stays as it is while the bot runs; percentages are of the price or, for the stake, of the equity.

    `max_parts` is how many stakes a position may be bought in, over all entries that add to it.
    """

    mode: Mode
    symbol: str
    candle_ms: int
    stake_pct: Decimal
    stop_loss_pct: Decimal | None
    take_profit_pct: Decimal | None
    max_parts: int = 1
    risk: RiskLimits = field(default_factory=RiskLimits)
    orders: OrderPolicy = field(default_factory=OrderPolicy)

    @property
    def base_currency(self) -> str:
        """What is bought and sold."""
        return self.symbol.partition(":")[0].partition("/")[0]

    @property
    def quote_currency(self) -> str:
        """What it is paid with."""
        return self.symbol.partition(":")[0].partition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The strategy that a person chose while the bot ran, and the settings that it was chosen over."""

    strategy: str
    params: dict[str, Any]
    set_strategy: str
    set_params: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The durable part: what a restarted bot must have back."""

    id_prefix: str
    portfolio: Portfolio
    statistics: Statistics = field(default_factory=Statistics)
    orders: tuple[Order, ...] = ()
    order_count: int = 0
    run: Run = "stopped"
    halted: bool = False
    halt_reason: str | None = None
    """Why the bot halted itself; null where a person did."""
    sales_barred: bool = False
    """A fill did not fit the account (`fills`): nothing is sold until `resume`, for protection neither."""
    flattening: bool = False
    """A halt is closing the position, and goes on doing so after a restart (`kill_switch`)."""
    stop_price: Decimal | None = None
    take_profit_price: Decimal | None = None
    last_candle_ts: int | None = None
    acted_candle_ts: int | None = None
    parts: int = 0
    """How many parts of the position the strategy bought and did not sell again; 0 while flat."""
    exit_refused_ts: int | None = None
    """When the market refused the last sale that protects or closes: it is tried again after a while
    (`waits.is_exit_waiting`), not with every price."""
    exit_refusals: int = 0
    """How often in a row it did."""
    wanted_exit: WantedExit | None = None
    """What is to be sold as soon as no sale rests any more (`resting`)."""
    stop_refused: bool = False
    """The market would not let a stop rest: the bot itself watches the price for this position."""
    is_opened: bool = True
    """Whether the deposit is known: a live account takes it from the first balances that the exchange tells."""
    base_elsewhere: Decimal = Decimal(0)
    """Base on the exchange that is not the bot's: it was there before, and is left alone."""
    difference: str | None = None
    """How exchange and journal differ, seen twice: no entries until it is settled (`reconciliation`)."""
    rules: MarketRules | None = None
    """The market's as they were last known: after a restart a fill may come before the market has answered."""
    risk: RiskRecord = field(default_factory=RiskRecord)
    chosen: Chosen | None = None
    """Trades in place of the settings' strategy, after a restart too (`strategy_change`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The durable account and what only holds while the process lives."""

    config: Config
    account: Account
    feed: Feed = "starting"
    message: str | None = None
    rules: MarketRules | None = None
    price: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    market_ts: int | None = None
    since: int | None = None
    signal: Signal | None = None
    price_ts: int | None = None
    """When the price in `price` was; null where that is only a candle's close."""
    feed_age_ms: int | None = None
    """How long nothing had come at the last command or signal that told it; null once a price came again."""
    times_tell_age: bool = True
    """Whether the market's own times can be compared: not where it plays its past back, or has two clocks."""
    wild_price: Price | None = None
    """A leap that no second price has confirmed: shown to people, not acted upon (`price_band`)."""
    wild_prices: int = 0
    """How many there were since the start."""
    broker_message: str | None = None
    """What stands in the way of knowing how the orders are."""
    balances_seen: BalancesSeen | None = None
    """What the exchange said last that is held; null before it was asked, and in paper trading."""
    suspected: str | None = None
    """A difference between exchange and journal that was seen once: a fill may be on its way."""

    @property
    def wire_state(self) -> WireState:
        """The one word that says what the bot is doing."""
        if self.account.halted:
            return "halted"
        if self.feed == "error":
            return "error"
        if self.feed == "ended":
            return "stopped"
        if self.feed == "starting":
            return "starting"
        return self.account.run

    @property
    def bid_price(self) -> Decimal | None:
        """What a sale would meet: the best bid, or the last price."""
        return self.bid if self.bid is not None else self.price

    @property
    def ask_price(self) -> Decimal | None:
        """What a purchase would meet: the best ask, or the last price."""
        return self.ask if self.ask is not None else self.price


Step = tuple[State, tuple[Event, ...], tuple[Effect, ...]]
"""What a message leads to: the new state, what happened, what is to be done."""


def new_account(id_prefix: str, deposit: Decimal) -> Account:
    """The account of a bot that has never run; `id_prefix` makes its orders' ids unique for ever."""
    return Account(id_prefix=id_prefix, portfolio=open_portfolio(deposit))


def with_account(state: State, **changes: object) -> State:
    """The state with fields of its account changed."""
    return replace(state, account=replace(state.account, **changes))


_adapter = TypeAdapter(Account)


class UnreadableSnapshot(ValueError):
    """A snapshot that is not one of ours."""


def dump_account(account: Account) -> str:
    """The account as JSON, decimals as strings: nothing is rounded."""
    return _adapter.dump_json(account).decode()


def load_account(text: str) -> Account:
    """What `dump_account` wrote. Raises `UnreadableSnapshot`."""
    try:
        return _adapter.validate_json(text)
    except ValidationError as error:
        raise UnreadableSnapshot(str(error.errors(include_url=False)[0]["msg"])) from None
