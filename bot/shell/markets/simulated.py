"""The built-in market: seeded, believable, and the same whenever it is asked.

Every candle, tick and figure is a function of seed, origin and time alone. So a bot that was down finds the market
where it would have been, and history agrees to the last digit with what was streamed. At speed 1 market time is wall
time; at other speeds it runs faster from the origin on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp
from typing import Any

from bot.core.market_rules import MarketRules
from bot.events import Candle, Price
from bot.settings import SettingsError
from bot.shell.markets import config
from bot.shell.markets.bars import PART_LENGTHS_MS, Bar, Tick, join, join_ticks, part_length_ms, split, ticks
from bot.shell.markets.pace import Clock, Pacer, Sleep, wall_clock_ms
from bot.shell.markets.past import PastBars
from bot.shell.markets.price_path import amplitude, mixed, normal, opening_path, uniform
from bot.shell.markets.simulated_rules import USUAL_FEES, FeeRates, simulated_rules, usual_price
from bot.shell.markets.timeframe import timeframe_ms

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_FORMING_EVERY_MS = 1_000
_START_UP_MS = 15_000
_MINUTE_TURNOVER_USD = 400_000
_SPREAD_RATE = 0.00004
_HIGH, _LOW, _VOLUME, _TICKS, _SPLIT, _RATE = range(100, 106)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedConfig:
    """What TAPEDECK_EXCHANGE_CONFIG may say: `{"seed": 1, "speed": 60, "start_price": 43000}`."""

    seed: int = 1
    speed: float = 1.0
    start_price: float | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> SimulatedConfig:
        """Raises `SettingsError` with a line for each key that is wrong."""
        checks = {"seed": config.whole_number, "speed": config.speed, "start_price": config.price}
        return cls(**config.read_config(given, checks, "the simulated market"))


class SimulatedMarket:
    """A `Market` made of nothing but a seed. `origin_ms` is when it began: the first start of the bot that uses it."""

    def __init__(
        self,
        settings: SimulatedConfig,
        *,
        symbol: str,
        timeframe: str,
        origin_ms: int,
        fees: FeeRates = USUAL_FEES,
        clock: Clock = wall_clock_ms,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.symbol, self.timeframe = symbol, timeframe
        self._length_ms = _checked_length(timeframe)
        self._speed = settings.speed
        start_price = settings.start_price or usual_price(symbol)
        self._rules = simulated_rules(symbol, start_price, fees)
        self._path = opening_path(
            settings.seed,
            candle_ms=self._length_ms,
            start_price=start_price,
            dip_end_ms=_first_close(origin_ms, self._length_ms, settings.speed),
        )
        self._leaf_ms = max(part for part in PART_LENGTHS_MS if part <= max(1_000, settings.speed * 1_000))
        self._pacer = Pacer(wall_ms=origin_ms, market_ms=origin_ms, speed=settings.speed, clock=clock, sleep=sleep)
        self._given_ts: int | None = None
        self.bar = lru_cache(maxsize=600)(self._bar)
        self._past = PastBars(self._bars, length_ms=self._length_ms)
        self._minutes_past = PastBars(self._minutes, length_ms=_MINUTE_MS) if self._has_minutes() else None
        self._minutes_of = lru_cache(maxsize=4)(lambda ts: self._cut(self._bar(ts)))

    async def rules(self) -> MarketRules:
        """Steps, minima and fees as on a usual spot exchange."""
        return self._rules

    async def history(self, limit: int, *, after_ts: int | None = None) -> list[Candle]:
        """The last `limit` closed candles; what comes after them begins the stream."""
        forming = self._floor(self._pacer.now())
        self._given_ts = forming - self._length_ms
        first = forming - max(0, limit) * self._length_ms
        if after_ts is not None:
            first = max(first, self._floor(after_ts) + self._length_ms)
        return [self._candle(self.bar(ts), closed=True) for ts in range(first, forming, self._length_ms)]

    async def past(self, timeframe: str, limit: int) -> list[Candle]:
        """Joined from the market's own candles, shorter ones from their minutes; the last as far as those are over."""
        now = self._pacer.now()
        past, part_ms = self._past, self._length_ms
        if self._minutes_past is not None and timeframe_ms(timeframe) < self._length_ms:
            past, part_ms = self._minutes_past, _MINUTE_MS
        bars = await past.last(timeframe, limit, before_ts=now - now % part_ms)
        return [replace(self._candle(bar, closed=closed), timeframe=timeframe) for bar, closed in bars]

    async def stream(self) -> AsyncIterator[Price | Candle]:
        """Ticks as they fall due; after a pause of the machine only the candles that closed meanwhile."""
        start = self._pacer.now()
        ts = self._floor(start) if self._given_ts is None else self._given_ts + self._length_ms
        while True:
            bar = self.bar(ts)
            async for message in self._forming(bar, start):
                yield message
            await self._pacer.until(ts + self._length_ms)
            self._given_ts = ts
            yield self._candle(bar, closed=True)
            ts += self._length_ms

    async def close(self) -> None:
        """Nothing is held."""

    async def _forming(self, bar: Bar, start: int) -> AsyncIterator[Price | Candle]:
        """The ticks of one candle from `start` on, and about every second the candle as far as it has come."""
        forming: Bar | None = None
        shown_at = 0
        for piece in self._pieces(bar, start):
            drawn = [] if self._is_past(piece, start) else self._ticks(piece)
            if not drawn:
                forming = join([forming, piece]) if forming else piece
            change = self._change_24h_pct(piece) if drawn else 0.0
            for tick in drawn:
                part = join_ticks(piece.ts, 0, [tick])
                forming = join([forming, part]) if forming else part
                if tick.ts < start:
                    continue
                await self._pacer.until(tick.ts)
                yield self._price(tick, change)
                if self._pacer.wall() - shown_at >= _FORMING_EVERY_MS:
                    shown_at = self._pacer.wall()
                    yield self._candle(replace(forming, ts=bar.ts), closed=False)

    def _pieces(self, bar: Bar, start: int) -> Iterator[Bar]:
        """The bar in leaves; stretches that are past by the time it gets to them come whole."""
        parts = [] if self._is_past(bar, start) else self._parts(bar)
        for part in parts:
            yield from self._pieces(part, start)
        if not parts:
            yield bar

    def _parts(self, bar: Bar) -> list[Bar]:
        """What the bar is cut into; nothing where it gives ticks itself."""
        part_ms = part_length_ms(bar.length_ms, self._leaf_ms)
        seed = mixed(self._path.seed, _SPLIT + bar.length_ms, bar.ts)
        return [] if part_ms is None else split(bar, part_ms, seed)

    def _is_past(self, bar: Bar, start: int) -> bool:
        return bar.ts + bar.length_ms <= max(start, self._pacer.late_before())

    def _bars(self, first_ts: int, end_ts: int) -> list[Bar]:
        return [self._bar(ts) for ts in range(first_ts, end_ts, self._length_ms)]

    def _has_minutes(self) -> bool:
        """Whether its candles are cut into minutes, or shorter, on the way to their ticks."""
        parts = self._cut(self._bar(0)) if self._length_ms > _MINUTE_MS else []
        return bool(parts) and _MINUTE_MS % parts[0].length_ms == 0

    def _minutes(self, first_ts: int, end_ts: int) -> list[Bar]:
        opened = range(self._floor(first_ts), end_ts, self._length_ms)
        return [part for ts in opened for part in self._minutes_of(ts) if first_ts <= part.ts < end_ts]

    def _cut(self, bar: Bar) -> list[Bar]:
        """The bar in the parts that its ticks are drawn from, down to a minute."""
        parts = self._parts(bar) if bar.length_ms > _MINUTE_MS else []
        return [shorter for part in parts for shorter in self._cut(part)] or [bar]

    def _bar(self, ts: int) -> Bar:
        """The candle that opens at `ts`, from the path's price at both ends."""
        end = ts + self._length_ms
        first, last = self._path.price(ts), self._path.price(end)
        volatility = self._path.volatility(ts) * amplitude(self._length_ms)
        high = max(first, last) * (1 + volatility * abs(normal(self._path.seed, _HIGH, ts)) * 0.7)
        low = min(first, last) * (1 - volatility * abs(normal(self._path.seed, _LOW, ts)) * 0.7)
        step = float(self._rules.price_step)
        opening, highest, lowest, closing = (max(1, round(price / step)) for price in (first, high, low, last))
        return Bar(ts, self._length_ms, opening, highest, lowest, closing, self._volume(ts, first, last))

    def _volume(self, ts: int, first: float, last: float) -> int:
        """More is traded in lively times and on large moves."""
        usual = _MINUTE_TURNOVER_USD / usual_price(self._rules.base_currency + "/USD") * self._length_ms / 60_000
        move = abs(last / first - 1) / amplitude(self._length_ms)
        busy = self._path.volatility(ts) * (0.4 + 0.3 * move) * exp(0.4 * normal(self._path.seed, _VOLUME, ts))
        return round(usual * busy / float(self._rules.amount_step))

    def _ticks(self, leaf: Bar) -> list[Tick]:
        """5 to 20 a second of the wall clock, more when the market is lively."""
        lively = self._path.volatility(leaf.ts) * (0.2 + uniform(self._path.seed, _RATE, leaf.ts))
        rate = 5 + 15 * min(1.0, 0.6 * lively)
        count = round(rate * leaf.length_ms / 1_000 / max(1.0, self._speed))
        return ticks(leaf, count, mixed(self._path.seed, _TICKS, leaf.ts))

    def _change_24h_pct(self, leaf: Bar) -> float:
        return round((leaf.open * float(self._rules.price_step) / self._path.price(leaf.ts - _DAY_MS) - 1) * 100, 3)

    def _price(self, tick: Tick, change_24h_pct: float) -> Price:
        step = self._rules.price_step
        spread = max(1, round(tick.price * _SPREAD_RATE * self._path.volatility(tick.ts)))
        bid = max(1, tick.price - spread) if tick.is_buy else tick.price
        return Price(
            symbol=self.symbol,
            price=tick.price * step,
            ts=tick.ts,
            bid=bid * step,
            ask=(tick.price if tick.is_buy else tick.price + spread) * step,
            change_24h_pct=change_24h_pct,
        )

    def _candle(self, bar: Bar, *, closed: bool) -> Candle:
        step = self._rules.price_step
        return Candle(
            symbol=self.symbol,
            timeframe=self.timeframe,
            ts=bar.ts,
            open=bar.open * step,
            high=bar.high * step,
            low=bar.low * step,
            close=bar.close * step,
            volume=bar.volume * self._rules.amount_step,
            closed=closed,
        )

    def _floor(self, ts: int) -> int:
        return ts - ts % self._length_ms


def _checked_length(timeframe: str) -> int:
    length = timeframe_ms(timeframe)
    if length > _DAY_MS:
        raise SettingsError([f"TAPEDECK_TIMEFRAME: got {timeframe!r}; takes 1s to 1d with the simulated market"])
    return length


def _first_close(origin_ms: int, length_ms: int, speed: float) -> int:
    """Where the candle closes that a bot started at the origin sees first as the last one closed.

    A candle that closes while the bot still starts up counts already: the bot then sees it close, or finds it closed.
    """
    start_up = min(_START_UP_MS * speed, length_ms / 4)
    return int(origin_ms + start_up) // length_ms * length_ms
