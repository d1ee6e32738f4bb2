"""Takes what bots send, puts it on the tape or straight into the stream, and passes it on to everybody."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy.exc import SQLAlchemyError

from bot.events import (
    DURABLE,
    TYPE_OF,
    Candle,
    Heartbeat,
    InvalidMessage,
    Message,
    Price,
    Status,
    Trade,
    parse,
    to_wire,
)
from relay.bots import Bot
from relay.clients import Clients
from relay.command_book import UnderWay
from relay.deck import Deck
from relay.envelope import encode
from relay.metrics import Metrics
from relay.outcomes import Outcome, outcome_entry
from relay.pages import Pages
from relay.tape import Entry, Event
from relay.transport import Transport

WATCH_INTERVAL = 0.25
KEEP_EVERY_S = 10.0
"""A relay that is killed forgets so much of when a bot was last heard."""
RETRY_AFTER = 1.0
CHUNK = 200
PENDING_LIMIT = 20_000
"""Durable events that may wait for a tape that can't be written; then their bot is sent away and tries again later."""

Acknowledge = Callable[[dict[str, Any]], None]
log = logging.getLogger("tapedeck.relay")


@dataclass(frozen=True, slots=True)
class Pending:
    """A durable event on its way to the tape, whom to tell once it is there, and what it says of a command that ends
    with it.
    """

    entry: Entry
    acknowledge: Acknowledge | None = None
    outcome: Outcome | None = None


class Hub:
    """Bots' side of the relay. `write`, `watch` and `keep` run as background tasks for ever."""

    def __init__(self, deck: Deck, transport: Transport, clients: Clients, metrics: Metrics) -> None:
        self._deck = deck
        self._transport = transport
        self._clients = clients
        self.pages: Pages | None = None
        self._pending: deque[Pending] = deque()
        self._work = transport.event()
        self._metrics = metrics

    def bot_connected(self, eio_sid: str, bot_id: str, name: str | None) -> None:
        """A bot was let in; another connection of the same bot is sent away."""
        with self._deck.lock:
            replaced = self._deck.bots.connected(bot_id, name, eio_sid, self._deck.monotonic())
            self._announce()
        log.info("Bot %s connected.", bot_id)
        if replaced is not None:
            log.warning("Bot %s connected twice: the older connection is closed.", bot_id)
            self._transport.spawn(self._transport.drop, replaced)

    def bot_disconnected(self, eio_sid: str) -> None:
        """A bot's connection is gone."""
        with self._deck.lock:
            bot = self._deck.bots.disconnected(eio_sid, self._deck.monotonic())
            if bot is not None:
                self._announce()
                log.info("Bot %s disconnected.", bot.bot_id)

    def receive(self, eio_sid: str, event: str, payload: object, acknowledge: Acknowledge) -> None:
        """One event of a bot, in the order of its line. `acknowledge` is called once it is safe, or refused."""
        bot = self._deck.bots.of_sid(eio_sid)
        if bot is None:
            return acknowledge({"ok": False, "error": "This connection is not a bot's: connect with its token first."})
        try:
            message = parse(event, payload)
        except InvalidMessage as error:
            self._metrics.refused.inc()
            return acknowledge({"ok": False, "error": str(error)})
        type_name = TYPE_OF[type(message)]
        self._metrics.bot_events.labels(type_name).inc()
        with self._deck.lock:
            self._note(bot, message)
            if type_name in DURABLE:
                self._queue(Pending(self._entry(bot.bot_id, type_name, message), acknowledge))
                return None
            self._pass_on(type_name, self._deck.show(type_name, bot.bot_id, to_wire(message)))
        acknowledge({"ok": True})
        return None

    def record_outcome(self, of: UnderWay, outcome: Outcome, *, is_noted: bool, within_s: float) -> bool:
        """Put the outcome of a command on the tape, for everyone; is it there `within_s`? Else it may still get there.

        With `is_noted` the command itself is on the tape, and ends in the same transaction.
        """
        written = self._transport.event()
        pending = Pending(
            outcome_entry(of, outcome, self._deck.wall_ms()),
            lambda _answer: written.set(),
            outcome if is_noted else None,
        )
        return self._queue(pending) and written.wait(within_s)

    def write(self) -> None:
        """Move pending events to the tape, all that have come in one transaction, then acknowledge and show them."""
        while True:
            self._work.wait()
            self._work.clear()
            while self._pending:
                batch = [self._pending.popleft() for _ in range(min(len(self._pending), CHUNK))]
                self._store(batch)
                self._transport.sleep(0)

    def watch(self) -> None:
        """Notice bots that fell silent, and bots that are heard again."""
        while True:
            self._transport.sleep(WATCH_INTERVAL)
            with self._deck.lock:
                now = self._deck.monotonic()
                for bot in self._deck.bots:
                    if not bot.offline and bot.is_silent(now):
                        self._show_offline(bot)

    def keep(self) -> None:
        """Write down every few seconds what is known of the bots; a background task for ever."""
        while True:
            self._transport.sleep(KEEP_EVERY_S)
            self._deck.keep_bots()

    def _store(self, batch: list[Pending]) -> None:
        while True:
            try:
                with self._deck.lock:
                    recovered = self._deck.recover()
                    self._pass_on_all(recovered)
                    outcomes = {each.entry.id: each.outcome for each in batch if each.outcome is not None}
                    stored = self._deck.record([pending.entry for pending in batch], outcomes)
                    self._pass_on_all(stored)
                    self._show_repeated(batch, [*recovered, *stored])
                break
            except SQLAlchemyError:
                log.exception(
                    "The tape could not be written; trying again in %s s, nothing is acknowledged until then.",
                    RETRY_AFTER,
                )
                self._transport.sleep(RETRY_AFTER)
        for pending in batch:
            if pending.acknowledge is not None:
                pending.acknowledge({"ok": True})

    def _show_repeated(self, batch: list[Pending], stored: list[Event]) -> None:
        """A bot that came back may only repeat a status that the tape has, while the deck shows it as offline."""
        new = {event.entry.key for event in stored}
        for entry in (pending.entry for pending in batch):
            if entry.type == "status" and entry.key not in new:
                bot = self._deck.bots.get(entry.bot_id)
                shown = self._deck.newest("status", entry.bot_id)
                if bot is not None and bot.connected and shown and orjson.loads(shown)["data"]["state"] == "offline":
                    self._show_again(bot)

    def _pass_on_all(self, events: list[Event]) -> None:
        for event in events:
            self._pass_on(event.entry.type, event.text)

    def _pass_on(self, type_name: str, text: str) -> None:
        self._clients.broadcast(type_name, text)
        self._wake_pages()

    def _wake_pages(self) -> None:
        if self.pages is not None:
            self.pages.wake()

    def _queue(self, pending: Pending) -> bool:
        """Is there room for it?"""
        if len(self._pending) >= PENDING_LIMIT:
            bot = self._deck.bots.get(pending.entry.bot_id)
            if bot is not None and bot.eio_sid is not None:
                self._transport.spawn(self._transport.drop, bot.eio_sid)
            return False
        self._pending.append(pending)
        self._work.set()
        return True

    def _announce(self) -> None:
        self._deck.announce_bots()
        self._wake_pages()

    def _note(self, bot: Bot, message: Message) -> None:
        now, is_first = self._deck.monotonic(), not bot.has_spoken
        bot.heard(now, self._deck.wall_ms())
        if is_first:
            self._deck.keep_bots()
            self._announce()
        if isinstance(message, Heartbeat):
            bot.beat(now, message.feed_age_ms)
            self._deck.equity.take(bot.bot_id, self._deck.wall_ms(), message.equity)
        elif isinstance(message, Price | Candle):
            bot.priced(now)
        if isinstance(message, Status):
            bot.reported = to_wire(message)
            bot.offline = message.state == "offline"
        elif bot.offline and bot.reported is not None:
            self._show_again(bot)

    def _entry(self, bot_id: str, type_name: str, message: Message) -> Entry:
        now_ms = self._deck.wall_ms()
        data = to_wire(_completed(message, now_ms) if isinstance(message, Trade | Status) else message)
        return Entry(bot_id=bot_id, type=type_name, id=str(data["id"]), ts=now_ms, data=encode(data))

    def _show_offline(self, bot: Bot) -> None:
        bot.offline = True
        why = "It is connected but silent." if bot.connected else "Its connection is closed."
        self._queue(Pending(self._relay_status(bot, {"state": "offline", "message": f"The bot is not heard. {why}"})))

    def _show_again(self, bot: Bot) -> None:
        bot.offline = False
        self._queue(Pending(self._relay_status(bot, {})))

    def _relay_status(self, bot: Bot, changes: dict[str, Any]) -> Entry:
        event_id = f"relay-{uuid.uuid4().hex}"
        reported = bot.reported or to_wire(Status(state="offline"))
        now_ms = self._deck.wall_ms()
        since = {"since": bot.heard_ms or now_ms} if changes else {}
        data = {**reported, **since, **changes, "id": event_id}
        return Entry(bot_id=bot.bot_id, type="status", id=event_id, ts=now_ms, data=encode(data))


def _completed(message: Trade | Status, wall_ms: int) -> Trade | Status:
    """Fill in what a bot may leave out because it follows from the rest."""
    if isinstance(message, Status):
        return message if message.since is not None else replace(message, since=wall_ms)
    cost = message.cost if message.cost is not None else message.price * message.amount
    currency = message.fee_currency or message.symbol.partition("/")[2].partition(":")[0] or None
    return replace(message, cost=cost, fee_currency=currency, order_id=message.order_id or message.id)
