"""What the state looks like from outside: status, statistics and the figures that move with every price."""

from __future__ import annotations

from decimal import Decimal

from bot.core.portfolio import EXACT, Lot, plain
from bot.core.risk import standing_message
from bot.core.state import State
from bot.core.statistics import shown, stats
from bot.events import Balances, Position, Stats, Status


def status_key(state: State) -> tuple[object, ...]:
    """Two states with equal keys have the same status for a reader; prices alone never change it."""
    account = state.account
    return (
        state.wire_state,
        message(state),
        account.portfolio,
        account.base_elsewhere,
        account.stop_price,
        account.take_profit_price,
        account.chosen,
    )


def status(
    state: State, *, status_id: str, exchange: str, timeframe: str, strategy: str, feed_age_ms: int | None
) -> Status:
    """The status as it is sent, with an id of its own."""
    return Status(
        id=status_id,
        state=state.wire_state,
        since=state.since,
        mode=state.config.mode,
        exchange=exchange,
        symbol=state.config.symbol,
        timeframe=timeframe,
        strategy=strategy,
        position=position(state),
        balances=balances(state),
        feed_age_ms=feed_age_ms,
        message=message(state),
    )


def message(state: State) -> str | None:
    """What is wrong with the market or with the orders, else what stands in the way of entries."""
    return state.message or state.broker_message or standing_message(state)


def position(state: State) -> Position | None:
    """What is held, or None."""
    lot = state.account.portfolio.lot
    return _position(state, lot) if lot else None


def _position(state: State, lot: Lot) -> Position:
    price = state.price
    return Position(
        side="long",
        amount=plain(lot.amount),
        entry_price=shown(lot.entry_price),
        entry_ts=lot.entry_ts,
        stop_price=state.account.stop_price,
        take_profit_price=state.account.take_profit_price,
        unrealized_pnl=shown(state.account.portfolio.unrealized_pnl(price)) if price else None,
    )


def balances(state: State) -> Balances:
    """The account at the last price, with every digit."""
    return Balances(
        quote=plain(state.account.portfolio.cash),
        base=plain(EXACT.add(state.account.portfolio.base, state.account.base_elsewhere)),
        equity=plain(equity(state)),
        quote_currency=state.config.quote_currency,
        base_currency=state.config.base_currency,
    )


def equity(state: State) -> Decimal:
    """What the whole account is worth at the last price, with what was there before the bot."""
    worth = state.account.portfolio.equity(state.price)
    elsewhere = state.account.base_elsewhere
    return EXACT.add(worth, EXACT.multiply(elsewhere, state.price)) if elsewhere and state.price else worth


def stats_of(state: State) -> Stats:
    """The statistics at the last price."""
    account = state.account
    return stats(account.statistics, account.portfolio, state.price, state.config.candle_ms)
