"""Limits: where they are placed, what becomes of one that is not filled in time, and that a restart changes nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.limits import RiskLimits
from bot.core.messages import FeedFailed, FeedOpened, Input, Notice, OrderClosed, OrderRejected, Said
from bot.core.state import State
from tests.support.orders import (
    ENTRY,
    asked_back,
    canceled,
    entering,
    execution,
    holding,
    killed,
    leave,
    opened,
    order_in,
    placed,
    quoted,
    restarted,
    with_policy,
)
from tests.support.risk import refusal
from tests.support.trading import RULES, T0, candle, command, filled, through, with_config

LATE = quoted(40_100, 40_110, at_s=200)
"""More than thirty seconds after any candle of these stories has closed."""


def limits(**fields: Any) -> State:
    return with_policy(entry="limit", exit="limit", **fields)


def late(state: State, price: Input = LATE) -> State:
    """The time of what rests is over: it was asked back."""
    return through(state, price)[0]


def leaving(state: State) -> tuple[State, Any]:
    """After the strategy wanted out: its order, which the exchange took."""
    state, _, effects = through(state, candle(1, 40_000), leave())
    (order,) = placed(effects)
    return through(state, opened(order))[0], order


def test_an_entry_waits_at_the_best_bid_on_the_grid_for_thirty_seconds() -> None:
    state = through(limits(), quoted("40000.017", "40010.013"))[0]
    _, order = entering(state)
    assert (order.type, order.side, order.price) == ("limit", "buy", Decimal("40000.01"))
    assert order.ends_ts is not None
    assert order.ends_ts - order.ts == 30_000


def test_an_exit_waits_at_the_best_ask_on_the_grid() -> None:
    state = through(holding(limits()), quoted("40000.017", "40010.013"))[0]
    _, order = leaving(state)
    assert (order.type, order.side, order.price) == ("limit", "sell", Decimal("40010.02"))
    assert order.amount == state.account.portfolio.base


def test_without_bid_and_ask_the_last_price_counts() -> None:
    state = replace(limits(), bid=None, ask=None)
    assert entering(state)[1].price == 40_000


def test_what_is_too_little_at_the_limits_price_is_refused_with_the_rule() -> None:
    # 5 at the ask of 40,010 and less at the bid of 30,000.
    state = through(with_policy(22, entry="limit"), quoted(30_000, 40_010))[0]
    _, events, effects = through(state, candle(0, 40_000), ENTRY)
    assert effects == []
    assert "below the market's minimum cost of 5" in refusal(events)


def test_nothing_is_asked_back_in_time_or_before_the_exchange_has_it() -> None:
    state, order = entering(limits())
    assert through(state, quoted(40_100, at_s=89))[2] == []
    unheard = replace(state, account=replace(state.account, orders=(replace(order, status="sent"),)))
    assert through(unheard, LATE)[2] == []


def test_one_that_is_late_is_asked_back_once_and_placed_anew_at_the_new_bid_with_what_is_left() -> None:
    state, order = entering(limits())
    state, _, effects = through(state, execution(order, "0.01"), LATE, LATE, quoted(40_200, at_s=210))
    assert asked_back(effects) == [order.id]
    state, events, effects = through(state, LATE, canceled(order))
    (again,) = placed(effects)
    assert (again.type, again.price, again.attempt) == ("limit", Decimal(40_100), 2)
    assert again.amount == order.amount - Decimal("0.01")
    assert again.filled_before == Decimal("0.01")
    assert again.ends_ts == LATE.ts + 30_000
    assert [type(event) for event in events] == [OrderClosed, Said]
    assert events[1] == Said(
        level="info",
        message=f"{order.id} was not filled in time: {again.amount} BTC are placed at a new price.",
    )


def test_a_fill_that_comes_while_it_is_asked_back_counts() -> None:
    state, order = entering(limits())
    state = late(state)
    state = through(state, execution(order, "0.02"))[0]
    (again,) = placed(through(state, canceled(order))[2])
    assert again.amount == order.amount - Decimal("0.02")
    whole = through(state, execution(order, order.amount - Decimal("0.02")), canceled(order))[0]
    assert whole.account.orders == ()
    assert whole.account.portfolio.base == order.amount


def given_up(state: State, times: int) -> tuple[State, list[Any], list[Any]]:
    """Late and taken back, so many times."""
    events: list[Any] = []
    effects: list[Any] = []
    for _ in range(times):
        (order,) = state.account.orders
        its_end = quoted(40_000, 40_010, at_s=((order.ends_ts or 0) - T0) // 1000)
        state, more_events, more_effects = through(state, opened(order), its_end, canceled(order))
        events += more_events
        effects += more_effects
    return state, events, effects


@pytest.mark.parametrize("reprices", [0, 1, 3])
def test_an_entry_is_placed_anew_as_often_as_is_set_and_then_given_up(reprices: int) -> None:
    state, _ = entering(limits(reprices=reprices))
    state, _, effects = given_up(state, reprices + 1)
    assert len(placed(effects)) == reprices
    assert state.account.orders == ()
    assert state.account.portfolio.lot is None
    assert state.account.parts == 0


def test_an_entry_that_is_given_up_keeps_what_it_filled_as_one_part() -> None:
    state, order = entering(limits(reprices=2))
    state = through(state, execution(order, "0.01"))[0]
    state, _, effects = given_up(state, 1)
    (second,) = placed(effects)
    state = through(state, execution(second, "0.02"))[0]
    state, _, _ = given_up(state, 2)
    assert state.account.portfolio.base == Decimal("0.03")
    assert state.account.parts == 1
    assert state.account.stop_price is not None


def test_an_entry_whose_rest_is_too_little_is_given_up_and_counts_as_a_part() -> None:
    state, order = entering(limits())
    state = late(through(state, execution(order, order.amount - Decimal("0.0001")))[0])
    state, events, effects = through(state, canceled(order))
    assert placed(effects) == []
    assert isinstance(events[-1], Said)
    assert "4.01 USDT is 0.99 USDT below the market's minimum cost of 5" in events[-1].message
    assert state.account.parts == 1


@pytest.mark.parametrize("reprices", [0, 2])
def test_an_exit_is_placed_anew_as_often_as_is_set_and_then_sold_at_the_market(reprices: int) -> None:
    state, first = leaving(holding(limits(reprices=reprices)))
    state, _, effects = given_up(state, reprices + 1)
    orders = placed(effects)
    assert [order.type for order in orders] == ["limit"] * reprices + ["market"]
    assert {(order.amount, order.reason, order.parts) for order in orders} == {(first.amount, "the other rule", 1)}
    state = through(state, filled(orders[-1], 39_990))[0]
    assert (state.account.portfolio.lot, state.account.parts) == (None, 0)


STOPS: dict[str, list[Input]] = {
    "stopped by hand": [command("stop_bot")],
    "halted": [command("halt")],
    "halted for good": [command("halt", flatten=True)],
    "the market has gone": [FeedFailed(message="gone")],
}


@pytest.mark.parametrize("name", STOPS)
def test_no_entry_is_placed_anew_where_none_would_be_made(name: str) -> None:
    state, order = entering(limits())
    before, after = (
        through(state, LATE, *STOPS[name], canceled(order)),
        through(state, *STOPS[name], LATE, canceled(order)),
    )
    for _, _, effects in (before, after):
        assert placed(effects) == []
        assert asked_back(effects) == [order.id]


def test_an_entry_that_is_placed_anew_asks_the_limits_on_risk_again() -> None:
    state, order = entering(limits())
    limited = with_config(late(state), risk=RiskLimits.model_validate({"max_position_pct": 1}))
    (again,) = placed(through(limited, canceled(order))[2])
    assert again.amount * 40_110 <= 100
    assert "max_position_pct 1" in again.reason
    differing = replace(late(state), account=replace(late(state).account, difference="The books differ."))
    differing = with_config(replace(differing, balances_seen=None), mode="live")
    _, events, effects = through(differing, canceled(order))
    assert placed(effects) == []
    assert any("not been compared" in event.message for event in events if isinstance(event, Said))


def test_an_exit_asks_nobody() -> None:
    state, order = leaving(holding(limits()))
    state = with_config(late(state), mode="live")
    state = through(replace(state, account=replace(state.account, difference="The books differ.")))[0]
    assert len(placed(through(state, canceled(order))[2])) == 1


def test_an_exit_signal_takes_a_resting_entry_back_and_sells_what_it_had_filled() -> None:
    state, entry = entering(limits())
    state = through(state, execution(entry, "0.02"))[0]
    state, _, effects = through(state, candle(1, 40_000), leave())
    (sale,) = placed(effects)
    assert asked_back(effects) == [entry.id]
    assert sale.amount == Decimal("0.02")


@pytest.mark.parametrize("is_filled_whole", [False, True])
def test_what_an_entry_still_brings_while_an_exit_takes_it_back_is_sold_as_well(is_filled_whole: bool) -> None:
    state, entry = entering(limits())
    state, _, effects = through(state, candle(1, 40_000), leave())
    assert (asked_back(effects), placed(effects)) == ([entry.id], [])
    brought = entry.amount if is_filled_whole else Decimal("0.03")
    state, _, effects = through(state, execution(entry, brought), canceled(entry))
    (sale,) = placed(effects)
    assert (sale.amount, sale.reason, sale.type) == (brought, "the other rule", "limit")


def test_a_test_trade_that_sells_leaves_an_exit_alone_that_sells_all() -> None:
    state, _ = leaving(holding(limits()))
    _, events, effects = through(state, command("test_trade", side="sell"))
    assert effects == []
    assert events[0].error == "The position is being sold already: wait for that order."  # type: ignore[union-attr]


def test_a_second_exit_waits_beside_the_first_and_sells_of_what_is_left() -> None:
    state = holding(limits(config={"max_parts": 3}))
    base = state.account.portfolio.base
    state = replace(state, account=replace(state.account, parts=3))
    state, _, effects = through(state, candle(1, 40_000), leave(parts=1), candle(2, 40_000), leave(2, parts=1))
    first, second = placed(effects)
    assert asked_back(effects) == []
    assert (first.parts, second.parts) == (1, 1)
    assert abs(first.amount - base / 3) < RULES.amount_step
    assert abs(second.amount - (base - first.amount) / 2) < RULES.amount_step


def test_an_exit_that_is_said_again_leaves_the_one_that_rests_alone() -> None:
    state, _ = leaving(holding(limits()))
    assert through(state, candle(2, 40_000), leave(2))[2] == []


def test_stop_bot_takes_resting_entries_back_and_is_stopping_until_the_exchange_has_said_so() -> None:
    state, entry = entering(limits())
    state, _, effects = through(state, command("stop_bot"))
    assert asked_back(effects) == [entry.id]
    assert state.wire_state == "stopping"
    assert through(state, canceled(entry))[0].wire_state == "stopped"


def test_stop_bot_leaves_an_exit_to_finish() -> None:
    state, order = leaving(holding(limits()))
    state, _, effects = through(state, command("stop_bot"))
    assert (effects, state.wire_state) == ([], "stopping")
    assert through(state, filled(order, 40_010))[0].wire_state == "stopped"


def test_a_session_that_does_not_trade_takes_resting_entries_back() -> None:
    state, entry = entering(limits())
    state = through(state, command("stop_bot"))[0]
    again = restarted(state)
    assert again.wire_state == "stopping"
    assert order_in(again, entry).status == "canceling"
    assert through(again, canceled(entry))[0].wire_state == "stopped"


def test_a_drawdown_stop_takes_back_what_rests_as_a_halt_does() -> None:
    risk = RiskLimits.model_validate({"max_drawdown_stop_pct": 1})
    state = holding(with_policy(entry="limit", config={"risk": risk, "stop_loss_pct": None, "max_parts": 2}))
    adding = replace(ENTRY, candle_ts=candle(1, 1).ts, adds=True)
    state, _, effects = through(state, candle(1, 40_000), adding)
    (entry,) = placed(effects)
    state, _, effects = through(state, opened(entry), quoted(30_000))
    assert state.account.halted
    assert asked_back(effects) == [entry.id]


@pytest.mark.parametrize("answers", ["canceled", "filled a little", "filled whole"])
def test_a_stop_loss_takes_a_resting_exit_back_first_and_then_sells_all(answers: str) -> None:
    state, order = leaving(holding(limits()))
    held = state.account.portfolio.base
    state, _, effects = through(state, quoted(39_000), quoted(38_900))
    assert (asked_back(effects), placed(effects)) == ([order.id], [])
    sold = {"canceled": Decimal(0), "filled a little": Decimal("0.01"), "filled whole": held}[answers]
    told = [execution(order, sold, 40_010)] if sold else []
    state, events, effects = through(state, *told, canceled(order))
    assert state.account.wanted_exit is None
    if sold == held:
        assert placed(effects) == []
        assert state.account.portfolio.lot is None
        assert not [event for event in events if isinstance(event, Notice)]
        return
    (sale,) = placed(effects)
    assert (sale.type, sale.purpose, sale.amount) == ("market", "protection", held - sold)
    assert sale.worst_price == 39_000


def test_a_stop_loss_takes_a_resting_entry_back_and_sells_what_it_still_brings() -> None:
    state, entry = entering(limits())
    state, _, effects = through(state, execution(entry, "0.02"), quoted(39_000))
    (first,) = placed(effects)
    assert (asked_back(effects), first.purpose) == ([entry.id], "protection")
    state, _, effects = through(state, execution(entry, "0.01"), filled(first, 39_000), canceled(entry))
    (second,) = placed(effects)
    assert second.amount == Decimal("0.01")
    assert second.reason == first.reason


def test_closing_by_hand_takes_back_all_that_rests_and_sells_at_the_market() -> None:
    state, order = leaving(holding(limits()))
    state, events, effects = through(state, command("close_position"))
    assert events[0].data == {"order_id": None, "side": "sell"}  # type: ignore[union-attr]
    assert (asked_back(effects), placed(effects)) == ([order.id], [])
    (sale,) = placed(through(state, canceled(order))[2])
    assert (sale.type, sale.purpose, sale.amount) == ("market", "close", state.account.portfolio.base)
    _, events, _ = through(state, command("close_position"))
    assert events[0].error == "The position is being sold already: wait for that order."  # type: ignore[union-attr]


def test_an_exit_that_was_late_while_the_market_was_away_is_placed_once_it_is_back() -> None:
    state, order = leaving(holding(limits()))
    state, _, effects = through(late(state), FeedFailed(message="gone"), canceled(order))
    assert placed(effects) == []
    (again,) = placed(through(state, FeedOpened(rules=RULES))[2])
    assert (again.amount, again.reason, again.parts) == (order.amount, "the other rule", 1)


@pytest.mark.parametrize("purpose", ["exit", "close", "protection"])
def test_a_sale_that_was_lost_on_the_way_is_sent_anew(purpose: str) -> None:
    wishes: dict[str, Input] = {"exit": leave(), "close": command("close_position"), "protection": quoted(39_000)}
    state, _, effects = through(holding(with_policy()), candle(1, 40_000), wishes[purpose])
    (lost,) = placed(effects)
    state, events, effects = through(
        state, OrderRejected(order_id=lost.id, reason="lost", never_arrived=True), quoted(39_000)
    )
    (again,) = placed(effects)
    assert (again.amount, again.purpose) == (lost.amount, purpose)
    assert again.id != lost.id
    assert Notice(level="warning", title="Order to sell lost", message="lost") in events


def _stories() -> dict[str, tuple[State, list[Any]]]:
    entry_state, entry = entering(limits(reprices=1))
    exit_state, sale = leaving(holding(limits(reprices=0)))
    back = quoted(40_000, 40_010, at_s=201)
    return {
        "an entry that is late": (entry_state, [execution(entry, "0.01", name="a"), LATE, canceled(entry), back]),
        "an entry that an exit takes back": (
            entry_state, [candle(1, 40_000), leave(), execution(entry, "0.02", name="a"), canceled(entry), back],
        ),
        "an exit that is late": (exit_state, [execution(sale, "0.01", name="a"), LATE, canceled(sale), back]),
        "a stop loss over an exit": (exit_state, [quoted(39_000), canceled(sale), quoted(39_000, at_s=201)]),
        "a close over an exit": (exit_state, [command("close_position"), canceled(sale), back]),
        "a bot that is stopping": (entry_state, [command("stop_bot"), canceled(entry), back]),
    }  # fmt: skip


@pytest.mark.parametrize("name", _stories())
def test_a_kill_at_any_moment_leads_to_the_same_orders_and_the_same_account(name: str) -> None:
    start, story = _stories()[name]
    through_end, _, effects = through(start, *story)
    for cut in range(1, len(story) + 1):
        before, _, first = through(start, *story[:cut])
        after, _, second = through(
            killed(before), FeedOpened(rules=RULES), quoted(40_000, 40_010, at_s=199), *story[cut:]
        )
        assert _essence(placed([*first, *second])) == _essence(placed(effects)), f"killed after {story[cut - 1]}"
        assert after.account.portfolio == through_end.account.portfolio
        assert after.wire_state == through_end.wire_state


def _essence(orders: list[Any]) -> list[Any]:
    return [
        (order.id, order.side, order.amount, order.type, order.purpose, order.reason, order.parts) for order in orders
    ]


def test_a_fill_before_the_market_has_answered_leaves_a_protected_position() -> None:
    state, order = entering(limits())
    after = through(killed(state), filled(order, 40_000))[0]
    assert (after.account.stop_price, after.account.take_profit_price) == (Decimal(39_200), Decimal(41_600))


def test_dust_is_written_off_also_where_the_last_fill_comes_before_the_market_has_answered() -> None:
    state, entry = entering(limits())
    state = through(state, replace(filled(entry, 40_000), fee=Decimal("0.00000123"), fee_currency="BTC"))[0]
    state, order = leaving(state)
    after = through(killed(state), filled(order, 40_010))[0]
    assert after.account.portfolio.lot is None
    assert after.account.portfolio.dust == Decimal("0.00000877")


def test_a_piece_of_a_given_up_entry_that_is_too_little_to_sell_does_not_bar_the_next_entry() -> None:
    state, first = entering(limits(reprices=0))
    state = late(through(state, execution(first, "0.0001"))[0])  # worth 4, the market takes 5
    state = through(state, canceled(first), candle(1, 40_000))[0]
    assert state.account.parts == 1
    state, _, effects = through(state, replace(ENTRY, candle_ts=candle(1, 1).ts))
    (second,) = placed(effects)
    state = through(state, filled(second, 40_000))[0]
    assert state.account.portfolio.base == Decimal("0.0001") + second.amount
    assert state.account.parts == 1
    assert through(state, candle(2, 40_000), replace(ENTRY, candle_ts=candle(2, 1).ts))[2] == []
