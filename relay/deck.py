"""What the relay knows, in one place and under one lock: the tape, the stream made from it, and the bots."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from relay.bot_store import BotStore, Kept
from relay.bots import Bot, Bots
from relay.envelope import encode, envelope
from relay.equity import EquityCurves
from relay.outcomes import INTERRUPTED, outcome_entry
from relay.stream import RECENT_LIMIT, Slice, Stream
from relay.tape import Entry, Event, Tape
from relay.today import TodayPnl

KEPT_TYPES = ("price", "stats")
"""Messages that are not on the tape, of which each bot's last is kept all the same."""
HARMLESS_MODES = frozenset({"paper", "simulated"})


class Deck:
    """Everything that changes it goes through `record` (durable) or `show` (not). Methods expect `lock` to be held."""

    def __init__(
        self,
        tape: Tape,
        *,
        monotonic: Callable[[], float],
        wall_ms: Callable[[], int],
        equity: EquityCurves | None = None,
    ) -> None:
        """`monotonic` in seconds, `wall_ms` in milliseconds UTC. What the tape remembers is in the stream at once."""
        self.lock = threading.RLock()
        self.monotonic = monotonic
        self.wall_ms = wall_ms
        self.bots = Bots()
        self.tape = tape
        self.seq = tape.last_seq
        self.equity = equity or EquityCurves({})
        self.today_pnl = TodayPnl(tape)
        self._stream = Stream()
        self._bot_store = BotStore(tape.engine)
        self._kept: dict[str, Kept] = {}
        self._shown_once: set[tuple[str, str]] = set()
        self._end_interrupted()
        self._restore()

    def _end_interrupted(self) -> None:
        """Of commands that were under way when the last relay ended nobody learns the outcome: say so, for good."""
        outcome = {"ok": False, "error": INTERRUPTED}
        interrupted = self.tape.under_way()
        if interrupted:
            entries = [outcome_entry(command, outcome, self.wall_ms()) for command in interrupted]
            self.record(entries, {command.id: outcome for command in interrupted})

    def _restore(self) -> None:
        for kept in self._bot_store.load():
            bot = self.bots.add(kept.bot_id, kept.name, place=kept.place)
            bot.heard_ms, bot.has_spoken = kept.heard_ms, True
            self._kept[kept.bot_id] = kept
            for type_name in KEPT_TYPES:
                text = getattr(kept, type_name)
                if text is not None:
                    self._shown_once.add((type_name, kept.bot_id))
                    self._stream.restore(type_name, kept.bot_id, text)
        for bot_id in self.tape.bot_ids():
            self._restore_from_tape(self.bots.add(bot_id))
        for type_name, limit in RECENT_LIMIT.items():
            for event in reversed(self.tape.newest(type_name, limit)):
                self._stream.restore(type_name, event.entry.bot_id, event.text)

    def _restore_from_tape(self, bot: Bot) -> None:
        shown = self.tape.latest_status(bot.bot_id)
        reported = self.tape.latest_status(bot.bot_id, reported=True)
        bot.reported = reported.data if reported else None
        bot.offline = shown is None or shown.data["state"] == "offline"
        bot.closed_at = self.monotonic()
        told = [reported, *(event for name in RECENT_LIMIT for event in self.tape.newest(name, 1, bot_id=bot.bot_id))]
        times = [event.entry.ts for event in told if event is not None]
        if times:
            bot.heard_ms, bot.has_spoken = max(*times, bot.heard_ms or 0), True
        if shown:
            self._stream.restore("status", bot.bot_id, shown.text)

    def keep_bots(self) -> None:
        """Write down what is known of the bots and is not on disk; takes the lock itself, not while the disk works."""
        with self.lock:
            known = [self._known(bot) for bot in self.bots if bot.has_spoken]
            changed = [kept for kept in known if self._kept.get(kept.bot_id) != kept]
        if changed and self._bot_store.keep(changed):
            self._kept.update({kept.bot_id: kept for kept in changed})

    def _known(self, bot: Bot) -> Kept:
        price, stats = (self.newest(type_name, bot.bot_id) for type_name in KEPT_TYPES)
        return Kept(bot_id=bot.bot_id, place=bot.place, name=bot.name, heard_ms=bot.heard_ms, price=price, stats=stats)

    def record(self, entries: Sequence[Entry], outcomes: Mapping[str, Mapping[str, Any]] | None = None) -> list[Event]:
        """Write to the tape and show what was new; returns that, in order. For `outcomes` see `Tape.append`."""
        return self._shown([event for event in self.tape.append(entries, outcomes) if event is not None])

    def recover(self) -> list[Event]:
        """Show what a `record` that failed has written all the same; returns that. Call it before the next `record`."""
        return self._shown(self.tape.recovered())

    def _shown(self, stored: list[Event]) -> list[Event]:
        for event in stored:
            self._stream.durable(event.entry.type, event.entry.bot_id, event.text)
            self.seq = event.seq
        return stored

    def show(self, type_name: str, bot_id: str, data: dict[str, Any]) -> str:
        """Show a message that is not durable; returns its envelope. A bot's first price and stats are kept at once."""
        text = envelope(type_name, bot_id, self.wall_ms(), data)
        if type_name == "price":
            self._stream.price(bot_id, text)
        elif type_name == "candle":
            self._stream.candle(bot_id, data["timeframe"], data["ts"], text)
        elif type_name == "log":
            self._stream.log(text)
        else:
            self._stream.latest(type_name, bot_id, text)
        if type_name in KEPT_TYPES and (type_name, bot_id) not in self._shown_once:
            self._shown_once.add((type_name, bot_id))
            self.keep_bots()
        return text

    def announce_bots(self) -> None:
        """Tell the pages which bots there are and which are connected."""
        self._stream.notice("bots", envelope("bots", None, self.wall_ms(), {"bots": self.bot_list()}))

    def bot_list(self) -> list[dict[str, Any]]:
        """`[{"bot_id", "name", "connected"}]`."""
        return [bot.summary() for bot in self.bots]

    def is_live(self, bot_id: str | None) -> bool:
        """May the bot (None is the first) trade real money? Only one that last said otherwise does not."""
        bot = self.bots.get(bot_id)
        if bot is None:
            return False
        text = self.newest("status", bot.bot_id)
        return text is None or orjson.loads(text)["data"].get("mode") not in HARMLESS_MODES

    def newest(self, type_name: str, bot_id: str) -> str | None:
        """The envelope of the bot's latest price, status or stats."""
        return self._stream.newest(type_name, bot_id)

    def candles(self, bot_id: str, timeframe: str | None, limit: int) -> list[str]:
        """The newest candles' envelopes, oldest first."""
        return self._stream.candles(bot_id, timeframe, limit)

    def timeframes(self, bot_id: str) -> list[str]:
        """The timeframes of a bot's candles."""
        return self._stream.timeframes(bot_id)

    @property
    def tape_id(self) -> str:
        return self.tape.id

    @property
    def position(self) -> int:
        return self._stream.position

    @property
    def durable_position(self) -> int:
        return self._stream.durable_position

    @property
    def oldest(self) -> int:
        return self._stream.oldest

    def since(self, position: int) -> Slice:
        """See `Stream.since`."""
        return self._stream.since(position)

    def snapshot(self) -> Slice:
        """See `Stream.snapshot`."""
        return self._stream.snapshot()

    def current(self) -> Slice:
        """See `Stream.current`."""
        return self._stream.current()

    def missed(self, seq: int, limit: int) -> list[Event]:
        """Durable events after `seq` from the tape, oldest first."""
        return self.tape.after(seq, limit, upto=self.seq)

    def hello(self, kind: str) -> str:
        """The `hello` object of a page's first frame."""
        return encode({"kind": kind, "tape": self.tape_id, "seq": self.seq, "bots": self.bot_list()})
