"""What a reader sees of the state, fit for the wire."""

from __future__ import annotations

from decimal import Decimal

from bot.core.view import balances, position, stats_of, status, status_key
from bot.events import parse, to_wire
from tests.support.trading import bought, command, live_state, price, through


def test_the_status_of_a_position_has_what_the_page_draws() -> None:
    state = through(bought(live_state(), "40000"), price(40_400))[0]
    shown = status(state, status_id="s-1", exchange="simulated", timeframe="1m", strategy="ema_cross", feed_age_ms=12)
    assert parse("status_change", to_wire(shown)) == shown
    assert shown.state == "running"
    assert shown.position is not None
    assert shown.position.entry_price == 40_000
    assert shown.position.stop_price == 39_200
    assert shown.position.take_profit_price == 41_600
    assert shown.position.unrealized_pnl == Decimal("0.054")


def test_equity_is_quote_and_base_at_the_last_price() -> None:
    held = balances(through(bought(live_state()), price(50_000))[0])
    assert held.equity == held.quote + held.base * 50_000


def test_balances_keep_every_digit() -> None:
    state = live_state("0.1234567890123456789")
    assert balances(state).quote == Decimal("0.1234567890123456789")
    assert format(balances(live_state("1000")).quote, "f") == "1000"


def test_an_average_that_has_no_end_is_cut_for_the_wire() -> None:
    state = through(bought(bought(live_state(), "40000.01"), "40000.02"), command("test_trade", side="sell"))[0]
    shown = position(state)
    assert shown is not None
    exponent = shown.entry_price.as_tuple().exponent
    assert isinstance(exponent, int)
    assert exponent >= -12


def test_prices_alone_change_no_status_and_money_does() -> None:
    state = bought(live_state())
    assert status_key(through(state, price(41_000))[0]) == status_key(state)
    assert status_key(bought(state)) != status_key(state)


def test_statistics_are_fit_for_the_wire() -> None:
    shown = stats_of(bought(live_state()))
    assert parse("stats_update", to_wire(shown)) == shown
    assert (shown.trades, shown.fees) == (0, Decimal("0.006"))
