"""The limits as they are set, remembered and documented."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from bot.core.limits import RiskLimits, RiskRecord, is_fallen, is_risen, raised_peak
from bot.core.messages import FeedOpened
from bot.core.state import dump_account, load_account
from tests.support.processes import ROOT
from tests.support.risk import Desk, entered, limited
from tests.support.trading import RULES, candle, command, price, through

BEFORE_LIMITS = """{"id_prefix":"bot-1-abc","portfolio":{"deposit":"10000","cash":"9993.99400","lot":{
"bought":"0.00015","cost":"6.00000","fees":"0.00600","entry_ts":1699999980001,"sold":"0","released_cost":"0","released_fees":"0"},
"realized_pnl":"0","fees_paid":"0.00600","trip_pnl":"0"},"statistics":{"started_ts":1699999980000,"wins":0,"losses":0,
"evens":0,"gross_profit":"0","gross_loss":"0","peak_equity":"10000.00900","last_equity":"10000.00900",
"max_drawdown_pct":0.0,"candles":1,"candles_in_market":1,"candle_equity":"10000.00900","returns":0,"return_mean":0.0,
"return_m2":0.0},"orders":[],"order_count":1,"run":"running","halted":false,"stop_price":"39200.00",
"take_profit_price":"41600.00","last_candle_ts":1699999980000,"acted_candle_ts":null,"exit_refused":false}"""


def test_an_account_that_was_written_before_there_were_limits_still_loads() -> None:
    account = load_account(BEFORE_LIMITS)
    assert (account.risk, account.halt_reason, account.flattening) == (RiskRecord(), None, False)
    assert account.stop_price == Decimal("39200.00")


def test_an_account_that_was_written_while_an_exit_was_refused_tries_it_again_at_once() -> None:
    account = load_account(BEFORE_LIMITS.replace('"exit_refused":false', '"exit_refused":true'))
    assert (account.exit_refused_ts, account.exit_refusals) == (None, 0)


def test_what_the_limits_remember_comes_back() -> None:
    desk = Desk(entered(limited(trailing_stop_pct=5, daily_loss_limit_pct=1, max_drawdown_stop_pct=2)))
    for message in (price(41_000), price(39_500), price(36_000), command("halt", flatten=True)):
        desk.take(message)
    account = desk.state.account
    assert None not in (account.risk.day_limit_equity, account.risk.peak_equity, account.halt_reason)
    assert load_account(dump_account(account)) == account


@pytest.mark.parametrize(
    "given",
    [
        {"max_position_pct": 0},
        {"max_position_pct": 101},
        {"max_position_pct": True},
        {"max_position_pct": "NaN"},
        {"daily_loss_limit_pct": 100},
        {"max_open_orders": 0},
        {"max_open_orders": 1.5},
        {"max_feed_age_ms": -1},
        {"max_position": 5},
        {"cooldown_losses": 3},
        {"cooldown_candles": 3},
        {"trailing_activation_pct": 1},
    ],
)
def test_what_can_be_no_limit_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RiskLimits.model_validate(given)


def test_every_limit_is_off_unless_it_is_set_and_null_is_off() -> None:
    assert set(RiskLimits().model_dump().values()) == {None}
    assert RiskLimits.model_validate(dict.fromkeys(RiskLimits.model_fields)) == RiskLimits()


def test_every_limit_is_in_the_document_and_nothing_else() -> None:
    text = (ROOT / "docs" / "risk.md").read_text()
    named = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert [name for name in named if name in RiskLimits.model_fields] == list(RiskLimits.model_fields)
    assert set(named) - set(RiskLimits.model_fields) == {"stake_pct", "stop_loss_pct", "take_profit_pct"}


def test_a_limit_is_reached_exactly_at_its_percentage() -> None:
    start, least = Decimal(10_000), Decimal("0.000000000000000001")
    assert is_fallen(start, Decimal(9_500), Decimal(5))
    assert not is_fallen(start, Decimal(9_500) + least, Decimal(5))
    assert is_risen(start, Decimal(10_500), Decimal(5))
    assert not is_risen(start, Decimal(10_500) - least, Decimal(5))
    assert not is_fallen(Decimal(0), Decimal(0), Decimal(5))


def test_a_peak_rises_by_steps() -> None:
    assert raised_peak(None, Decimal(100), Decimal(5)) == 100
    assert raised_peak(Decimal(100), Decimal("100.09"), Decimal(5)) == 100
    assert raised_peak(Decimal(100), Decimal("100.1"), Decimal(5)) == Decimal("100.1")
    assert raised_peak(Decimal(100), Decimal(90), Decimal(5)) == 100


def test_a_clock_that_went_back_forgets_the_day() -> None:
    state = entered(limited(daily_loss_limit_pct=1, config={"stop_loss_pct": None}))
    state = through(state, candle(200, 40_000), price(20_000, candle(200, 1).ts))[0]
    assert state.account.risk.day_start_equity is not None
    state = through(state, FeedOpened(rules=RULES, newest_candle_ts=candle(0, 1).ts))[0]
    assert state.account.risk == RiskRecord()
