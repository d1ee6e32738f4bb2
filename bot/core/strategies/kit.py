"""A test kit for a strategy of one's own: candles to tell it, what it says to them, and whether it looks ahead.

def test_it_does_not_look_ahead() -> None:
    assert_no_peeking(lambda: load_strategy("my_strategies:ThreeUp", {}), candles([100, 101, 102, 103]))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from bot.core.messages import Signal
from bot.core.strategies.base import Strategy
from bot.core.timeframe import timeframe_ms
from bot.events import Candle

START_TS = 1_700_006_400_000
"""2023-11-15 00:00 UTC: the start of an hour and of a day."""
CUTS = 25
"""Candles after which another future is tried; on long lists they are spread evenly."""


def candles(
    closes: Iterable[Decimal | int | float | str],
    *,
    wick: Decimal | int | str = 0,
    symbol: str = "BTC/USDT",
    timeframe: str = "1m",
    start_ts: int = START_TS,
) -> list[Candle]:
    """Closed candles with these closes, one after the other from `start_ts`.

    Each opens where the last one closed, and reaches `wick` (in quote) beyond both.
    """
    made: list[Candle] = []
    for number, given in enumerate(closes):
        close = Decimal(str(given))
        opened = made[-1].close if made else close
        made.append(
            Candle(
                symbol=symbol,
                timeframe=timeframe,
                ts=start_ts + number * timeframe_ms(timeframe),
                open=opened,
                high=max(opened, close) + Decimal(wick),
                low=min(opened, close) - Decimal(wick),
                close=close,
                volume=Decimal(1),
                closed=True,
            )
        )
    return made


def signals(strategy: Strategy, told: Iterable[Candle]) -> list[Signal]:
    """What it says to these candles, without the silence. `candle_ts` of each is the candle that it was said to.

    Raises `AssertionError` for a signal that is not one, or speaks of another candle than the one just told.
    """
    return [signal for signal in _answers(strategy, told) if signal is not None]


def assert_no_peeking(make_strategy: Callable[[], Strategy], told: Sequence[Candle]) -> None:
    """Fails unless its signal on each candle depends on nothing but the candles up to it.

    New instances are told the same candles, and then the same beginnings with other futures: prices that mirror the
    real ones, and prices that stand still. A difference means that it remembers what another instance saw, or that it
    uses a clock or chance; `AssertionError` says at which candle, and what was said. One that reads the future from
    elsewhere, a file of prices say, is beyond a test of this kind.
    """
    first = _answers(make_strategy(), told)
    _assert_equal(first, _answers(make_strategy(), told), "a new instance was told the same candles")
    for cut in _cuts(len(told)):
        for words, future in _futures(told, cut):
            said = _answers(make_strategy(), [*told[:cut], *future])
            _assert_equal(first[:cut], said[:cut], f"{words} after candle {cut - 1}")


def _answers(strategy: Strategy, told: Iterable[Candle]) -> list[Signal | None]:
    return [_checked(strategy.on_candle(candle), candle) for candle in told]


def _checked(answer: object, candle: Candle) -> Signal | None:
    assert answer is None or isinstance(answer, Signal), f"on_candle must return a Signal or None, got {answer!r:.60}"
    if answer is not None:
        spoken, own = answer.candle_ts, candle.ts
        assert spoken == own, f"a signal's candle_ts must be its candle's, {own}, got {spoken} ({answer.reason})"
        assert answer.reason, f"a signal must have a reason with its values; the one on candle {own} has none"
    return answer


def _cuts(count: int) -> list[int]:
    return sorted({round(count * number / (CUTS + 1)) for number in range(1, CUTS + 1)} - {0, count})


def _futures(told: Sequence[Candle], cut: int) -> Iterator[tuple[str, list[Candle]]]:
    last = told[cut - 1].close
    yield "the prices mirror themselves", [_scaled(candle, (last / candle.close) ** 2) for candle in told[cut:]]
    yield "the price stands still", [_scaled(candle, last / candle.close) for candle in told[cut:]]


def _scaled(candle: Candle, by: Decimal) -> Candle:
    """The candle with all its prices moved by a factor: its shape stays."""
    moved = {name: getattr(candle, name) * by for name in ("open", "high", "low", "close")}
    return replace(candle, **moved)


def _assert_equal(expected: Sequence[Signal | None], got: Sequence[Signal | None], change: str) -> None:
    for number, (was, now) in enumerate(zip(expected, got, strict=True)):
        assert was == now, f"the signal on candle {number} changed when {change}: it was {was}, and now is {now}"
