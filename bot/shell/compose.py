"""Puts a bot together from its settings and runs it: the composition root of the bot's process."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from bot.core.kernel import Kernel
from bot.core.limits import RiskLimits
from bot.core.state import Account, Config, State, new_account
from bot.core.strategies import StrategyParams, load_strategy
from bot.core.strategies.recording import Recording
from bot.events import Mode
from bot.log import keep_log
from bot.questions import Indicators
from bot.redaction import conceal
from bot.settings import Settings, SettingsError
from bot.shell.chart_candles import ChartCandles, OpenedMarket
from bot.shell.child import when_stdin_ends
from bot.shell.desk import Desk, Face
from bot.shell.journal import Ending, Journal
from bot.shell.link import Link
from bot.shell.market import Market, MarketError
from bot.shell.markets import create_market
from bot.shell.markets.timeframe import timeframe_ms
from bot.shell.page_log import shown_on_page
from bot.shell.paper_broker import PaperBroker, PaperSettings, paper_settings
from bot.shell.questions import Questions
from bot.shell.relay_trust import trusted
from bot.shell.runner import Runner
from bot.shell.strategy_shelf import StrategyShelf, Trading, choice_at_start, strategy_at_start

if TYPE_CHECKING:
    from bot.shell.live.broker import LiveBroker

TOKEN_FILE = "bot.token"
REAL_MAX_FEED_AGE_MS = 3_000
"""On a real market, where nobody set `max_feed_age_ms`."""
NO_STOP = (
    "TAPEDECK_RISK.risk_per_trade_pct: needs a stop to measure the risk by; set stop_loss_pct in"
    " TAPEDECK_STRATEGY_PARAMS or trailing_stop_pct without an activation"
)


def wall_ms() -> int:
    """Milliseconds UTC by the wall clock."""
    return time.time_ns() // 1_000_000


def mode_of(settings: Settings) -> Mode:
    """The word that the page shows: no real market, a real one without money, or live."""
    return "simulated" if settings.exchange in ("simulated", "replay") else settings.mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """What is traded: a replay's file may name its own symbol and timeframe."""

    symbol: str
    timeframe: str


def account_key(settings: Settings, traded: Traded) -> str:
    """Each market has an account of its own, so a person may switch to another and come back.

    A test net is another market: what is held there must not be protected, or sold, on the real one.
    """
    mode: str = mode_of(settings)
    if mode == "live" and settings.exchange_config.get("sandbox") is True:
        mode = "live-sandbox"
    return f"{mode}:{settings.exchange}:{traded.symbol}"


def config_of(settings: Settings, traded: Traded, params: StrategyParams) -> Config:
    """What the engine keeps to while it runs. Raises `SettingsError` where a limit has nothing to go by."""
    stops = (params.stop_loss_pct, settings.risk.immediate_trailing_pct)
    if settings.risk.risk_per_trade_pct is not None and stops == (None, None):
        raise SettingsError([NO_STOP])
    return Config(
        mode=mode_of(settings),
        symbol=traded.symbol,
        candle_ms=timeframe_ms(traded.timeframe),
        stake_pct=params.stake_pct,
        stop_loss_pct=params.stop_loss_pct,
        take_profit_pct=params.take_profit_pct,
        max_parts=params.max_parts,
        risk=_limits(settings),
        orders=settings.orders,
    )


def _limits(settings: Settings) -> RiskLimits:
    """As set; on a real market no entry is made on old data unless a person switched that off with null."""
    risk = settings.risk
    if mode_of(settings) == "simulated" or "max_feed_age_ms" in risk.model_fields_set:
        return risk
    return risk.model_copy(update={"max_feed_age_ms": REAL_MAX_FEED_AGE_MS})


def open_journal(settings: Settings, *, writable: bool = True) -> Journal:
    """The journal that the settings name. Raises `JournalError`."""
    lock = settings.data_dir / f"journal-{settings.bot_id}.lock"
    url = settings.database_url_effective("journal")
    return Journal(url, settings.bot_id, lock_path=lock if writable else None)


def market_maker(settings: Settings, origin_ms: int) -> tuple[Callable[[], Market], Traded]:
    """Opens the market, again and again, and what is traded there.

    Raises `SettingsError` and `InvalidPaper` for its settings, now.
    """
    fees = paper_settings(settings.exchange_config, settings.exchange).fees
    config = {key: value for key, value in settings.exchange_config.items() if key != "paper"}
    plain = settings.model_copy(update={"exchange_config": config})
    ready: list[Market] = []
    with contextlib.suppress(MarketError):  # it may be there later; the feed tries again and says why
        ready.append(create_market(plain, origin_ms=origin_ms, fees=fees))
    named = ready[0] if ready else settings
    traded = Traded(symbol=named.symbol, timeframe=named.timeframe)

    def open_market() -> Market:
        return ready.pop() if ready else create_market(plain, origin_ms=origin_ms, fees=fees)

    return open_market, traded


def run_bot(settings: Settings, *, is_child: bool) -> None:
    """The bot, until it is told to stop; a child also ends when its standard input does, which its parent holds.

    Raises `SettingsError`, `StrategyError`, `InvalidPaper` and `JournalError`.
    """
    load_strategy(settings.strategy, settings.strategy_params)  # a wrong one is told before anything is opened
    paper = paper_settings(settings.exchange_config, settings.exchange)
    journal = open_journal(settings)
    keep_log(settings.data_dir / f"{settings.bot_id}.log", settings.log_format)
    try:
        open_market, traded = market_maker(settings, journal.origin_ms(wall_ms()))
        known = choice_at_start(settings, journal.open_account(account_key(settings, traded)))
        strategy, trading = strategy_at_start(settings, known)
        account = known or _first_account(settings, traded, paper)
        state = State(config=config_of(settings, traded, strategy.params), account=account)
        live = _live_broker(settings, traded)
        desk = Desk(
            Kernel(state, strategy),
            live or PaperBroker(paper),
            journal,
            _face(settings, traded, trading),
            wall_ms=wall_ms,
            new_id=lambda: uuid.uuid4().hex,
            shelf=StrategyShelf(settings, partial(config_of, settings, traded)),
        )
        trade = _trades_at_start(settings, journal.begin_session(), known)
        opened = OpenedMarket(open_market)
        make_runner = partial(Runner, desk, opened, warmup=strategy.warmup, live=live)
        asked = partial(_questions, opened, desk, journal)
        journal.end_session(asyncio.run(_live(settings, journal, make_runner, asked, trade=trade, is_child=is_child)))
    finally:
        journal.close()


def _questions(opened: OpenedMarket, desk: Desk, journal: Journal, runner: Runner) -> Questions:
    """What the relay may ask beside the trading: candles, the strategy's lines, an order's life."""
    candles = ChartCandles(runner.chart, lambda: opened.market)
    return Questions(candles, partial(_indicators, desk), journal.order)


def _indicators(desk: Desk, limit: int) -> Indicators:
    """The lines of the strategy that trades now."""
    strategy = desk.strategy
    return strategy.indicators(limit) if isinstance(strategy, Recording) else Indicators(timeframe=None, lines=())


def _face(settings: Settings, traded: Traded, trading: Trading) -> Face:
    return Face(
        exchange=settings.exchange, timeframe=traded.timeframe, strategy=trading.strategy, params=trading.params
    )


def _live_broker(settings: Settings, traded: Traded) -> LiveBroker | None:
    if settings.mode != "live":
        return None
    from bot.shell.live.compose import live_broker  # it brings ccxt, which a bot without an exchange does not load

    return live_broker(settings, traded.symbol)


def _first_account(settings: Settings, traded: Traded, paper: PaperSettings) -> Account:
    """Its ids are unique for ever: a journal that was thrown away must not bring the old ones again."""
    prefix = f"{settings.bot_id}-{base36(wall_ms())}"
    if settings.mode == "live":
        return replace(new_account(prefix, Decimal(0)), is_opened=False)
    quote_currency = traded.symbol.partition(":")[0].partition("/")[2]
    return new_account(prefix, paper.deposit_in(quote_currency))


def _trades_at_start(settings: Settings, last_ending: Ending | None, known: Account | None) -> bool:
    """A bot that was cut off goes on as it was; one that was stopped properly does as the settings say.

    With real money it waits for a person, whatever the settings say.
    """
    if known is not None and last_ending in ("open", "orphaned"):
        return known.run == "running"
    return settings.autostart_effective and settings.mode != "live"


def base36(number: int) -> str:
    """The number in 0-9a-z, for short ids."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


async def _live(
    settings: Settings,
    journal: Journal,
    make_runner: Callable[..., Runner],
    asked: Callable[[Runner], Questions],
    *,
    trade: bool,
    is_child: bool,
) -> Ending:
    runner = make_runner(
        make_link=partial(_link, settings, journal, asked),
        wall_ms=wall_ms,
        monotonic=time.monotonic,
        random=random.random,
    )
    endings: list[Ending] = []

    def stop(ending: Ending) -> None:
        endings.append(ending)
        runner.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, "closed")
    if is_child:
        when_stdin_ends(lambda: loop.call_soon_threadsafe(stop, "orphaned"))
    with shown_on_page(runner.show):
        await runner.run(trade=trade)
    return endings[0]


def _link(settings: Settings, journal: Journal, asked: Callable[[Runner], Questions], runner: Runner) -> Link:
    return Link(
        settings.relay_url_effective,
        lambda: _auth(settings),
        journal,
        on_command=asked(runner).before(runner.command),
        on_connected=runner.greet,
        log=runner.say,
        random=random.random,
        trusted=partial(trusted, settings),
    )


def _auth(settings: Settings) -> dict[str, str]:
    return {"token": _token(settings), "bot_id": settings.bot_id, "name": settings.bot_name_effective}


def _token(settings: Settings) -> str:
    """As set, else what the relay left in the data folder; read anew each time, for the relay may come later."""
    if settings.bot_token is not None:
        return settings.bot_token.get_secret_value()
    try:
        token = (settings.data_dir / TOKEN_FILE).read_text().strip()
    except FileNotFoundError:
        return ""
    conceal((token,))
    return token
