"""The exchange's balances beside the account's: when a difference counts, what it forbids, and when it is gone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core import reconciliation
from bot.core.limits import RiskLimits
from bot.core.messages import BalancesSeen, Said, SessionOpened
from bot.core.state import State, dump_account, load_account
from bot.core.view import message
from tests.support.balances import ELSEWHERE, differing, in_position, live, seen
from tests.support.orders import holding, leave, placed
from tests.support.risk import alerts, asked, refusal
from tests.support.trading import CONFIG, candle, command, live_state, price, through


def test_a_live_account_opens_with_what_is_there_and_leaves_what_was_there_before_alone() -> None:
    state = live_state(0, config=replace(CONFIG, mode="live"))
    state = replace(state, account=replace(state.account, is_opened=False))
    first = BalancesSeen(quote=Decimal(10_000), base=ELSEWHERE, portfolio=state.account.portfolio)
    state, events, _ = through(state, first)
    text = "The account opens with 10000 USDT; 0.5 BTC were there before and are left alone."
    assert events == [Said(level="info", message=text)]
    portfolio = state.account.portfolio
    assert [portfolio.deposit, portfolio.cash, portfolio.base] == [10_000, 10_000, 0]
    assert (state.account.base_elsewhere, state.account.is_opened) == (ELSEWHERE, True)
    assert through(state, command("close_position"))[2] == []
    assert reconciliation.difference(state, first) is None


def test_a_deposit_that_was_just_found_is_no_gain_of_the_day() -> None:
    risk = RiskLimits.model_validate({"daily_loss_limit_pct": 3})
    state = live(risk=risk)
    assert state.account.risk.day_start_equity == 10_000


def test_a_live_bot_that_has_not_looked_yet_makes_no_entry() -> None:
    state = live_state(config=replace(CONFIG, mode="live"))
    assert asked(state)[2] == []
    assert reconciliation.entry_refusal(state) == reconciliation.UNSEEN
    again = through(State(config=state.config, account=in_position().account), SessionOpened(run=True))[0]
    assert again.balances_seen is None


def test_what_agrees_is_not_mentioned_and_lets_entries_in() -> None:
    state, events, _ = through(live(), seen(live()), seen(live()))
    assert events == []
    assert len(asked(state)[2]) == 1


def test_in_paper_trading_nobody_looks_and_nothing_is_refused() -> None:
    assert len(asked(live_state())[2]) == 1
    assert reconciliation.entry_refusal(live_state()) is None


def test_a_difference_counts_once_it_was_seen_twice_and_is_alerted_once() -> None:
    state = live()
    state, events, _ = through(state, seen(state, quote="-1.5"))
    assert (events, state.account.difference) == ([], None)
    state, events, _ = through(state, *[seen(state, quote="-1.5")] * 3)
    assert alerts(events) == [("error", "The exchange and the journal differ")]
    sentence = (
        "The exchange holds 9998.5 USDT, 1.5 less than the journal's 10000: no new entries until it is settled;"
        " resume takes the exchange's figures over."
    )
    assert state.account.difference == message(state) == sentence
    assert refusal(asked(state)[1]) == sentence


def test_a_difference_that_is_another_each_time_counts_as_well_and_its_sentence_follows() -> None:
    state = live()
    state, events, _ = through(state, *[seen(state, quote=-number) for number in range(1, 5)])
    assert alerts(events) == [("error", "The exchange and the journal differ")]
    assert state.account.difference is not None
    assert "4 less than" in state.account.difference


def test_one_that_was_seen_before_and_after_a_fill_was_not_seen_twice() -> None:
    state = live()
    state = through(state, seen(state, quote=-1))[0]
    state = holding(state)
    state, events, _ = through(state, seen(state, quote=-1))
    assert (events, state.account.difference) == ([], None)


def test_what_was_seen_of_an_account_that_has_changed_since_is_not_judged() -> None:
    state = live()
    old = seen(state, quote=-1)
    state = holding(state)
    assert through(state, old, old)[0] == state


def test_it_is_settled_when_it_is_gone_and_told_once() -> None:
    state = differing(live(), base="0.1")
    state, events, _ = through(state, seen(state), seen(state))
    assert alerts(events) == [("success", "Settled")]
    assert len(asked(state)[2]) == 1


def test_a_difference_is_shown_while_a_person_has_halted_the_bot_too() -> None:
    state = through(live(), command("halt"))[0]
    state = through(state, seen(state, quote="-1.5"), seen(state, quote="-1.5"))[0]
    assert message(state) == state.account.difference
    assert message(state) is not None


def test_a_difference_forbids_no_exit() -> None:
    state = differing(in_position(), quote=5)
    for wish in (price(39_000), command("close_position"), command("halt", flatten=True)):
        assert len(placed(through(state, wish)[2])) == 1
    state = through(state, candle(1, 40_000))[0]
    assert len(placed(through(state, leave())[2])) == 1


def test_a_difference_is_still_there_after_a_restart_until_it_was_looked_at() -> None:
    state = differing(live(), quote=5)
    again = replace(state, account=load_account(dump_account(state.account)), balances_seen=None, suspected=None)
    assert again.account.difference == state.account.difference
    assert alerts(through(again, seen(again))[1]) == [("success", "Settled")]
