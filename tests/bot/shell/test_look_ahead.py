"""No backtest knows the future: what a strategy decides at a close is filled at a price that came after it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.strategies import load_strategy
from tests.support.backtests import backtest_of
from tests.support.peeking import Forger, Peeker, Rewriter, first_peek
from tests.support.trading import MINUTE, T0, Scripted

CLOSES = [100 + (number * number * 7919 % 37) / 10 for number in range(120)]
CUTS = range(20, 120)


@given(
    st.lists(st.tuples(st.integers(90, 110), st.sampled_from(["enter", "exit", "wait"])), min_size=3, max_size=30),
)
def test_a_fill_comes_after_the_candle_whose_close_decided_it_and_at_the_price_that_came_then(
    days: list[tuple[int, str]],
) -> None:
    closes = [close for close, _ in days]
    script = {number: word for number, (_, word) in enumerate(days)}
    for trade in backtest_of(closes, Scripted(script)).trades:
        if not trade.reason.startswith(("enter on ", "exit on ")):
            continue  # protection, which a price triggers
        decided_on = int(trade.reason.split()[-1])
        closed_ts = T0 + (decided_on + 1) * MINUTE
        assert trade.ts >= closed_ts
        assert trade.price == closes[decided_on + 1]


def test_a_strategy_that_knows_the_file_is_caught_by_cutting_it() -> None:
    assert first_peek(Peeker, CLOSES, CUTS) is not None


def test_an_honest_strategy_does_the_same_whatever_comes_after() -> None:
    assert first_peek(lambda _closes: load_strategy("ema_cross", {"fast": 3, "slow": 8}), CLOSES, CUTS) is None


def test_even_who_peeks_is_filled_at_the_next_price_and_never_at_the_close_that_decided() -> None:
    trades = backtest_of(CLOSES, Peeker(list(CLOSES))).trades
    decided = [trade for trade in trades if trade.reason.isdigit()]
    assert len(decided) > 20
    for trade in decided:
        assert trade.ts == T0 + (int(trade.reason) + 1) * MINUTE
        assert float(trade.price) == CLOSES[int(trade.reason) + 1]


def test_a_candle_cannot_be_rewritten_and_who_tries_is_stopped() -> None:
    result = backtest_of(CLOSES, Forger(list(CLOSES)))
    assert result.trades == []
    assert result.faults[0].startswith("The strategy failed and was stopped: FrozenInstanceError")
    assert list(result.record.closes) == CLOSES


def test_rewriting_the_past_of_the_list_that_the_prices_came_from_changes_no_fill() -> None:
    shared = list(CLOSES)
    rewritten = backtest_of(shared, Rewriter(shared))
    assert shared[:100] == [1.0] * 100
    assert list(rewritten.record.closes) == CLOSES
