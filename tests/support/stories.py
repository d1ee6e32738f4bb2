"""What bots have told before a picture of the page is taken: the same prices, trades and times in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support import messages

MOMENT_MS = 1_772_460_131_000
"""When every picture is taken: 2026-03-02 14:02:11 UTC."""

MINUTE_MS = 60_000
Message = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Market:
    """A market whose prices are the same in every run and end at `last`.

    `swing` is a minute's usual move; `path` picks one of the ways that prices could have gone.
    """

    symbol: str
    last: str
    swing: str
    path: int = 0

    @property
    def base(self) -> str:
        return self.symbol.partition("/")[0]

    @property
    def quote(self) -> str:
        return self.symbol.partition("/")[2]

    def candles(self, count: int = 120) -> list[dict[str, Any]]:
        """One-minute candles, oldest first; the last one is still forming."""
        closes = self.walk(count + 1, Decimal(self.swing))
        opened = MOMENT_MS // MINUTE_MS * MINUTE_MS - (count - 1) * MINUTE_MS
        times = range(opened, opened + count * MINUTE_MS, MINUTE_MS)
        return [self._candle(*given) for given in zip(times, closes, closes[1:], strict=False)]

    def _candle(self, ts: int, opened: Decimal, closed: Decimal) -> dict[str, Any]:
        wick = (abs(closed - opened) / 2).quantize(Decimal(self.last))
        span = {"high": str(max(opened, closed) + wick), "low": str(min(opened, closed) - wick)}
        changes = {"symbol": self.symbol, "open": str(opened), **span, "closed": ts + MINUTE_MS <= MOMENT_MS}
        return messages.candle(ts, str(closed), **changes)

    def prices(self, count: int = 120) -> list[dict[str, Any]]:
        """One price a second, oldest first."""
        values = self.walk(count, Decimal(self.swing) / 6)
        times = range(MOMENT_MS - (count - 1) * 1000, MOMENT_MS + 1, 1000)
        return [self.price(str(value), ts) for value, ts in zip(values, times, strict=True)]

    def at(self, ts: int) -> Decimal:
        """The price at which the candle of that time closed."""
        candles = self.candles()
        return Decimal(candles[(ts - candles[0]["ts"]) // MINUTE_MS]["close"])

    def price(self, value: str = "", ts: int = MOMENT_MS) -> dict[str, Any]:
        return messages.price(value or self.last, symbol=self.symbol, ts=ts, change_24h_pct=1.84)

    def walk(self, count: int, swing: Decimal) -> list[Decimal]:
        """`count` prices that end at `last`."""
        chance = random.Random(f"{self.symbol} {self.path}")
        value = Decimal(self.last)
        values = [value]
        for _ in range(count - 1):
            value += (swing * Decimal(chance.uniform(-1, 1))).quantize(value)
            values.append(value)
        return values[::-1]


@dataclass(frozen=True, slots=True)
class Teller:
    """One bot: its market, what it has done, and how it stands now."""

    market: Market
    trades: Sequence[dict[str, Any]] = ()
    status: Mapping[str, Any] = field(default_factory=dict)
    stats: Mapping[str, Any] = field(default_factory=dict)
    says: Sequence[Message] = ()
    bot_id: str = "bot-1"
    name: str = "ema_cross"

    def market_messages(self) -> Iterator[Message]:
        """What the market did until now."""
        yield from (("candle_update", candle) for candle in self.market.candles())
        yield from (("price_update", price) for price in self.market.prices())

    def own_messages(self) -> Iterator[Message]:
        """What the bot did and said; each is to be told once, after the one before is safe."""
        yield from (("trade_executed", trade) for trade in self.trades)
        yield from self.says
        yield "stats_update", messages.stats(**self.stats)

    def status_now(self, **changes: Any) -> dict[str, Any]:
        """Its status as it is now, with `changes`."""
        known = {"since": MOMENT_MS - 52 * MINUTE_MS, "mode": "simulated", "symbol": self.market.symbol}
        return messages.status(**{**known, **self.status, **changes})


@dataclass(frozen=True, slots=True)
class Story:
    """What one relay holds: the bots that told it something. `stays` is false when they have gone away since.

    With `asks` it wants to know who somebody is.
    """

    name: str
    bots: Sequence[Teller] = ()
    stays: bool = True
    asks: bool = False


def log_line(minutes_ago: float, text: str, level: str = "info") -> Message:
    return "log", {"ts": ago(minutes_ago), "level": level, "message": text}


def alert(number: int, level: str, title: str, message: str, minutes_ago: float = 0) -> Message:
    return "alert", messages.alert(number, level, title=title, message=message, ts=ago(minutes_ago))


def ago(minutes: float) -> int:
    return MOMENT_MS - round(minutes * MINUTE_MS)


def balances(market: Market, quote: str, base: str, equity: str) -> dict[str, str]:
    units = {"quote_currency": market.quote, "base_currency": market.base}
    return {"quote": quote, "base": base, "equity": equity, **units}


def held(market: Market, amount: str, stop: str = "0.995", target: str = "1.01") -> dict[str, Any]:
    """A position that was opened 14 minutes ago; stop and target as shares of its entry."""
    entry = market.at(ago(14))
    levels = {"stop_price": entry * Decimal(stop), "take_profit_price": entry * Decimal(target)}
    prices = {name: str(value.quantize(entry)) for name, value in {"entry_price": entry, **levels}.items()}
    gain = ((Decimal(market.last) - entry) * Decimal(amount)).quantize(entry)
    return messages.position(amount, **prices, unrealized_pnl=str(gain), entry_ts=ago(14))
