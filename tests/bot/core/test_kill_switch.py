"""`halt` with `flatten`: stopped at once, closed once, latched, and the same after a restart at any step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.messages import CommandDone, FeedFailed, FeedOpened, Input, OrderRejected
from tests.support.risk import Desk, alerts, asked, limited, signal
from tests.support.trading import RULES, T0, bought, candle, command, filled, live_state, new_state, price, through

BUY, HALT = command("test_trade", side="buy"), command("halt", flatten=True)
AT = price(40_000)

STORIES: dict[str, Sequence[Input]] = {
    "with a position": [BUY, AT, HALT, AT, AT],
    "with a purchase on its way": [BUY, HALT, AT, AT, AT],
    "with a position and a purchase on its way": [BUY, AT, BUY, HALT, AT, AT, AT],
    "while it is being sold by hand": [BUY, AT, command("close_position"), HALT, AT, AT],
    "while the market is gone": [BUY, AT, FeedFailed(message="gone"), HALT, FeedOpened(rules=RULES), AT, AT],
    "twice": [BUY, AT, HALT, replace(HALT, id="again"), AT, AT],
    "stopped before": [BUY, AT, command("stop_bot"), HALT, AT, AT],
}
RESTARTS = [(name, number) for name, story in STORIES.items() for number in range(story.index(HALT), len(story) + 1)]


def told(story: Sequence[Input], restart_before: int | None = None) -> Desk:
    desk = Desk(live_state())
    for number, message in enumerate(story):
        if number == restart_before:
            desk.restart()
        desk.take(message)
    if restart_before == len(story):
        desk.restart()
    return desk


@pytest.mark.parametrize("name", STORIES)
def test_it_ends_halted_with_nothing_held_and_each_amount_sold_once(name: str) -> None:
    _check_closed(told(STORIES[name]))


def _check_closed(desk: Desk) -> None:
    account = desk.state.account
    assert desk.state.wire_state == "halted"
    assert (account.portfolio.lot, account.orders, account.flattening) == (None, (), False)
    assert len({order.id for order in desk.placed}) == len(desk.placed)
    bought_in_all = sum(order.amount for order in desk.placed if order.side == "buy")
    assert sum(order.amount for order in desk.placed if order.side == "sell") == bought_in_all


@pytest.mark.parametrize(("name", "number"), RESTARTS)
def test_a_restart_between_any_two_steps_changes_nothing(name: str, number: int) -> None:
    without, restarted = told(STORIES[name]), told(STORIES[name], number)
    assert restarted.state.account.portfolio == without.state.account.portfolio
    _check_closed(restarted)


def test_it_halts_even_where_nothing_can_be_sold() -> None:
    for state in (new_state(), through(bought(live_state()), FeedFailed(message="gone"))[0]):
        after, events, effects = through(state, HALT)
        assert isinstance(events[0], CommandDone)
        assert events[0].ok
        assert after.account.halted
        assert effects == []


def test_it_makes_no_entry_after_the_halt() -> None:
    halted = through(live_state(), HALT)[0]
    assert asked(halted)[2] == []


def test_a_refused_sale_is_tried_again_after_ten_seconds_and_not_at_every_price() -> None:
    state, _, effects = through(bought(live_state()), HALT)
    state = through(state, OrderRejected(order_id=effects[0].order.id, reason="busy"))[0]
    assert through(state, AT, price(40_000, T0 + 9_999))[2] == []
    _, _, again = through(state, price(40_000, T0 + 10_000))
    assert [placed.order.reason for placed in again] == ["Position closed by halt"]


def test_a_halt_that_closes_does_not_wait_for_what_a_stop_loss_was_refused() -> None:
    state, _, effects = through(bought(live_state()), price(39_000))
    state = through(state, OrderRejected(order_id=effects[0].order.id, reason="busy"))[0]
    assert len(through(state, HALT)[2]) == 1


def test_what_is_too_little_to_sell_is_told_once_and_stays() -> None:
    state = through(bought(live_state()), command("stop_bot"), price(20_000))[0]  # worth 3, the market takes 5
    state = through(state, OrderRejected(order_id=state.account.orders[0].id, reason="It is too small."))[0]
    state, events, effects = through(state, HALT, candle(0, 20_000), candle(1, 20_000))
    assert effects == []
    assert alerts(events) == [("warning", "Halted"), ("warning", "The halt leaves a rest")]
    assert not state.account.flattening


def test_resume_gives_up_what_is_not_yet_sold() -> None:
    state = through(bought(live_state()), FeedFailed(message="gone"), HALT, command("resume"))[0]
    state, _, effects = through(state, FeedOpened(rules=RULES), AT)
    assert effects == []
    assert state.account.portfolio.lot is not None
    assert state.wire_state == "running"


def test_halt_without_flatten_keeps_the_position_and_a_second_one_closes_it() -> None:
    state, _, effects = through(bought(live_state()), command("halt"), AT)
    assert effects == []
    _, events, effects = through(state, replace(HALT, id="again"))
    assert len(effects) == 1
    assert alerts(events) == [("warning", "Halted")]


def test_protection_that_sells_already_is_not_doubled() -> None:
    state, _, effects = through(bought(live_state()), price(39_000), HALT, price(38_000))
    assert [placed.order.purpose for placed in effects] == ["protection"]
    assert through(state, filled(effects[0].order, 39_000))[0].account.portfolio.lot is None


def test_stop_bot_finishes_what_is_in_flight_and_leaves_protection_in_place_over_a_restart() -> None:
    desk = Desk(limited(trailing_stop_pct=1))
    desk.take(candle(0, 40_000))
    desk.take(signal("enter"))
    states = []
    for message in (command("stop_bot"), AT):
        desk.take(message)
        states += [desk.state.wire_state]
    desk.restart()
    assert [*states, desk.state.wire_state] == ["stopping", "stopped", "stopped"]
    desk.take(candle(1, 40_000))
    desk.take(signal("enter", 1))
    desk.take(price(39_000))
    assert [order.purpose for order in desk.placed] == ["entry", "protection"]
