"""The kit lets an honest strategy pass and catches each way of peeking that it promises to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import ClassVar

import pytest

from bot.core.messages import Signal
from bot.core.strategies import Strategy, StrategyParams
from bot.core.strategies.kit import START_TS, assert_no_peeking, candles, signals
from bot.events import Candle

CLOSES = [100, 101, 100, 99, 102, 103, 101, 104]


class Rising(Strategy):
    """Buys where a close is above the last one: honest."""

    def __init__(self) -> None:
        super().__init__(StrategyParams())
        self.last: Candle | None = None

    @property
    def warmup(self) -> int:
        return 2

    def on_candle(self, candle: Candle) -> Signal | None:
        last, self.last = self.last, candle
        if last is None or candle.close <= last.close:
            return None
        return Signal(kind="enter", reason=f"{candle.close} is above {last.close}", candle_ts=candle.ts)


class Sharing(Rising):
    """Remembers what every instance has seen, and knows what comes."""

    known: ClassVar[dict[int, Decimal]] = {}

    def on_candle(self, candle: Candle) -> Signal | None:
        self.known.setdefault(candle.ts, candle.close)
        coming = self.known.get(candle.ts + 60_000)
        if coming is None or coming <= candle.close:
            return None
        return Signal(kind="enter", reason=f"{coming} will be above {candle.close}", candle_ts=candle.ts)


class Chancy(Rising):
    """Decides by something that is not in the candles."""

    numbers = count()

    def on_candle(self, candle: Candle) -> Signal | None:
        number = next(self.numbers)
        return Signal(kind="enter", reason=f"number {number}", candle_ts=candle.ts) if number % 3 == 0 else None


class Repainting(Rising):
    """Says afterwards where one should have bought."""

    def on_candle(self, candle: Candle) -> Signal | None:
        last, self.last = self.last, candle
        if last is None or candle.close <= last.close:
            return None
        return Signal(kind="enter", reason=f"{candle.close} came after", candle_ts=last.ts)


class Gossiping(Rising):
    """Is silent until one instance was told another future, and tells all later ones."""

    closes: ClassVar[dict[int, Decimal]] = {}
    changed: ClassVar[set[int]] = set()

    def on_candle(self, candle: Candle) -> Signal | None:
        if self.closes.setdefault(candle.ts, candle.close) != candle.close:
            self.changed.add(candle.ts)
        if not self.changed:
            return None
        return Signal(kind="exit", reason=f"{len(self.changed)} closes changed", candle_ts=candle.ts)


def test_an_honest_strategy_passes() -> None:
    assert_no_peeking(Rising, candles(CLOSES, wick=1))
    assert_no_peeking(Rising, candles([100 + number % 7 for number in range(120)]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Sharing, "the signal on candle 0 changed when a new instance was told the same candles: it was None"),
        (Chancy, "changed when a new instance was told the same candles"),
        (Repainting, "a signal's candle_ts must be its candle's"),
        (Gossiping, "changed when the prices? .* after candle"),
    ],
)
def test_a_strategy_that_peeks_is_caught(make: Callable[[], Strategy], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        assert_no_peeking(make, candles(CLOSES))


def test_signals_are_what_it_said_and_to_which_candle() -> None:
    told = candles(CLOSES)
    assert [signal.candle_ts for signal in signals(Rising(), told)] == [told[number].ts for number in (1, 4, 5, 7)]


def test_what_is_no_signal_is_refused() -> None:
    class Wordy(Rising):
        def on_candle(self, candle: Candle) -> Signal | None:
            return "buy"  # type: ignore[return-value]

    with pytest.raises(AssertionError, match="on_candle must return a Signal or None, got 'buy'"):
        signals(Wordy(), candles([1]))


def test_a_signal_without_a_reason_is_refused() -> None:
    class Mute(Rising):
        def on_candle(self, candle: Candle) -> Signal | None:
            return Signal(kind="enter", reason="", candle_ts=candle.ts)

    with pytest.raises(AssertionError, match="must have a reason"):
        signals(Mute(), candles([1]))


def test_candles_follow_each_other_and_open_where_the_last_one_closed() -> None:
    first, second = candles(["100.5", 99], wick="0.25", timeframe="5m", symbol="ETH/BTC")
    assert (first.ts, second.ts) == (START_TS, START_TS + 300_000)
    assert (second.open, second.close) == (Decimal("100.5"), Decimal(99))
    assert (second.high, second.low) == (Decimal("100.75"), Decimal("98.75"))
    assert (second.symbol, second.timeframe, second.closed) == ("ETH/BTC", "5m", True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"share": Decimal(0)}, "share must be above 0 and at most 1, got 0"),
        ({"share": Decimal("1.01")}, "share must be above 0 and at most 1, got 1.01"),
        ({"parts": 0}, "parts must be at least 1, got 0"),
    ],
)
def test_a_signal_that_cannot_be_is_one_sentence(fields: dict[str, Decimal], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        Signal(kind="exit", reason="x", candle_ts=1, **fields)  # type: ignore[arg-type]
