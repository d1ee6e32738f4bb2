"""A limit that was not filled in time: what follows it, and what is held where nothing can."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.messages import (
    Effect,
    FeedFailed,
    FeedOpened,
    Input,
    Order,
    OrderCanceled,
    OrderOpened,
    PlaceOrder,
    Signal,
    WantedExit,
)
from bot.core.order_policy import OrderPolicy
from bot.core.resting import sold
from bot.core.state import State, dump_account, load_account, with_account
from tests.support.trading import CONFIG, RULES, T0, candle, command, filled, live_state, new_state, price, through

LIMITS = OrderPolicy(entry="limit", exit="limit", timeout_s=30, reprices=2)
FREE = replace(CONFIG, stop_loss_pct=None, take_profit_pct=None, orders=LIMITS)
ONE = Decimal("0.00001")
LATE = T0 + 60_000 + 31_000


def signal(kind: Any, number: int) -> Signal:
    return Signal(kind=kind, reason=f"{kind} on {number}", candle_ts=T0 + number * 60_000)


def entered() -> tuple[State, Order]:
    """A limit entry that the market has."""
    state, _, effects = through(live_state(config=FREE), candle(0, 40_000), signal("enter", 0))
    return through(state, OrderOpened(order_id=effects[0].order.id))[0], effects[0].order


def exiting() -> tuple[State, Order]:
    """A position whose limit exit the market has, and has not filled in time."""
    state, entry = entered()
    state, _, effects = through(state, filled(entry, 40_000), candle(1, 40_000), signal("exit", 1))
    state, *_ = through(state, OrderOpened(order_id=effects[0].order.id), price(40_000, LATE + 60_000))
    assert state.account.orders[0].status == "repricing"
    return state, effects[0].order


def canceled(order: Order) -> Input:
    return OrderCanceled(order_id=order.id, reason="as asked")


def placed(effects: list[Effect]) -> list[list[Any]]:
    return [[e.order.side, e.order.type, e.order.amount] for e in effects if isinstance(e, PlaceOrder)]


def test_a_part_that_was_bought_counts_where_the_rest_is_too_small_for_the_market() -> None:
    state, entry = entered()
    part = entry.amount - Decimal("0.00001")
    state, events, effects = through(
        state, filled(entry, 40_000, amount=part, done=False), price(40_000, LATE), canceled(entry)
    )
    assert placed(effects) == []
    assert [state.account.parts, state.account.portfolio.base] == [1, part]
    assert "is left: 0.4 USDT is 4.6 USDT below the market's minimum cost of 5." in str(events[-1])


def test_an_exit_whose_market_has_gone_waits_for_it() -> None:
    state, sale = exiting()
    state, *_ = through(state, FeedFailed(message="The exchange is away."), canceled(sale))
    assert state.account.wanted_exit is not None
    _, _, effects = through(state, FeedOpened(rules=RULES), price(39_000, LATE + 90_000))
    assert placed(effects) == [["sell", "market", sale.amount]]


def test_an_exit_that_a_restarted_bot_hears_of_before_any_price_waits_for_one() -> None:
    state, sale = exiting()
    state = replace(new_state(config=FREE), account=load_account(dump_account(state.account)))
    state, _, effects = through(state, FeedOpened(rules=RULES), canceled(sale))
    assert effects == []
    _, _, effects = through(state, price(39_000, LATE + 90_000))
    assert placed(effects) == [["sell", "market", sale.amount]]


def test_an_entry_whose_market_has_gone_is_given_up() -> None:
    state, entry = entered()
    state, *_ = through(state, price(40_000, LATE), FeedFailed(message="The exchange is away."), canceled(entry))
    assert [state.account.orders, state.account.wanted_exit] == [(), None]


def test_a_protective_sale_that_waits_is_no_limit_for_an_exit_that_joins_it() -> None:
    state = with_account(exiting()[0], wanted_exit=WantedExit(amount=ONE, reason="Stop loss", purpose="protection"))
    after, _ = sold(state, ONE, "exit on 1", "exit", parts=1)
    wanted = after.account.wanted_exit
    assert wanted is not None
    assert [wanted.purpose, wanted.type, wanted.amount, wanted.parts] == ["protection", "market", 2 * ONE, 1]


def two_parts_held() -> State:
    """A position of two parts, the first of which a limit sells already."""
    config = replace(FREE, max_parts=2)
    state, _, effects = through(
        live_state(config=config), candle(0, 40_000), replace(signal("enter", 0), parts=2), price(40_000)
    )
    state, _, effects = through(
        state, filled(effects[0].order, 40_000), candle(1, 40_000), replace(signal("exit", 1), parts=1)
    )
    return through(state, OrderOpened(order_id=effects[0].order.id))[0]


def test_a_second_exit_sells_its_part_beside_the_first() -> None:
    state = two_parts_held()
    first, held = state.account.orders[0], state.account.portfolio.base
    state, _, effects = through(state, candle(2, 40_000), replace(signal("exit", 2), parts=1))
    second = effects[0].order
    assert placed(effects) == [["sell", "limit", held - first.amount]]
    for order in (second, first):
        state, *_ = through(state, filled(order, 40_000))
    assert [state.account.parts, state.account.portfolio.lot] == [0, None]


def test_protection_sells_once_all_that_a_limit_offers() -> None:
    state = two_parts_held()
    first, held = state.account.orders[0], state.account.portfolio.base
    state, *_ = through(state, command("close_position"))
    _, _, effects = through(state, canceled(first))
    assert placed(effects) == [["sell", "market", held]]
