"""The account goes to the journal and comes back to the last digit."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.state import UnreadableSnapshot, dump_account, load_account, new_account
from tests.support.trading import bought, candle, command, live_state, through


def test_an_account_comes_back_equal_with_every_digit() -> None:
    state = bought(bought(live_state("10000.000000000000000000000000000001"), 39_999.99), 40_123.45)
    state = through(state, candle(0, "40111.11"), candle(1, "40222.22"), command("test_trade", side="sell"))[0]
    again = load_account(dump_account(state.account))
    assert again == state.account
    assert str(again.portfolio.cash) == str(state.account.portfolio.cash)


def test_an_account_that_an_older_bot_wrote_is_read() -> None:
    account = through(live_state(), candle(0, 100), candle(1, 101))[0].account
    written = json.loads(dump_account(account))
    del written["statistics"]["candle_ms"], written["rules"]["walked_ms"], written["rules"]["walked_from_ms"]
    again = load_account(json.dumps(written))
    assert again.statistics == replace(account.statistics, candle_ms=None)
    assert again.rules == account.rules


def test_large_and_small_decimals_survive() -> None:
    account = new_account("x", Decimal("123456789012345678901234567890.123456789012345678"))
    assert load_account(dump_account(account)).portfolio.cash == account.portfolio.cash


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"id_prefix": 1}'])
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(UnreadableSnapshot):
        load_account(text)
