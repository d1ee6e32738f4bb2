"""Plays a file of candles as if it happened now, at 1x to 10,000x.

Each candle of the file is walked through its four prices: open, low, high, close when it rose (or stood), open, high,
low, close when it fell, which is the order they usually come in. In slow replays the way between them is filled with
steps, so that the page lives. Times are the file's own. Where the file misses candles, the replay goes on at once.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby, islice, pairwise
from pathlib import Path
from typing import Any

from bot.core.market_rules import MarketRules
from bot.events import Candle, Price
from bot.settings import SettingsError
from bot.shell.market import MarketEnded
from bot.shell.markets import config
from bot.shell.markets.bars import Bar, join
from bot.shell.markets.candle_csv import STEP, price_digits
from bot.shell.markets.pace import Clock, Pacer, Sleep, wall_clock_ms
from bot.shell.markets.past import PastBars
from bot.shell.markets.simulated_rules import USUAL_FEES, FeeRates, currencies
from bot.shell.markets.timeframe import timeframe_ms, timeframe_name

WARM_UP = 100
_DAY_MS = 86_400_000
_FORMING_EVERY_MS = 1_000
_PRICE_EVERY_MS = 250
"""How often a slow replay shows a price, by the wall clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayConfig:
    """What TAPEDECK_EXCHANGE_CONFIG says: `{"file": "ETH_BTC-5m.csv", "speed": 300}`; `data` and `path` mean `file`."""

    file: Path
    speed: float = 1.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> ReplayConfig:
        """Raises `SettingsError`, a line for each key that is wrong. Relative paths start in the working directory."""
        checks = {"file": config.text, "data": config.text, "path": config.text, "speed": config.speed}
        read = config.read_config(given, checks, "the replay")
        files = [read[key] for key in ("file", "data", "path") if key in read]
        if len(files) != 1:
            example = '{"file": "ETH_BTC-5m.csv", "speed": 300}'
            raise SettingsError([f"TAPEDECK_EXCHANGE_CONFIG: takes one candle CSV to replay, e.g. {example}"])
        return cls(file=Path(files[0]).expanduser(), speed=read.get("speed", 1.0))


@dataclass(frozen=True, slots=True)
class _Group:
    """One candle that is shown, and the file's candles it is made of."""

    bar: Bar
    parts: tuple[Bar, ...]


class ReplayMarket:
    """A `Market` made of candles. `history` says where it goes on: fresh after a warm-up, else after `after_ts`."""

    def __init__(
        self,
        bars: Sequence[Bar],
        *,
        name: str,
        symbol: str,
        timeframe: str | None = None,
        speed: float = 1.0,
        fees: FeeRates = USUAL_FEES,
        clock: Clock = wall_clock_ms,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`bars` in steps of 1e-8, of one length; `timeframe` (see `fitting_timeframe`) joins them to longer ones."""
        self.symbol, self.timeframe = symbol, timeframe or timeframe_name(bars[0].length_ms)
        self._name, self._speed, self._clock, self._sleep = name, speed, clock, sleep
        self._fees = fees
        self._length_ms = timeframe_ms(self.timeframe)
        self._bars = list(bars)
        self._opened = [bar.ts for bar in bars]
        self._digits = price_digits(bars)
        self._groups = _grouped(bars, self._length_ms)
        if not self._groups:
            raise SettingsError([f"{name}: has no whole candle of {self.timeframe}; unset TAPEDECK_TIMEFRAME"])
        self._next = 0
        self._past = PastBars(self._stretch, length_ms=bars[0].length_ms, earliest_ts=bars[0].ts)

    async def rules(self) -> MarketRules:
        """As fine as the file's prices; fees as they are set."""
        base, quote = currencies(self.symbol)
        return MarketRules(
            symbol=self.symbol,
            base_currency=base,
            quote_currency=quote,
            price_step=Decimal(10) ** -self._digits,
            amount_step=STEP,
            min_amount=STEP,
            min_cost=Decimal("0.0001"),
            maker_fee_rate=self._fees.maker,
            taker_fee_rate=self._fees.taker,
            walked_ms=self._bars[0].length_ms,
            walked_from_ms=self._bars[0].ts,
        )

    async def history(self, limit: int, *, after_ts: int | None = None) -> list[Candle]:
        """The last `limit` candles before the place where the replay goes on.

        A fresh replay goes on after a warm-up of 100 candles (a quarter of a short file). With `after_ts`, the last
        candle that a bot has seen, it goes on right after that one, however long the bot was away.
        """
        if after_ts is not None:
            self._next = max(self._next, bisect_right(self._groups, after_ts, key=_opened))
        elif self._next == 0:
            self._next = min(WARM_UP, len(self._groups) // 4)
        first = 0 if after_ts is None else bisect_right(self._groups, after_ts, key=_opened)
        shown = self._groups[max(first, self._next - max(0, limit)) : self._next]
        return [self._candle(group.bar, closed=True) for group in shown]

    async def past(self, timeframe: str, limit: int) -> list[Candle]:
        """Joined from the file's candles before the place where the replay is."""
        is_over = self._next == len(self._groups)
        place = self._groups[-1].bar.ts + self._length_ms if is_over else self._groups[self._next].bar.ts
        bars = await self._past.last(timeframe, limit, before_ts=place)
        return [replace(self._candle(bar, closed=closed), timeframe=timeframe) for bar, closed in bars]

    async def stream(self) -> AsyncIterator[Price | Candle]:
        """What follows, at the replay's speed; at the end `MarketEnded`."""
        played = 0
        pacer = Pacer(wall_ms=self._clock(), market_ms=0, speed=self._speed, clock=self._clock, sleep=self._sleep)
        shown_at = self._clock() - _FORMING_EVERY_MS
        while self._next < len(self._groups):
            group = self._groups[self._next]
            pacer.restart_if_late(played)
            for offset, message in self._walked(group, self._steps_a_leg()):
                await pacer.until(played + offset)
                if isinstance(message, Price):
                    yield message
                elif message.closed or self._clock() - shown_at >= _FORMING_EVERY_MS:
                    shown_at = self._clock()
                    self._next += message.closed
                    yield message
            played += len(group.parts) * group.parts[0].length_ms
        raise MarketEnded(self._ending())

    def play(self) -> Iterator[Price | Candle]:
        """What follows, at once, for a backtest: four prices a candle of the file, and each candle when it closes.

        The replay itself stays where it is, so the same can be played again.
        """
        price_step = 10 ** (8 - self._digits)
        for group in islice(self._groups, self._next, None):
            for part in group.parts:
                change = self._change_24h_pct(part)
                for offset, steps in walk(part, 1, price_step):
                    yield self._price(steps, part.ts + offset, change)
            yield self._candle(group.bar, closed=True)

    @property
    def candle_times(self) -> list[int]:
        """When each candle that is shown opened, oldest first."""
        return [group.bar.ts for group in self._groups]

    async def close(self) -> None:
        """Nothing is held."""

    def _walked(self, group: _Group, steps_a_leg: int) -> Iterator[tuple[int, Price | Candle]]:
        """Prices and forming candles of one candle, each with the play time since its open; at last the closed one."""
        forming: Bar | None = None
        for number, part in enumerate(group.parts):
            change = self._change_24h_pct(part)
            for offset, steps in walk(part, steps_a_leg, 10 ** (8 - self._digits)):
                point = Bar(part.ts, 0, steps, steps, steps, steps, 0)
                forming = join([forming, point]) if forming else point
                played = number * part.length_ms + offset
                yield played, self._price(steps, part.ts + offset, change)
                volume = sum(done.volume for done in group.parts[:number]) + part.volume * offset // part.length_ms
                yield played, self._candle(replace(forming, ts=group.bar.ts, volume=volume), closed=False)
        yield len(group.parts) * group.parts[0].length_ms, self._candle(group.bar, closed=True)

    def _stretch(self, first_ts: int, end_ts: int) -> list[Bar]:
        return self._bars[bisect_left(self._opened, first_ts) : bisect_left(self._opened, end_ts)]

    def _steps_a_leg(self) -> int:
        leg_ms = self._bars[0].length_ms / 3 / self._speed
        return max(1, min(1_000, round(leg_ms / _PRICE_EVERY_MS)))

    def _change_24h_pct(self, bar: Bar) -> float | None:
        index = bisect_left(self._opened, bar.ts - _DAY_MS)
        before = self._bars[index]
        return round((bar.open / before.open - 1) * 100, 3) if before.ts == bar.ts - _DAY_MS else None

    def _price(self, steps: int, ts: int, change_24h_pct: float | None) -> Price:
        return Price(symbol=self.symbol, price=_decimal(steps), ts=ts, change_24h_pct=change_24h_pct)

    def _candle(self, bar: Bar, *, closed: bool) -> Candle:
        return Candle(
            symbol=self.symbol,
            timeframe=self.timeframe,
            ts=bar.ts,
            open=_decimal(bar.open),
            high=_decimal(bar.high),
            low=_decimal(bar.low),
            close=_decimal(bar.close),
            volume=_decimal(bar.volume),
            closed=closed,
        )

    def _ending(self) -> str:
        last = datetime.fromtimestamp(self._groups[-1].bar.ts / 1000, UTC)
        when = f"{last:%Y-%m-%d %H:%M} UTC"
        return (
            f"{self._name} has shown its last candle ({when}); name another file, or a new data folder to begin again"
        )


def walk(bar: Bar, steps_a_leg: int, price_step: int) -> list[tuple[int, int]]:
    """Milliseconds after the open and prices on the way through a candle; three legs, each in so many steps.

    A candle that rose or stood goes open, low, high, close; one that fell goes open, high, low, close.
    """
    turns = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
    third = bar.length_ms // 3
    corners = [(0, bar.open), (third, turns[0]), (2 * third, turns[1]), (bar.length_ms - 1, bar.close)]
    points = [corners[0]]
    for (start, first), (end, last) in pairwise(corners):
        for step in range(1, steps_a_leg):
            on_way = first + (last - first) * step // steps_a_leg
            kept = min(bar.high, max(bar.low, on_way // price_step * price_step))
            points.append((start + (end - start) * step // steps_a_leg, kept))
        points.append((end, last))
    return points


def fitting_timeframe(wanted: str | None, length_ms: int) -> tuple[str, str | None]:
    """The timeframe to show candles of the file's length in, and a sentence where it is not the one wanted."""
    own = timeframe_name(length_ms)
    if wanted is None or timeframe_ms(wanted) == length_ms:
        return own, None
    if wanted[-1] in "smhd" and timeframe_ms(wanted) % length_ms == 0:
        return wanted, None
    return own, f"TAPEDECK_TIMEFRAME: got {wanted!r}, which candles of {own} do not add up to; the replay shows {own}"


def _grouped(bars: Sequence[Bar], length_ms: int) -> list[_Group]:
    """Candles of the shown length, on UTC's grid; an incomplete first or last one is left out."""
    own = bars[0].length_ms
    if length_ms == own:
        return [_Group(bar, (bar,)) for bar in bars]
    groups = [tuple(group) for _, group in groupby(bars, key=lambda bar: bar.ts // length_ms)]
    if groups[0][0].ts % length_ms:
        groups = groups[1:]
    if groups and (groups[-1][-1].ts + own) % length_ms:
        groups = groups[:-1]
    return [_Group(replace(join(group), ts=group[0].ts // length_ms * length_ms), group) for group in groups]


def _opened(group: _Group) -> int:
    return group.bar.ts


@lru_cache(maxsize=1_000)  # a candle's four prices are asked for twice
def _decimal(steps: int) -> Decimal:
    """Steps of 1e-8 as a plain decimal without trailing zeros."""
    whole, rest = divmod(steps, 10**8)
    return Decimal(f"{whole}.{rest:08d}".rstrip("0").rstrip("."))
