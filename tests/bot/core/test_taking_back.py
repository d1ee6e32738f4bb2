"""What rests is taken back for what cannot wait: exits, stops, closes; and a kill at any moment changes nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.limits import RiskLimits
from bot.core.messages import FeedOpened, Notice
from bot.core.state import State
from tests.support.balances import differing
from tests.support.orders import (
    ENTRY,
    LATE,
    asked_back,
    canceled,
    entering,
    execution,
    holding,
    killed,
    leave,
    leaving,
    limits,
    opened,
    order_in,
    placed,
    quoted,
    restarted,
    with_policy,
)
from tests.support.trading import RULES, candle, command, filled, through


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


def adding() -> tuple[State, Any]:
    """A position, an entry that adds to it and rests, and a day that may lose 1 %."""
    risk = RiskLimits.model_validate({"daily_loss_limit_pct": 1})
    state = holding(with_policy(entry="limit", config={"risk": risk, "stop_loss_pct": None, "max_parts": 2}))
    state, _, effects = through(state, candle(1, 40_000), replace(ENTRY, candle_ts=candle(1, 1).ts, adds=True))
    (entry,) = placed(effects)
    return through(state, opened(entry))[0], entry


def test_the_days_loss_limit_takes_resting_entries_back_once_and_leaves_exits_alone() -> None:
    state, entry = adding()
    state, _, effects = through(state, quoted(38_000), quoted(37_900))
    assert asked_back(effects) == [entry.id]
    assert not state.account.halted
    state, _ = leaving(holding(limits(config={"risk": state.config.risk, "stop_loss_pct": None})))
    state, _, effects = through(state, quoted(38_000))
    assert state.account.risk.day_limit_equity is not None
    assert effects == []


def test_a_difference_with_the_exchange_leaves_a_resting_entry_where_it_is() -> None:
    state, entry = adding()
    state = replace(state, config=replace(state.config, mode="live"))
    assert through(differing(state, quote=5), quoted(40_000))[2] == []
    assert order_in(state, entry).status == "open"
