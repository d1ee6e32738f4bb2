"""The same engine and broker over a file of candles, as fast as they go; nothing is written and nobody is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from bot.core.kernel import Kernel
from bot.core.market_rules import MarketRules
from bot.core.messages import SessionOpened
from bot.core.state import Config, State, new_account
from bot.core.strategies import Strategy
from bot.core.view import position, stats_of
from bot.core.words import amount_text
from bot.events import Candle, Price, Stats, Trade
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.trading import advance


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What came of it. Money in quote; `first_price` and `last_price` are those of the days that were traded."""

    state: State
    trades: list[Trade]
    stats: Stats
    candles: int
    first_ts: int
    last_ts: int
    first_price: Decimal
    last_price: Decimal

    @property
    def return_pct(self) -> float:
        """Growth of the account, an open position at the last price."""
        portfolio = self.state.account.portfolio
        return float((portfolio.equity(self.last_price) / portfolio.deposit - 1) * 100)

    @property
    def buy_and_hold_pct(self) -> float:
        """What holding the base currency all the time would have brought, without fees."""
        return float((self.last_price / self.first_price - 1) * 100)


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
    book = _Book(Kernel(State(config=config, account=account), strategy), PaperBroker(paper))
    book.kernel.handle(SessionOpened(run=True))
    history: list[Candle] = []
    for item in _until(items, to_ts):
        if from_ts is not None and item.ts < from_ts:
            history += [item] if isinstance(item, Candle) else []
            continue
        if book.first is None:
            book.kernel.open_feed(rules, history)
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
        self._candles = 0

    def take(self, item: Price | Candle) -> None:
        """One price or candle: fills, then the engine, then its orders."""
        if isinstance(item, Price):
            self.first, self._last = self.first or item, item
        else:
            self._candles += 1
        _, events, effects = advance(self.kernel, self._broker, item)
        self._trades += [event for event in events if isinstance(event, Trade)]
        for effect in effects:
            self._broker.place(effect.order)

    def result(self) -> Backtest:
        """Raises `NothingToTest` where no price came."""
        if self.first is None or self._last is None:
            raise NothingToTest("No candle lies between --from and --to: choose a time that the file covers.")
        return Backtest(
            state=self.kernel.state,
            trades=self._trades,
            stats=stats_of(self.kernel.state),
            candles=self._candles,
            first_ts=self.first.ts,
            last_ts=self._last.ts,
            first_price=self.first.price,
            last_price=self._last.price,
        )


def _until(items: Iterable[Price | Candle], to_ts: int | None) -> Iterator[Price | Candle]:
    for item in items:
        if to_ts is not None and item.ts >= to_ts:
            return
        yield item


def table(result: Backtest) -> list[tuple[str, str]]:
    """What is printed: a name and a value a row."""
    stats, config = result.stats, result.state.config
    quote = config.quote_currency
    open_position = position(result.state)
    return [
        ("Market", f"{config.symbol}, {result.candles:,} candles"),
        ("From, to", f"{_time(result.first_ts)}, {_time(result.last_ts)}"),
        ("Return", f"{result.return_pct:+.2f} %"),
        ("Buy and hold", f"{result.buy_and_hold_pct:+.2f} %"),
        ("Equity", f"{amount_text(result.state.account.portfolio.equity(result.last_price))} {quote}"),
        ("Round trips", f"{stats.trades} ({stats.wins} won, {stats.losses} lost), {len(result.trades)} fills"),
        ("Win rate", _or_dash(None if stats.win_rate is None else 100 * stats.win_rate, " %")),
        ("Profit factor", _or_dash(stats.profit_factor)),
        ("Expectancy", "–" if stats.expectancy is None else f"{amount_text(stats.expectancy)} {quote}"),
        ("Fees", f"{amount_text(stats.fees or Decimal(0))} {quote}"),
        ("Deepest drawdown", _or_dash(stats.max_drawdown_pct, " %")),
        ("Sharpe ratio", _or_dash(stats.sharpe)),
        ("Exposure", _or_dash(stats.exposure_pct, " %")),
        (
            "Open at the end",
            "nothing" if open_position is None else f"{amount_text(open_position.amount)} {config.base_currency}",
        ),
    ]


def _or_dash(value: float | None, unit: str = "") -> str:
    return "–" if value is None else f"{value:.2f}{unit}"


def _time(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
