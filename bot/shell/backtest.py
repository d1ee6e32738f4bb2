"""The same engine and broker over a file of candles, as fast as they go; nothing is written and nobody is told."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from bot.core.kernel import Kernel
from bot.core.market_rules import MarketRules
from bot.core.messages import Notice, SessionOpened
from bot.core.performance import Curve, Performance, curve_figures, trip_figures
from bot.core.portfolio import ZERO
from bot.core.round_trips import round_trips
from bot.core.state import Config, State, new_account
from bot.core.strategies import Strategy
from bot.core.view import stats_of
from bot.events import Candle, Price, Stats, Trade
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.trading import advance, carry_out, open_feed


def _floats() -> array[float]:
    return array("d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The way of a run, for reporting: a sample of 48 bytes a closed candle, so that a year of minutes stays small."""

    times: array[int] = field(default_factory=lambda: array("q"))
    """When each candle closed, ms UTC."""
    opens: array[float] = field(default_factory=_floats)
    highs: array[float] = field(default_factory=_floats)
    lows: array[float] = field(default_factory=_floats)
    closes: array[float] = field(default_factory=_floats)
    equity: array[float] = field(default_factory=_floats)
    """What the account was worth in quote at each close."""

    def add(self, candle: Candle, closed_ts: int, equity: Decimal) -> None:
        """One more closed candle."""
        self.times.append(closed_ts)
        self.opens.append(float(candle.open))
        self.highs.append(float(candle.high))
        self.lows.append(float(candle.low))
        self.closes.append(float(candle.close))
        self.equity.append(float(equity))


@dataclass(slots=True)
class Warned:
    """An alert that came on the way, by its title: how often, and what it said first."""

    title: str
    example: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What came of it. Money in quote; `first_price` and `last_price` are those of the days that were traded."""

    state: State
    trades: list[Trade]
    stats: Stats
    record: Record
    first_ts: int
    last_ts: int
    first_price: Decimal
    last_price: Decimal
    faults: list[str]
    """What went wrong on the way, the strategy's own errors among it, a sentence each."""
    warnings: list[Warned]
    """What was refused or skipped, and the limits that were hit; the most frequent first."""
    strategy_failure: str | None = None
    """What the strategy raised, in one line, where it failed on the way."""

    @property
    def candles(self) -> int:
        """How many were traded."""
        return len(self.record.times)

    @property
    def equity_curve(self) -> Curve:
        """The account's worth, from the deposit at the first price on."""
        deposit = float(self.state.account.portfolio.deposit)
        return self._curve(deposit, self.record.equity)

    @property
    def hold_curve(self) -> Curve:
        """The price from the first one on: what holding one of the base currency was worth."""
        return self._curve(float(self.first_price), self.record.closes)

    def _curve(self, first: float, values: array[float]) -> Curve:
        return Curve(
            times=array("q", [self.first_ts, *self.record.times]),
            values=array("d", [first, *values]),
            candle_ms=self.state.config.candle_ms,
        )

    @property
    def return_pct(self) -> float:
        """Growth of the account, an open position at the last price."""
        portfolio = self.state.account.portfolio
        return float((portfolio.equity(self.last_price) / portfolio.deposit - 1) * 100)

    @property
    def buy_and_hold_pct(self) -> float:
        """What holding the base currency all the time would have brought, without fees."""
        return float((self.last_price / self.first_price - 1) * 100)


def performance_of(result: Backtest) -> Performance:
    """All figures of the run."""
    return Performance(
        account=curve_figures(result.equity_curve),
        hold=curve_figures(result.hold_curve),
        trips=trip_figures(list(round_trips(result.trades, result.state.config.base_currency))),
        exposure_pct=result.stats.exposure_pct,
        fees=result.stats.fees or ZERO,
    )


class NothingToTest(ValueError):
    """No price lies in the chosen time; the text says what to do."""


def run_backtest(
    items: Iterable[Price | Candle],
    rules: MarketRules,
    strategy: Strategy,
    config: Config,
    paper: PaperSettings,
    *,
    from_ts: int | None = None,
    to_ts: int | None = None,
) -> Backtest:
    """Trade the items from `from_ts` to `to_ts`; candles before only warm the strategy. Raises `NothingToTest`."""
    account = new_account("backtest", paper.deposit_in(config.quote_currency))
    broker = PaperBroker(paper)
    book = _Book(Kernel(State(config=config, account=account), strategy), broker)
    book.kernel.handle(SessionOpened(run=True))
    history: list[Candle] = []
    for item in _until(items, to_ts):
        if from_ts is not None and item.ts < from_ts:
            history += [item] if isinstance(item, Candle) else []
            continue
        if book.first is None:
            open_feed(book.kernel, broker, rules, history)
        book.take(item)
    return book.result()


class _Book:
    """What a backtest needs to remember of its way."""

    def __init__(self, kernel: Kernel, broker: PaperBroker) -> None:
        self.kernel = kernel
        self.first: Price | None = None
        self._broker = broker
        self._last: Price | None = None
        self._trades: list[Trade] = []
        self._record = Record()
        self._faults: list[str] = []
        self._warnings: dict[str, Warned] = {}

    def take(self, item: Price | Candle) -> None:
        """One price or candle: fills, then the engine, then its orders."""
        state, events, effects = advance(self.kernel, self._broker, item)
        if isinstance(item, Price):
            self.first, self._last = self.first or item, item
        else:
            equity = state.account.portfolio.equity(item.close)
            self._record.add(item, item.ts + state.config.candle_ms, equity)
        for event in events:
            if isinstance(event, Trade):
                self._trades.append(event)
            elif isinstance(event, Notice):
                self._notice(event)
        for effect in effects:
            carry_out(self._broker, effect)

    def _notice(self, notice: Notice) -> None:
        if notice.level == "error":
            self._faults.append(f"{notice.title}: {notice.message}")
        elif notice.level == "warning" and notice.title in self._warnings:
            self._warnings[notice.title].count += 1
        elif notice.level == "warning":
            self._warnings[notice.title] = Warned(notice.title, notice.message)

    def result(self) -> Backtest:
        """Raises `NothingToTest` where no price came."""
        if self.first is None or self._last is None:
            raise NothingToTest("No candle lies between --from and --to: choose a time that the file covers.")
        return Backtest(
            state=self.kernel.state,
            trades=self._trades,
            stats=stats_of(self.kernel.state),
            record=self._record,
            first_ts=self.first.ts,
            last_ts=self._last.ts,
            first_price=self.first.price,
            last_price=self._last.price,
            faults=self._faults,
            warnings=sorted(self._warnings.values(), key=lambda warned: -warned.count),
            strategy_failure=self.kernel.failure,
        )


def _until(items: Iterable[Price | Candle], to_ts: int | None) -> Iterator[Price | Candle]:
    for item in items:
        if to_ts is not None and item.ts >= to_ts:
            return
        yield item
