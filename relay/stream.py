"""The stream: everything the pages should see, by position, bounded; what came after a position is one text for all.

Pages that stand at the same position get the same text, made once. Durable events are kept in full (a page that is
further behind reads the tape), prices and logs as bounded lists, of candles, stats and heartbeats the latest.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import takewhile

FIRST_POSITION = 1 << 20
"""Positions start here, so that the frames of a page that catches up from the tape can count from 1 below them."""

DURABLE_LIMIT = 5_000
DURABLE_PER_FRAME = 500
PRICES_PER_FRAME = 60
PRICES_LIMIT = 300
CANDLES_LIMIT = 500
SERIES_LIMIT = 16
LOGS_LIMIT = 200
RECENT_LIMIT = {"trade": 500, "alert": 200}

Item = tuple[int, str]
"""A position and the text of its envelope."""


@dataclass(slots=True)
class Recent:
    """What a new page should see of one bot."""

    latest: dict[str, Item] = field(default_factory=dict)
    prices: deque[Item] = field(default_factory=lambda: deque(maxlen=PRICES_LIMIT))
    candles: OrderedDict[str, OrderedDict[int, Item]] = field(default_factory=OrderedDict)


@dataclass(frozen=True, slots=True)
class Slice:
    """What came after one position, up to another: the envelopes as the inside of a JSON array."""

    upto: int
    text: str


class Stream:
    """Not locked: its owner calls it under a lock of its own."""

    def __init__(self) -> None:
        self.position = FIRST_POSITION
        self.durable_position = FIRST_POSITION
        self._durable: deque[Item] = deque(maxlen=DURABLE_LIMIT)
        self._logs: deque[Item] = deque(maxlen=LOGS_LIMIT)
        self._recent: dict[str, deque[Item]] = {name: deque(maxlen=n) for name, n in RECENT_LIMIT.items()}
        self._notices: dict[str, Item] = {}
        self._bots: dict[str, Recent] = {}
        self._slices: dict[int, Slice] = {}
        self._snapshot: Slice | None = None

    @property
    def oldest(self) -> int:
        """Pages that acknowledged an older position must read the tape."""
        full = len(self._durable) == DURABLE_LIMIT
        return self._durable[0][0] if full else FIRST_POSITION

    def restore(self, type_name: str, bot_id: str, text: str) -> None:
        """Put back what the disk remembers, at no new position: trades and alerts oldest first, and each bot's status,
        stats and price.
        """
        if type_name in ("status", "stats"):
            self._of(bot_id).latest[type_name] = (self.position, text)
        elif type_name == "price":
            self._of(bot_id).prices.append((self.position, text))
        elif type_name in self._recent:
            self._recent[type_name].append((self.position, text))

    def durable(self, type_name: str, bot_id: str, text: str) -> None:
        """A trade, status, alert or outcome that is on the tape."""
        item = self._next(text)
        self.durable_position = item[0]
        self._durable.append(item)
        if type_name in self._recent:
            self._recent[type_name].append(item)
        elif type_name == "status":
            self._of(bot_id).latest["status"] = item

    def price(self, bot_id: str, text: str) -> None:
        """A price; the last `PRICES_LIMIT` of each bot are kept."""
        self._of(bot_id).prices.append(self._next(text))

    def candle(self, bot_id: str, timeframe: str, ts: int, text: str) -> None:
        """A candle in its latest form; the last `CANDLES_LIMIT` of each of a bot's timeframes are kept."""
        series = self._of(bot_id).candles
        candles = series.setdefault(timeframe, OrderedDict())
        candles[ts] = self._next(text)
        candles.move_to_end(ts)
        if len(candles) > CANDLES_LIMIT:
            del candles[min(candles)]
        if len(series) > SERIES_LIMIT:
            series.popitem(last=False)

    def latest(self, type_name: str, bot_id: str, text: str) -> None:
        """A message of which only the latest counts: stats, heartbeat."""
        self._of(bot_id).latest[type_name] = self._next(text)

    def log(self, text: str) -> None:
        """A log line; the last `LOGS_LIMIT` over all bots are kept."""
        self._logs.append(self._next(text))

    def notice(self, name: str, text: str) -> None:
        """A message about the deck itself, of which only the latest counts: the list of bots."""
        self._notices[name] = self._next(text)

    def candles(self, bot_id: str, timeframe: str | None, limit: int) -> list[str]:
        """The newest candles' texts, oldest first; without a timeframe those of the bot's first."""
        series = self._of(bot_id).candles
        found = series.get(timeframe or next(iter(series), ""), OrderedDict())
        return [found[ts][1] for ts in sorted(found)[-limit:]]

    def timeframes(self, bot_id: str) -> list[str]:
        """The timeframes that there are candles of, the bot's first one first."""
        return list(self._of(bot_id).candles)

    def newest(self, type_name: str, bot_id: str) -> str | None:
        """The text of the bot's latest price, status, stats or heartbeat."""
        recent = self._of(bot_id)
        if type_name == "price":
            return recent.prices[-1][1] if recent.prices else None
        item = recent.latest.get(type_name)
        return item[1] if item else None

    def since(self, position: int) -> Slice:
        """All that came after a position, at most `DURABLE_PER_FRAME` durable events of it."""
        found = self._slices.get(position)
        if found is None:
            found = self._slices[position] = self._cut(position)
        return found

    def snapshot(self) -> Slice:
        """The whole picture for a page that has nothing yet."""
        if self._snapshot is None:
            self._snapshot = Slice(self.position, _joined(self._whole()))
        return self._snapshot

    def current(self) -> Slice:
        """The picture without durable events, for a page that has just caught up on those from the tape."""
        return Slice(self.position, _joined([*self._live(0, PRICES_LIMIT), *self._statuses(0)]))

    def _next(self, text: str) -> Item:
        self.position += 1
        self._slices.clear()
        self._snapshot = None
        return (self.position, text)

    def _of(self, bot_id: str) -> Recent:
        return self._bots.setdefault(bot_id, Recent())

    def _cut(self, position: int) -> Slice:
        durable = _after(self._durable, position)
        upto = self.position
        if len(durable) > DURABLE_PER_FRAME:
            durable = durable[:DURABLE_PER_FRAME]
            upto = durable[-1][0]
        live = self._live(position, PRICES_PER_FRAME)
        return Slice(upto, _joined([*durable, *(item for item in live if item[0] <= upto)]))

    def _live(self, position: int, prices: int) -> list[Item]:
        items = [item for item in self._notices.values() if item[0] > position]
        items += _after(self._logs, position)
        for bot in self._bots.values():
            items += _after(bot.prices, position)[-prices:]
            items += [item for name, item in bot.latest.items() if name != "status" and item[0] > position]
            for candles in bot.candles.values():
                items += takewhile(lambda item: item[0] > position, reversed(candles.values()))
        return items

    def _statuses(self, position: int) -> list[Item]:
        statuses = (bot.latest.get("status") for bot in self._bots.values())
        return [item for item in statuses if item and item[0] > position]

    def _whole(self) -> list[Item]:
        recent = [item for items in self._recent.values() for item in items]
        return [*recent, *self._statuses(0), *self._live(0, PRICES_LIMIT)]


def _after(items: deque[Item], position: int) -> list[Item]:
    found = list(takewhile(lambda item: item[0] > position, reversed(items)))
    found.reverse()
    return found


def _joined(items: list[Item]) -> str:
    return ",".join(text for _, text in sorted(items, key=lambda item: item[0]))
