"""What a person or a script may ask for: reads are answered here, what acts goes to the bot once and is recorded."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import orjson
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.events import without_nul
from bot.fault_words import fault_words
from relay.bots import Bot
from relay.charts import Charts, WrongTimeframe
from relay.command_book import UnderWay
from relay.deck import Deck
from relay.envelope import encode
from relay.outcomes import Outcome
from relay.tape import Event as TapeEvent
from relay.trade_filter import EVERYTHING, InvalidFilter, TradeFilter, parse_filter
from relay.transport import Event, Transport

ASKS = frozenset({"check_strategy"})
"""A bot answers them and changes nothing: their outcome is for the one who asked."""
ACTS = frozenset({"start_bot", "stop_bot", "test_trade", "close_position", "halt", "resume", "set_strategy"}) | ASKS
STOPS = frozenset({"stop_bot", "halt"})
READS = frozenset({"get_status", "get_stats", "get_trades", "get_candles", "get_bots"})
BOT_TIMEOUT = 5.0
WRITTEN_WITHIN = 5.0
STOP_WRITTEN_WITHIN = 2.0
"""Seconds in which an outcome is on the tape, or the tape cannot be written."""
LIMIT_MAX = 1_000
SEQ_MAX = 2**62
"""Far beyond every tape; what is higher no database takes for a number."""

LATE = "did not answer within"
MEND = "look at the relay's log and mend its database."
UNWRITTEN = f"The command cannot be written down, so it was not sent: {MEND}"
UNKEPT = f"The bot has answered, but what came of it cannot be written down yet: look at the status, and {MEND}"
UNSETTLED = "What came of this command is not known yet: look at the status first."
UNREAD = f"The deck's records cannot be read now: {MEND}"

log = logging.getLogger("tapedeck.relay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as it comes in; `id` makes it idempotent. Strict: what `Guard` looked at is what is done."""

    command: Annotated[str, Field(min_length=1, max_length=50, strict=True)]
    bot_id: Annotated[str, Field(min_length=1, max_length=200, strict=True)] | None = None
    id: Annotated[str, Field(min_length=1, max_length=200, strict=True), AfterValidator(without_nul)] | None = None
    args: dict[str, Any] | None = None


_adapter = TypeAdapter(Command)


class Caller(Protocol):
    """Sends a command to a connected bot; `done` gets the bot's answer, or None when the bot went away."""

    def __call__(self, bot: Bot, command: dict[str, Any], done: Callable[[object], None]) -> None: ...


class Recorder(Protocol):
    """Puts an outcome on the tape, for everyone, and waits for that; see `Hub.record_outcome`."""

    def __call__(self, of: UnderWay, outcome: Outcome, *, is_noted: bool, within_s: float) -> bool: ...


@dataclass(slots=True)
class Running:
    """A command that was sent; `done` is set once its outcome may be asked for. Is it on the tape?"""

    done: Event
    is_noted: bool


class Refused(Exception):
    """The command cannot be done; the text is one sentence that says why."""


def failed(sentence: str) -> Outcome:
    """An outcome that says why not."""
    return {"ok": False, "error": sentence}


def stops(payload: object) -> bool:
    """Is that a command that stops a bot? It passes where others wait."""
    command = payload.get("command") if isinstance(payload, Mapping) else None
    return isinstance(command, str) and command in STOPS


def outcome_text(command: Mapping[str, Any], outcome: Outcome) -> str:
    """An outcome as a page gets it."""
    asked = {"id": command.get("id"), "command": command.get("command"), "bot_id": command.get("bot_id")}
    return encode({**asked, **outcome})


class Commands:
    """Runs commands; `run` waits for the bot's word, so call it in a task of its own."""

    def __init__(
        self,
        deck: Deck,
        transport: Transport,
        call: Caller,
        record: Recorder,
        charts: Charts,
    ) -> None:
        """`call` sends to a bot; `record` keeps the outcome of what acts."""
        self._deck = deck
        self._transport = transport
        self._call = call
        self._record = record
        self._charts = charts
        self._under_way: dict[str, Running] = {}

    def run(self, payload: object) -> Outcome:
        """`{"ok": True, "data": {...}}` or `{"ok": False, "error": "one sentence"}`; never raises for bad input."""
        try:
            command = _parse(payload)
            if command.command == "get_candles" and (command.args or {}).get("timeframe") is not None:
                return {"ok": True, "data": {"candles": self._charted(command, command.args or {})}}
            if command.command in READS:
                return {"ok": True, "data": self._read(command)}
            return self._act(command)
        except (Refused, InvalidFilter) as refusal:
            return failed(str(refusal))
        except SQLAlchemyError:
            log.exception("What a command asked for could not be read.")
            return failed(UNREAD)

    def _read(self, command: Command) -> dict[str, Any]:
        if command.command == "get_trades":
            return self._read_trades(command)
        with self._deck.lock:
            if command.command == "get_bots":
                return {"bots": self.bots()}
            bot = self._bot(command.bot_id)
            args = command.args or {}
            if command.command == "get_candles":
                return self.candles(bot.bot_id, _whole(args, "limit", 500, LIMIT_MAX))
            return self.latest(command.command.removeprefix("get_"), bot.bot_id)

    def bots(self) -> list[dict[str, Any]]:
        """Every bot with what it last said of itself."""
        return [{**bot.summary(), **self._glance(bot.bot_id)} for bot in self._deck.bots]

    def latest(self, type_name: str, bot_id: str) -> dict[str, Any]:
        """The fields of the bot's latest status or stats, with `bot_id`, `ts` and `seq` where it has one."""
        text = self._deck.newest(type_name, bot_id)
        if text is None:
            raise Refused(f"Bot {bot_id} has not reported its {type_name} yet: try again in a moment.")
        return _flat(text)

    def _read_trades(self, command: Command) -> dict[str, Any]:
        args = command.args or {}
        wanted = parse_filter(args)
        limit = _whole(args, "limit", 100, LIMIT_MAX)
        before_seq = _whole(args, "before_seq", None, SEQ_MAX)
        return self.trades(self.whose(command.bot_id, args), limit, before_seq, wanted)

    def trades(
        self, bot_id: str | None, limit: int | None, before_seq: int | None, wanted: TradeFilter = EVERYTHING
    ) -> dict[str, Any]:
        """`{"trades": [...]}`, newest first, each with its `seq` and `bot_id`; without a `bot_id` those of all bots."""
        most = limit or 100
        found: list[TapeEvent] = []
        for events in self.trade_pages(wanted, most, bot_id=bot_id, before_seq=before_seq):
            found += events
            if len(found) >= most:
                break
        return {"trades": [trade_fields(event) for event in found[:most]]}

    def trade_pages(
        self, wanted: TradeFilter, size: int, *, bot_id: str | None = None, before_seq: int | None = None
    ) -> Iterator[list[TapeEvent]]:
        """The matching trades, newest first, at most `size` a page; may be empty. Others have their turn between."""
        before = before_seq
        while before != 0:
            with self._deck.lock:
                events, before = self._deck.tape.trades(wanted, size, bot_id=bot_id, before_seq=before)
            yield events
            self._transport.sleep(0)

    def whose(self, bot_id: str | None, args: Mapping[str, Any]) -> str | None:
        """The bot whose trades are asked for, without an id the first; None for all. Raises `Refused`."""
        if _is_all_bots(args):
            return None
        with self._deck.lock:
            return self._bot(bot_id).bot_id

    def candles(self, bot_id: str, limit: int | None) -> dict[str, Any]:
        """`{"candles": [...]}` as they were streamed, oldest first."""
        return {"candles": [orjson.loads(text)["data"] for text in self._deck.candles(bot_id, None, limit or 500)]}

    def _charted(self, command: Command, args: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The candles of a timeframe, which the bot may be asked for: without the lock, for that takes its time."""
        with self._deck.lock:
            bot, limit = self._bot(command.bot_id), _whole(args, "limit", 500, LIMIT_MAX)
        try:
            return self._charts.candles(bot, args["timeframe"], limit or 500)
        except WrongTimeframe as error:
            raise Refused(str(error)) from None

    def _glance(self, bot_id: str) -> dict[str, Any]:
        status = self._data("status", bot_id)
        names = ("state", "mode", "exchange", "symbol", "timeframe", "strategy")
        now = self._data("price", bot_id).get("ts") or self._deck.wall_ms()
        return {
            **{name: status.get(name) for name in names},
            "equity": self._data("heartbeat", bot_id).get("equity") or self._deck.equity.latest(bot_id),
            "today_pnl": format(self._deck.today_pnl.of(bot_id, now), "f"),
        }

    def _data(self, type_name: str, bot_id: str) -> dict[str, Any]:
        text = self._deck.newest(type_name, bot_id)
        return orjson.loads(text)["data"] if text else {}

    def _bot(self, bot_id: str | None) -> Bot:
        bot = self._deck.bots.get(bot_id)
        if bot is None:
            known = ", ".join(bot.bot_id for bot in self._deck.bots) or "none yet"
            raise Refused(f"There is no bot {bot_id}; known are: {known}." if bot_id else "No bot has connected yet.")
        return bot

    def _act(self, command: Command) -> Outcome:
        if command.command not in ACTS:
            raise Refused(f"{command.command} is not a command; known are {', '.join(sorted(ACTS | READS))}.")
        command_id = command.id or uuid.uuid4().hex
        with self._deck.lock:
            waiting = self._under_way.get(command_id)
            if waiting is None:
                bot = self._bot(command.bot_id)
                sent = UnderWay(id=command_id, bot_id=bot.bot_id, command=command.command)
                known = self._begin(sent)
                if known is not None:
                    return known or failed(UNSETTLED)
        if waiting is not None:
            waiting.done.wait(BOT_TIMEOUT + WRITTEN_WITHIN + 1)
            return self._act(command) if waiting.done.is_set() else failed("This command is still under way.")
        return self._send(command, sent, bot)

    def _send(self, command: Command, sent: UnderWay, bot: Bot) -> Outcome:
        outcome = failed("The relay could not send the command: see its log.")
        try:
            outcome = self._ask(command, sent.id, bot)
        finally:
            outcome = self._end(sent, outcome)
        return outcome

    def _begin(self, sent: UnderWay) -> Outcome | None:
        """As `Tape.begin_command`; a database that is broken keeps nobody from stopping a bot, which knows ids too."""
        is_noted = True
        try:
            known = self._deck.tape.begin_command(sent.id, self._deck.wall_ms(), None if sent.command in ASKS else sent)
            if known is not None:
                return known
        except SQLAlchemyError:
            log.exception("The command %s could not be written to the tape.", sent.command)
            if sent.command not in STOPS:
                raise Refused(UNWRITTEN) from None
            is_noted = False
        self._under_way[sent.id] = Running(self._transport.event(), is_noted)
        return None

    def _end(self, sent: UnderWay, outcome: Outcome) -> Outcome:
        """The outcome once it is on disk, for whoever hears of it may rely on that; what stops a bot waits less."""
        running = self._under_way[sent.id]
        try:
            if sent.command in ASKS:
                self._keep(sent.id, outcome)
                return outcome
            patience = STOP_WRITTEN_WITHIN if sent.command in STOPS else WRITTEN_WITHIN
            is_written = self._record(sent, outcome, is_noted=running.is_noted, within_s=patience)
            return outcome if is_written or sent.command in STOPS else failed(UNKEPT)
        finally:
            with self._deck.lock:
                del self._under_way[sent.id]
            running.done.set()

    def _keep(self, command_id: str, outcome: Outcome) -> None:
        try:
            with self._deck.lock:
                self._deck.tape.end_command(command_id, outcome)
        except SQLAlchemyError:
            log.exception("The outcome of a command could not be written to the tape.")

    def _ask(self, command: Command, command_id: str, bot: Bot) -> Outcome:
        if not bot.connected:
            return failed(f"Bot {bot.bot_id} is away: it gets no commands until it is back.")
        answers: list[object] = []
        answered = self._transport.event()

        def done(answer: object) -> None:
            answers.append(answer)
            answered.set()

        self._call(bot, {"id": command_id, "name": command.command, "args": command.args or {}}, done)
        answered.wait(BOT_TIMEOUT)
        if not answers:
            return failed(f"Bot {bot.bot_id} {LATE} {BOT_TIMEOUT:.0f} s: look at its status before trying again.")
        return _outcome(answers[0], bot.bot_id)


def _parse(payload: object) -> Command:
    if not isinstance(payload, Mapping):
        raise Refused('A command must be an object such as {"command": "get_status"}.')
    try:
        command = _adapter.validate_python({**payload})
        encode(command.args)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{path}: {fault_words(first)}.") from None
    except TypeError:  # what JSON of Python's own making may hold, and the line to a bot may not
        raise Refused("args: must be JSON of whole characters, with whole numbers of at most 64 bits.") from None
    return command


def _whole(args: Mapping[str, Any], name: str, default: int | None, most: int | None = None) -> int | None:
    value = args.get(name, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Refused(f"args.{name}: must be a whole number from 1, got {value!r:.60}.")
    return value if most is None else min(value, most)


def _is_all_bots(args: Mapping[str, Any]) -> bool:
    value = args.get("bots")
    if value not in (None, "all"):
        raise Refused(f"args.bots: must be all, or left out for one bot, got {value!r:.60}.")
    return value is not None


def trade_fields(event: TapeEvent) -> dict[str, Any]:
    """A trade as it is read: with its `seq` and `bot_id`."""
    return {**event.data, "seq": event.seq, "bot_id": event.entry.bot_id}


def _outcome(answer: object, bot_id: str) -> Outcome:
    if answer is None:
        return failed(f"Bot {bot_id} went away before it answered: look at its status before trying again.")
    if not isinstance(answer, Mapping) or not isinstance(answer.get("ok"), bool):
        return failed(f"Bot {bot_id} gave no readable answer: look at its status.")
    if answer["ok"]:
        data = answer.get("data")
        return {"ok": True, "data": data if isinstance(data, dict) else {}}
    return failed(str(answer.get("error") or "The bot refused without saying why."))


def _flat(text: str) -> dict[str, Any]:
    message = orjson.loads(text)
    around = {name: message[name] for name in ("bot_id", "seq", "ts") if name in message}
    return {**message["data"], **around}
