"""What the journal says, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bot.core.journal_events import EventType, JournalEvent
from bot.core.messages import Order
from bot.core.state import Account, Config, State
from bot.core.view import balances, position
from bot.core.words import amount_text
from bot.shell.journal import Journal

SESSIONS = {
    "open": "running now, or killed without a goodbye",
    "closed": "stopped",
    "orphaned": "stopped with the relay that had started it; goes on as it was",
}


def status_lines(journal: Journal, account_key: str, config: Config) -> Iterator[str]:
    """The account, the position and the last trades. Raises `JournalError`."""
    account, summary = journal.open_account(account_key), journal.summary()
    yield f"Bot {journal.bot_id}, {config.symbol} ({config.mode}): {SESSIONS.get(summary['session'], 'never started')}."
    if account is None:
        yield "It has not traded this market yet."
        return
    yield from _account_lines(account, config)
    yield from (_order_line(order) for order in account.orders)
    waiting = f"Waiting for the relay: {summary['waiting']}. Refused by it: {summary['refused']}."
    yield f"Trades: {summary['trades']}. {waiting}"
    yield from (_trade_line(trade) for trade in summary["last_trades"])
    if summary["last_event"] is not None:
        yield f"Last event: {_time(summary['last_event'].ts)} {event_text(summary['last_event'])}"


def _account_lines(account: Account, config: Config) -> Iterator[str]:
    state = State(config=config, account=account)
    doing = "halted until resume" if account.halted else account.run
    by_hand = f", {account.chosen.strategy} as chosen by hand" if account.chosen is not None else ""
    yield f"Strategy: {doing}{by_hand}."
    if account.halted and account.halt_reason is not None:
        yield f"Halted by a limit: {account.halt_reason}"
    if account.difference is not None:
        yield f"Exchange and journal differ: {account.difference}"
    held = balances(state)
    yield (
        f"Account: {amount_text(held.quote)} {held.quote_currency} and {amount_text(held.base)} {held.base_currency};"
        f" realized {account.portfolio.realized_pnl:+f}, fees {amount_text(account.portfolio.fees_paid)}."
    )
    open_position = position(state)
    if open_position is None:
        yield "Position: none."
        return
    since = _time(open_position.entry_ts)
    yield (
        f"Position: {amount_text(open_position.amount)} {held.base_currency}"
        f" at {amount_text(open_position.entry_price)} since {since}, stop {_or_none(open_position.stop_price)},"
        f" target {_or_none(open_position.take_profit_price)}."
    )


def _order_line(order: Order) -> str:
    filled = f", {amount_text(order.filled)} of it filled" if order.filled else ""
    return f"Open order {order.id}: {order.side} {amount_text(order.amount)}{filled}: {order.reason}"


def _trade_line(trade: dict[str, Any]) -> str:
    pnl = f", P&L {trade['pnl']}" if trade["pnl"] is not None else ""
    return f"  {_time(trade['ts'])} {trade['side']} {trade['amount']} at {trade['price']}{pnl}: {trade['reason']}"


def event_text(event: JournalEvent) -> str:
    """The event in a few words: `fill: sell 0.1, Stop loss: price ...`."""
    name, said = event.type.replace("_", " "), _said(event.type, event.data)
    return f"{name}: {said}" if said else name


def _said(name: EventType, data: dict[str, Any]) -> str:
    match name:
        case "command":
            return str(data["name"]) + ("" if data["ok"] else ", refused")
        case "notice":
            return str(data["title"])
        case "order_closed":
            return f"{data['order_id']} {data['status']}"
        case "state_changed":
            return str(data["run"]) + (", halted" if data["halted"] else "")
        case "cancel_requested" | "order_opened":
            return str(data["order_id"])
        case "session_opened" | "balances_taken_over":
            return ""
        case "fill" | "order_placed":
            return f"{data['side']} {data['amount']}, {data['reason']}"
        case "decision" | "limit_hit":
            return str(data["reason"])


def _time(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _or_none(value: Any) -> str:
    return "none" if value is None else amount_text(value)
