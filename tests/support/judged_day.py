"""What has to be true of a trading day that is over, however often the bot was killed in it, and what it came to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson
from sqlalchemy import Connection, create_engine, select

from bot.core.state import Account, load_account
from bot.shell import journal_schema as schema
from bot.shell.live.order_watch import NEVER_ARRIVED
from tests.standin.binance_orders import Fill, Order
from tests.support.killed_day import KilledDay
from tests.support.replayed import figures_of, replayed
from tests.support.trading_days import MINUTE_MS

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a day came to: the same for every day that is the same to a trader, whatever its orders were called."""

    fills: tuple[tuple[Any, ...], ...]
    """Side, price, amount, quote, fee, its asset and time of each execution on the exchange, in order."""
    decisions: tuple[tuple[int, str], ...]
    """Candle and kind of what the strategy decided."""
    answers: tuple[tuple[str, str], ...]
    """What became of each command."""
    account: Account
    """All that the bot knows: money, statistics, risk; but for what it calls its orders."""
    held: tuple[Decimal, Decimal]
    """Quote and base on the exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What is in the journal after a day, and what the relay was told."""

    account: Account
    orders: tuple[Row, ...]
    trades: tuple[Row, ...]
    events: tuple[tuple[str, Row], ...]
    told_trades: tuple[Row, ...]
    """Those that the relay has, and those that wait for it."""

    @property
    def lost(self) -> tuple[int, ...]:
        """Which orders (the first is 1) were written down and never arrived on the exchange."""
        return tuple(n for n, order in enumerate(self.orders, 1) if order["detail"] == NEVER_ARRIVED)


def books_of(day: KilledDay) -> Books:
    """Read when the bot has ended."""
    engine = create_engine(day.database_url)
    try:
        with engine.connect() as connection:
            return _read(connection, day)
    finally:
        engine.dispose()


def _read(connection: Connection, day: KilledDay) -> Books:
    orders = [dict(row._mapping) for row in connection.execute(select(schema.orders))]
    events = connection.execute(select(schema.events.c.type, schema.events.c.data).order_by(schema.events.c.n))
    waiting = select(schema.outbox.c.data).where(schema.outbox.c.event == "trade_executed")
    told = [orjson.loads(data) for data in connection.scalars(waiting)]
    return Books(
        account=load_account(connection.scalars(select(schema.accounts.c.snapshot)).one()),
        orders=tuple(sorted(orders, key=lambda order: int(order["id"].rpartition("-")[2]))),
        trades=tuple(orjson.loads(data) for data in connection.scalars(select(schema.trades.c.data))),
        events=tuple((name, orjson.loads(data)) for name, data in events),
        told_trades=(*day.told("trade_executed"), *told),
    )


def outcome_of(day: KilledDay, books: Books) -> Outcome:
    """What the day came to."""
    decided = [data for name, data in books.events if name == "decision"]
    return Outcome(
        fills=tuple(_executed(fill) for fill in day.exchange.fills),
        decisions=tuple((data["candle_ts"], data["kind"]) for data in decided),
        answers=tuple(sorted(day.answers.items())),
        account=replace(books.account, id_prefix="", order_count=0),
        held=day.held,
    )


def _executed(fill: Fill) -> tuple[Any, ...]:
    return fill.side, fill.price, fill.quantity, fill.quote, fill.fee, fill.fee_asset, fill.ts


def apart(outcome: Outcome, expected: Outcome) -> str:
    """What the one came to and the other did not, a line for each part."""
    pairs = ((each.name, getattr(outcome, each.name), getattr(expected, each.name)) for each in fields(Outcome))
    return "\n".join(f"{name}: {came} and not {was}" for name, came, was in pairs if came != was)


def check(day: KilledDay, books: Books) -> None:
    """Asserts all that must hold: nothing sent twice, nothing lost, and the same money here and there."""
    day.exchange.check_conservation()
    _check_orders(day, books)
    _check_fills(day, books)
    account = books.account
    assert (account.portfolio.cash, account.portfolio.base + account.base_elsewhere) == day.held
    assert replayed(books.events) == figures_of(account)
    titles = [data["title"] for name, data in books.events if name == "notice"]
    assert "The exchange and the journal differ" not in titles
    assert [title for title in titles if title.endswith("lost")] == [
        f"Order to {books.orders[number - 1]['side']} lost" for number in books.lost
    ]


def _check_orders(day: KilledDay, books: Books) -> None:
    """Each was sent once at most, each on the exchange is one of the journal's, and none rests that nobody knows."""
    assert set(day.binance.posts_by_client_id.values()) <= {1}
    there = {order.client_order_id: order for order in day.exchange.orders.values()}
    assert len(there) == len(day.exchange.orders)
    here = {order["client_order_id"]: order for order in books.orders}
    assert there.keys() == here.keys() - {books.orders[number - 1]["client_order_id"] for number in books.lost}
    assert {here[name]["exchange_order_id"] for name in there} == {str(order.order_id) for order in there.values()}
    assert [order.client_order_id for order in day.exchange.open_orders()] == []
    assert books.account.orders == ()
    by_decision = defaultdict[tuple[str, object], list[Order]](list)
    for name, order in here.items():
        if name in there:
            by_decision[_decision(order)].append(there[name])
    for orders in by_decision.values():
        _check_chain(orders)


def _decision(order: Row) -> tuple[str, object]:
    """What an order is for: the strategy's reason, which names its candle; else the minute in which it was needed."""
    is_signaled = order["purpose"] in ("entry", "exit")
    return order["purpose"], order["reason"] if is_signaled else order["ts"] // MINUTE_MS


def _check_chain(orders: Sequence[Order]) -> None:
    """Of one decision there is one order, or another of the rest of each that was taken back when its time was over."""
    for before, after in pairwise(orders):
        assert before.asked.type == "LIMIT" and before.status == "CANCELED"
        assert after.quantity == before.quantity - before.executed


def _check_fills(day: KilledDay, books: Books) -> None:
    """Each execution there is one trade here, told once or still to be told."""
    names = {order["exchange_order_id"]: order["id"] for order in books.orders}
    there = Counter(
        (names[str(fill.order_id)], fill.side.lower(), fill.price, fill.quantity, fill.quote, fill.fee, fill.fee_asset)
        for fill in day.exchange.fills
    )
    assert Counter(_traded(trade) for trade in books.trades) == there
    by_id = {trade["id"]: trade for trade in books.trades}
    assert len(by_id) == len(books.trades)
    assert {trade["id"]: trade for trade in books.told_trades} == by_id
    assert Counter(_traded(data) for name, data in books.events if name == "fill") == there


def _traded(trade: Row) -> tuple[Any, ...]:
    price, amount, cost, fee = (Decimal(trade[name]) for name in ("price", "amount", "cost", "fee"))
    return trade["order_id"], trade["side"], price, amount, cost, fee, trade["fee_currency"]
