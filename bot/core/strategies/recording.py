"""A strategy's lines, written down as it goes: what a chart shows is what it decided by, not computed a second time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from bot.core.messages import Signal
from bot.core.strategies.base import Line, Strategy
from bot.events import Candle
from bot.questions import LIMIT_MAX, LINES_MAX, IndicatorLine, Indicators

LARGEST_EXPONENT = 30


@dataclass(slots=True)
class _Drawn:
    """One line so far: how it is drawn and its points, oldest first."""

    line: Line
    points: deque[tuple[int, Decimal]] = field(default_factory=lambda: deque(maxlen=LIMIT_MAX))


class Recording(Strategy):
    """Passes every candle on to `strategy`, gives back what it says, and keeps its lines. What those raise is left out:
    a line that cannot be drawn is no reason to stop trading."""

    def __init__(self, strategy: Strategy) -> None:
        super().__init__(strategy.params)
        self._strategy = strategy
        self._drawn: dict[str, _Drawn] = {}
        self._timeframe: str | None = None
        self._last_ts: int | None = None

    @property
    def warmup(self) -> int:
        return self._strategy.warmup

    def on_candle(self, candle: Candle) -> Signal | None:
        signal = self._strategy.on_candle(candle)
        if self._last_ts is not None and candle.ts <= self._last_ts:
            self._drawn = {}  # the market's clock went back: a replay began again
        self._timeframe, self._last_ts = candle.timeframe, candle.ts
        for line in self._told():
            self._keep(candle.ts, line)
        return signal

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._strategy.lines

    def indicators(self, limit: int) -> Indicators:
        """The newest points of each line, oldest first."""
        return Indicators(
            timeframe=self._timeframe,
            lines=tuple(
                IndicatorLine(
                    name=drawn.line.name,
                    pane=drawn.line.pane,
                    range=drawn.line.range,
                    points=tuple(drawn.points)[-limit:],
                )
                for drawn in self._drawn.values()
            ),
        )

    def _told(self) -> tuple[Line, ...]:
        try:
            lines: object = self._strategy.lines
        except Exception:  # a person's own class may raise anything
            return ()
        return tuple(line for line in lines if isinstance(line, Line)) if isinstance(lines, tuple) else ()

    def _keep(self, ts: int, line: Line) -> None:
        drawn = self._drawn.get(line.name)
        if drawn is None:
            if len(self._drawn) == LINES_MAX or not 0 < len(line.name) <= 60:
                return
            drawn = self._drawn[line.name] = _Drawn(line)
        if line.value is not None and _is_drawable(line.value):
            drawn.points.append((ts, line.value))


def _is_drawable(value: Decimal) -> bool:
    return value.is_finite() and abs(value.adjusted()) <= LARGEST_EXPONENT
