"""The limits on entries: each refuses with its values, none refuses an exit, and off they change nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.core.messages import CommandDone, FeedFailed, FeedOpened, OrderClosed
from bot.core.state import State
from bot.core.view import status, status_key
from bot.events import Trade
from tests.support.risk import alerts, asked, entered, limited, refusal, signal
from tests.support.trading import MINUTE, RULES, T0, bought, candle, command, filled, live_state, price, through

MIDNIGHT = (T0 // 86_400_000 + 1) * 86_400_000


def lost(state: State, number: int) -> State:
    """The state after a round trip at a loss, begun on candle `number` and ended before the next."""
    state = entered(state, number)
    state, _, effects = through(state, command("close_position"))
    return through(state, filled(effects[0].order, 39_900))[0]


def message(state: State) -> str | None:
    return status(state, status_id="s", exchange="x", timeframe="1m", strategy="y", feed_age_ms=None).message


def test_risk_per_trade_sizes_an_entry_to_lose_that_much_at_its_stop() -> None:
    _, _, (order,) = asked(limited(risk_per_trade_pct="0.2"))
    assert order.amount == Decimal("0.02500")  # 0.2 % of 10,000 is 20; the stop at 2 % is 800 under 40,000
    assert order.reason == ("the rule; sized to lose at most 20.00 USDT at the stop 39,200.00 (risk_per_trade_pct 0.2)")
    assert order.amount * (40_000 - 39_200) == 20


def test_risk_per_trade_measures_by_the_nearer_of_stop_loss_and_trailing_stop() -> None:
    _, _, (order,) = asked(limited(risk_per_trade_pct="0.2", trailing_stop_pct=1))
    assert order.amount == Decimal("0.05000")
    _, _, (order,) = asked(limited(risk_per_trade_pct="0.2", trailing_stop_pct=1, trailing_activation_pct=1))
    assert order.amount == Decimal("0.02500")


def test_the_stake_bounds_what_the_risk_would_allow() -> None:
    _, _, (order,) = asked(limited(risk_per_trade_pct=10))
    assert order.amount == Decimal("0.06243")
    assert order.reason == "the rule"


def test_risk_per_trade_without_a_stop_is_refused_with_what_to_do() -> None:
    _, events, orders = asked(limited(risk_per_trade_pct=1, config={"stop_loss_pct": None}))
    assert orders == []
    assert refusal(events).startswith("risk_per_trade_pct is 1 and there is no stop below the entry")


def test_an_entry_is_cut_to_what_the_position_may_be_worth() -> None:
    _, _, (order,) = asked(limited(max_position_pct=10))
    assert order.amount == Decimal("0.02500")
    assert order.reason == "the rule; cut to what the position may be worth (max_position_pct 10, 1,000.00 USDT)"


def test_an_entry_cut_under_the_markets_minimum_is_refused_with_both_reasons() -> None:
    _, events, orders = asked(limited(max_position_pct="0.02"))
    assert orders == []
    assert refusal(events) == (
        "The entry was cut to what the position may be worth (max_position_pct 0.02, 2.00 USDT), and 2 USDT is"
        " 3 USDT below the market's minimum cost of 5."
    )


def test_a_position_over_its_maximum_is_not_added_to_by_hand_either() -> None:
    state = entered(limited(max_position_pct=10))
    done = through(state, price(41_000), command("test_trade", side="buy"))[1][-1]
    assert isinstance(done, CommandDone)
    assert done.error is not None
    assert done.error.startswith("The position is worth 1,025.00 USDT, 22.60 USDT over the most it may be")


def test_a_purchase_on_its_way_counts_as_held_for_the_position() -> None:
    state = through(limited(max_position_pct="0.1"), command("test_trade", side="buy"))[0]
    done = through(state, command("test_trade", side="buy"))[1][0]
    assert isinstance(done, CommandDone)
    assert done.error is not None
    assert done.error.startswith(
        "The entry was cut to what the position may be worth (max_position_pct 0.1, 10.00 USDT)"
    )


def test_orders_on_their_way_are_counted_against_max_open_orders() -> None:
    state = through(limited(max_open_orders=2), *[command("test_trade", side="buy")] * 2)[0]
    done = through(state, command("test_trade", side="buy"))[1][0]
    assert isinstance(done, CommandDone)
    assert done.error == (
        "2 orders are on their way and max_open_orders is 2: no new entry before one of them is done."
    )
    held = bought(limited(max_open_orders=1))
    assert len(through(held, command("close_position"))[2]) == 1


def test_the_daily_loss_limit_ends_entries_until_midnight_and_says_so_once() -> None:
    state = entered(limited(daily_loss_limit_pct="0.3", config={"stop_loss_pct": None}))
    state, events, _ = through(state, price(39_600), price(39_400), price(39_300), price(40_500))
    assert alerts(events) == [("warning", "Daily loss limit")]
    words = (
        "The account fell by 0.40 % since the UTC day began, from 10,000.00 USDT to 9,960.04 USDT, and"
        " daily_loss_limit_pct is 0.3: no new entries until 00:00 UTC."
    )
    assert message(state) == words
    state, events, (sale,) = through(state, candle(1, 40_500), signal("exit", 1))  # an exit is never refused
    state = through(state, filled(sale.order, 40_500))[0]
    state, events, orders = asked(state, 2)
    assert orders == []
    assert refusal(events) == words
    state = through(state, price(40_000, MIDNIGHT))[0]
    assert message(state) is None
    assert len(asked(state, (MIDNIGHT - T0) // MINUTE)[2]) == 1


def test_a_late_price_of_yesterday_does_not_begin_yesterday_again() -> None:
    state = entered(limited(daily_loss_limit_pct="0.3", config={"stop_loss_pct": None}))
    state = through(state, price(40_000, MIDNIGHT), price(39_000, MIDNIGHT + 1), price(39_000, MIDNIGHT - 1))[0]
    state, events, _ = through(state, price(39_000, MIDNIGHT + 2))
    assert events == []
    assert message(state) is not None


def test_a_daily_loss_limit_that_was_raised_over_the_loss_lets_go() -> None:
    state = through(entered(limited(daily_loss_limit_pct="0.3", config={"stop_loss_pct": None})), price(39_000))[0]
    raised = limited(daily_loss_limit_pct=2).config
    assert message(state) is not None
    assert message(State(config=raised, account=state.account)) is None


def test_the_drawdown_stop_halts_the_bot_until_resume_and_the_peak_starts_anew() -> None:
    state = entered(limited(max_drawdown_stop_pct=1, config={"stop_loss_pct": None, "take_profit_pct": None}))
    state = through(state, price(48_000))[0]  # the peak: about 10,497
    state, events, _ = through(state, price(46_400), price(46_300), price(46_000))
    assert alerts(events) == [("error", "Halted by the drawdown stop")]
    assert state.wire_state == "halted"
    assert message(state) == (
        "Equity of 10,390.81 USDT is 1.01 % under its peak of 10,496.94 USDT, and max_drawdown_stop_pct is 1:"
        " no entries until resume; protection stays active."
    )
    state, events, _ = through(state, command("resume"), price(46_000), price(45_000))
    assert alerts(events) == []
    assert (state.wire_state, message(state)) == ("running", None)
    assert through(state, price(44_000))[0].wire_state == "halted"


def test_a_cooldown_begins_after_losses_in_a_row_and_lasts_its_candles() -> None:
    state = lost(limited(cooldown_losses=2, cooldown_candles=3), 0)
    state, events, effects = through(entered(state, 1), command("close_position"))
    state, events, _ = through(state, filled(effects[0].order, 39_900))
    assert alerts(events) == [("warning", "Cooldown")]
    words = (
        "2 round trips in a row were lost, as many as cooldown_losses: no new entries for 3 candles after the last of"
        " them (cooldown_candles)."
    )
    assert message(state) == words


@pytest.mark.parametrize("second", [0, 1, 59_999])
def test_a_cooldown_is_as_many_candles_long_wherever_the_loss_was_made(second: int) -> None:
    state = entered(limited(cooldown_losses=1, cooldown_candles=3))
    state, _, effects = through(state, command("close_position"))
    sale = filled(effects[0].order, 39_900)
    state = through(state, type(sale)(**{**_fields(sale), "ts": T0 + MINUTE + second}))[0]  # while candle 1 forms
    entries = []
    for number in range(1, 7):
        state, _, orders = asked(state, number)
        entries += [number] if orders else []
    assert entries[0] == 4


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def test_a_gain_ends_a_run_of_losses() -> None:
    state = lost(limited(cooldown_losses=2, cooldown_candles=3), 0)
    state, _, effects = through(entered(state, 1), command("close_position"))
    state = through(state, filled(effects[0].order, 42_000))[0]
    assert len(asked(lost(state, 2), 3)[2]) == 1


def test_no_entry_on_a_candle_that_closed_long_after_the_newest_price() -> None:
    state, events, orders = asked(limited(max_feed_age_ms=3_000))  # the last price came when the candle opened
    assert orders == []
    assert refusal(events) == (
        "The newest price is older than the signal's candle by 60000 ms and max_feed_age_ms is 3000:"
        " no entry on old data."
    )
    state = through(state, price(40_000, T0 + 2 * MINUTE - 1))[0]
    assert len(asked(state, 1)[2]) == 1


def test_no_entry_on_a_candle_that_closed_long_before_the_newest_price() -> None:
    state = through(limited(max_feed_age_ms=3_000), price(40_000, T0 + 2 * MINUTE))[0]
    _, events, orders = asked(state)
    assert orders == []
    assert refusal(events).startswith("The signal's candle had closed before the newest price by 60000 ms")


def test_no_entry_before_the_first_price_of_a_session() -> None:
    config = limited(max_feed_age_ms=3_000).config
    state = State(config=config, account=live_state().account)
    _, events, orders = asked(through(state, FeedOpened(rules=RULES))[0])
    assert orders == []
    assert refusal(events).startswith("No price has come since the start and max_feed_age_ms is 3000")


def test_a_start_acts_on_no_signal_once_the_market_has_been_silent() -> None:
    state = through(limited(max_feed_age_ms=3_000), command("stop_bot"), price(40_000, T0 + MINUTE))[0]
    state = asked(state)[0]
    _, events, effects = through(state, command("start_bot", feed_age_ms=3_001))
    assert effects == []
    assert refusal(events).startswith("The market has been silent for 3001 ms and max_feed_age_ms is 3000")
    assert len(through(state, command("start_bot", feed_age_ms=3_000))[2]) == 1


def test_a_price_ends_the_silence_that_a_command_told_of() -> None:
    state = through(limited(max_feed_age_ms=3_000), command("start_bot", feed_age_ms=9_000))[0]
    assert len(asked(through(state, price(40_000, T0 + MINUTE))[0])[2]) == 1


def test_no_entry_while_the_market_is_gone() -> None:
    _, events, orders = asked(through(limited(max_feed_age_ms=3_000), FeedFailed(message="No answer."))[0])
    assert orders == []
    assert refusal(events).startswith("The market is not there (No answer.)")


def test_without_limits_prices_leave_the_account_as_it_is() -> None:
    state = bought(live_state())
    after = through(state, price(40_500), price(41_000, MIDNIGHT), price(39_500))[0]
    assert after.account is state.account


def test_the_message_of_a_limit_does_not_change_with_the_prices() -> None:
    state = entered(limited(daily_loss_limit_pct="0.3", config={"stop_loss_pct": None}))
    struck = through(state, price(39_000))[0]
    assert status_key(struck) != status_key(state)
    assert status_key(through(struck, price(38_000), price(38_500))[0]) == status_key(struck)


def test_an_entry_that_is_filled_over_a_gap_is_no_loss_of_the_day_and_no_drawdown() -> None:
    state = limited(daily_loss_limit_pct=1, max_drawdown_stop_pct=1, config={"take_profit_pct": None})
    state, _, (order,) = asked(state)
    state, events, _ = through(state, filled(order, 42_000), price(42_000))
    assert [type(event) for event in events] == [Trade, OrderClosed]
    assert not state.account.halted
    assert state.account.risk.day_limit_equity is None


def test_what_a_sale_over_a_gap_leaves_is_measured_where_it_was_sold() -> None:
    state = entered(limited(max_drawdown_stop_pct=1, config={"stop_loss_pct": None}))
    state, _, (sale,) = through(state, command("test_trade", side="sell"))
    assert through(state, filled(sale.order, 38_000))[0].account.halted
