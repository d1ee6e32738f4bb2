"""What each command does, and the sentence where it does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.commands import InvalidCommand, parse_command
from bot.core.messages import Command, CommandDone, FeedEnded, FeedFailed
from bot.core.state import State
from tests.support.trading import CONFIG, RULES, bought, command, filled, live_state, new_state, price, through


def outcome(state: State, asked: Command) -> CommandDone:
    done = through(state, asked)[1][0]
    assert isinstance(done, CommandDone)
    return done


def refusal(state: State, asked: Command) -> str:
    done = outcome(state, asked)
    assert not done.ok
    assert done.error is not None
    return done.error


def test_a_test_buy_is_a_little_over_the_least_that_the_market_takes() -> None:
    _, _, effects = through(live_state(), command("test_trade", side="buy"))
    order = effects[0].order
    assert RULES.min_cost <= order.amount * 40_000 <= RULES.min_cost * 2
    assert order.purpose == "test"


def test_a_test_trade_works_while_the_strategy_is_stopped() -> None:
    assert outcome(live_state(run=False), command("test_trade", side="buy")).ok


def test_a_test_trade_without_a_side_buys() -> None:
    assert outcome(live_state(), command("test_trade")).data["side"] == "buy"


def test_a_test_buy_extends_a_position_and_a_test_sale_takes_part_of_it() -> None:
    state = bought(bought(live_state()))
    held = state.account.portfolio.base
    state, _, effects = through(state, command("test_trade", side="sell"))
    assert 0 < effects[0].order.amount < held
    assert through(state, filled(effects[0].order, 40_000))[0].account.portfolio.base > 0


def test_a_test_sale_takes_all_where_the_rest_would_be_too_little_to_sell() -> None:
    state = bought(live_state())
    _, _, effects = through(state, command("test_trade", side="sell"))
    assert effects[0].order.amount == state.account.portfolio.base


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_several_test_trades_at_once_never_promise_the_same_money_twice(side: str) -> None:
    state = live_state(12) if side == "buy" else bought(live_state())
    first, second = through(state, *[command("test_trade", side=side)] * 2)[1][:2]
    assert isinstance(first, CommandDone)
    assert isinstance(second, CommandDone)
    assert (first.ok, second.ok) == (True, False)


def test_why_there_is_no_test_trade() -> None:
    assert refusal(new_state(), command("test_trade")).startswith("There is no price yet")
    assert (
        refusal(live_state(), command("test_trade", side="sell")) == "There is nothing to sell: the bot holds no BTC."
    )
    assert refusal(live_state(1), command("test_trade")).startswith("The smallest test trade costs 6.06")
    live = live_state(config=replace(CONFIG, mode="live"))
    assert refusal(live, command("test_trade")).startswith("A test trade is for paper and simulated only")
    halted = through(live_state(), command("halt"))[0]
    assert refusal(halted, command("test_trade")).startswith("The bot is halted")
    away = through(live_state(), FeedFailed(message="No answer."))[0]
    assert "No answer." in refusal(away, command("test_trade"))


def test_a_position_that_became_worth_too_little_says_by_how_much() -> None:
    state = through(bought(live_state()), price(20_000))[0]
    state = replace(state, account=replace(state.account, orders=()))
    assert "below the market's minimum cost of 5" in refusal(state, command("test_trade", side="sell"))


def test_a_position_that_is_being_sold_is_not_sold_again() -> None:
    state = through(bought(live_state()), command("close_position"))[0]
    assert refusal(state, command("close_position")) == "The position is being sold already: wait for that order."


def test_start_is_refused_while_halted_and_after_the_market_has_ended() -> None:
    halted = through(live_state(), command("halt"))[0]
    assert refusal(halted, command("start_bot")) == "The bot is halted: resume it first."
    ended = through(live_state(), FeedEnded(message="The file is over: name another."))[0]
    assert refusal(ended, command("start_bot")) == "The file is over: name another."


def test_start_and_stop_twice_are_both_fine() -> None:
    state, events, _ = through(live_state(), command("stop_bot"), command("stop_bot"), command("start_bot"))
    outcomes = [event for event in events if isinstance(event, CommandDone)]
    assert [done.data["state"] for done in outcomes] == ["stopped", "stopped", "running"]
    assert state.wire_state == "running"


def test_halt_with_flatten_sells_and_resume_goes_on_as_before() -> None:
    state, _, effects = through(bought(live_state()), command("halt", flatten=True))
    assert effects[0].order.amount == state.account.portfolio.base
    assert state.wire_state == "halted"
    assert through(state, command("resume"))[0].wire_state == "running"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("1", "dance", {}), "dance is not a command of the bot; it takes start_bot, stop_bot, test_trade,"),
        (("1", ["x"], {}), "['x'] is not a command of the bot"),
        (("1", "halt", "now"), "halt.args: must be an object."),
        (("1", "halt", {"flatten": "perhaps"}), "halt.flatten: must be true or false."),
        (("1", "test_trade", {"side": "up"}), "test_trade.side: must be buy or sell."),
        (("", "halt", {}), "halt.id: "),
        ((None, "halt", {}), "halt.id: "),
    ],
)
def test_what_is_no_command_gets_a_sentence(given: tuple[Any, Any, Any], sentence: str) -> None:
    with pytest.raises(InvalidCommand) as error:
        parse_command(*given)
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)


def test_a_command_without_arguments_is_complete() -> None:
    assert parse_command("1", "stop_bot", None) == Command(id="1", name="stop_bot")


def test_the_amount_of_an_order_is_on_the_markets_grid() -> None:
    _, _, effects = through(live_state(at="41234.57"), command("test_trade"))
    assert effects[0].order.amount % RULES.amount_step == Decimal(0)
