"""The relay's three Socket.IO doors: who is let in, and where what they send goes.

Events of `/bot` and `/page` are taken straight from the line, in order and without a thread each: Flask-SocketIO gives
every event a thread of its own, which loses their order, and a page's acknowledgement is too small for one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from json import JSONDecoder
from typing import Any

import orjson
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError as Refusal
from sqlalchemy.exc import SQLAlchemyError

from relay import bot_json
from relay.access.gate import BotPass, Gate, NotAdmitted
from relay.access.visitor import Visitor
from relay.bots import Bot
from relay.clients import Clients
from relay.commands import failed, stops
from relay.envelope import encode
from relay.hub import Hub
from relay.limits.commands import Runs
from relay.limits.connections import Refused
from relay.limits.limits import Limits
from relay.pages import Pages
from relay.transport import SharedPacket, Transport

log = logging.getLogger("tapedeck.relay")
WATCH_INTERVAL = 0.5
"""Seconds; whose session or token is revoked is cut off within two."""
Check = Callable[[Mapping[str, Any], Mapping[str, Any]], Visitor | BotPass]
"""Looks at a connect's `auth` and its request; raises `NotAdmitted`."""
UNREADABLE = "The relay cannot read who may come in: look at its log and mend its database."
BINARY = ("5", "6")
"""Kinds of Socket.IO messages that announce attachments; no door takes any."""
FIRST = JSONDecoder()
LEFT = "This connection is not open any more: connect again."


class Doors:
    """Registers itself with Flask-SocketIO when made."""

    def __init__(
        self,
        socketio: SocketIO,
        transport: Transport,
        gate: Gate,
        hub: Hub,
        clients: Clients,
        pages: Pages,
        limits: Limits,
    ) -> None:
        self._limits = limits
        self._server = socketio.server
        self._transport = transport
        self._gate = gate
        self._hub = hub
        self._clients = clients
        self._pages = pages
        self._calls: dict[tuple[str, int], Callable[[object], None]] = {}
        self._last_call = 0
        self._let_in: dict[tuple[str, str], Any] = {}
        self._visitors: dict[tuple[str, str], Visitor] = {}
        self._passes: dict[str, BotPass] = {}
        self._is_blind = False
        self._register(socketio)

    def _register(self, socketio: SocketIO) -> None:
        checks: dict[str, Check] = {"/": self._check_person, "/page": self._check_person, "/bot": self._check_bot}
        for namespace, check in checks.items():
            socketio.server.on("connect", self._admit(namespace, check), namespace=namespace)
            socketio.server.on("disconnect", self._leave(namespace), namespace=namespace)
        socketio.server.eio.on("message", self._paced_message)

    def serve_commands(self, guard: Runs) -> None:
        """Answer `command` on `/`, and say of every other event that there is none."""

        def command(sid: str, *payloads: object) -> dict[str, Any]:
            if len(payloads) > 1:
                return failed(f"command: takes one object, got {len(payloads)} arguments.")
            payload = payloads[0] if payloads else None
            eio_sid = self._server.manager.eio_sid_from_sid(sid, "/")
            visitor = self._visitors.get((eio_sid, "/"))
            if visitor is None:
                return failed(LEFT)
            if stops(payload):
                return guard.run(payload, visitor)
            with self._clients.asking(eio_sid) as refusal:
                if refusal is None:
                    return guard.run(payload, visitor)
            self._limits.count("unread")
            return failed(refusal)

        def unknown(event: str, _sid: str, *_payloads: object) -> dict[str, Any]:
            return failed(f"{event[:60]}: is not an event of this namespace; it takes command.")

        self._server.on("command", command, namespace="/")
        self._server.on("*", unknown, namespace="/")

    def watch(self) -> None:
        """Cut off whoever may not stay; runs as a background task for ever."""
        while True:
            self._transport.sleep(WATCH_INTERVAL)
            try:
                self._cut_off()
                self._is_blind = False
            except Exception:  # whatever it is: who watches must go on
                if not self._is_blind:
                    log.exception("Whose session is over cannot be read: everybody stays until it can be.")
                self._is_blind = True

    def _cut_off(self) -> None:
        visitors, passes = dict(self._visitors), dict(self._passes)
        sessions = self._gate.ended_sessions(visitors.values())
        bots = self._gate.ended_passes(passes.values())
        for (eio_sid, _), visitor in visitors.items():
            if visitor.session_id in sessions or self._gate.is_over(visitor):
                log.info("What let in the %s is over: the connection is closed.", visitor.name)
                self._transport.spawn(self._transport.drop, eio_sid)
        for eio_sid, shown in passes.items():
            if shown in bots:
                log.warning("The token that bot %s came with is over: its connection is closed.", shown.bot_id)
                self._transport.spawn(self._transport.drop, eio_sid)

    def call(self, bot: Bot, command: dict[str, Any], done: Callable[[object], None]) -> None:
        """Emit a command to a bot; `done` gets its answer, or None when it goes away first."""
        eio_sid = bot.eio_sid
        if eio_sid is None:
            return done(None)
        self._last_call += 1
        number = self._last_call
        self._calls[(eio_sid, number)] = done
        self._transport.send(eio_sid, SharedPacket(f'2/bot,{number}["command",{encode(command)}]'))
        return None

    def _check_person(self, auth: Mapping[str, Any], environ: Mapping[str, Any]) -> Visitor:
        return self._gate.admit(auth.get("token"), environ)

    def _check_bot(self, auth: Mapping[str, Any], _environ: Mapping[str, Any]) -> BotPass:
        return self._gate.admit_bot(auth.get("bot_id"), auth.get("token"))

    def _admit(self, namespace: str, check: Check) -> Callable[..., None]:
        def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
            try:
                who = check(auth if isinstance(auth, Mapping) else {}, environ)
            except NotAdmitted as refused:
                raise Refusal(str(refused)) from None
            except SQLAlchemyError:
                log.exception("Somebody was not let in: who may could not be read.")
                raise Refusal(UNREADABLE) from None
            key = (self._server.manager.eio_sid_from_sid(sid, namespace), namespace)
            visitor = None if isinstance(who, BotPass) else who
            bot_id = who.bot_id if isinstance(who, BotPass) else None
            try:
                self._limits.know(key[0], environ, visitor, bot_id)
            except Refused as refused:
                raise Refusal(str(refused)) from None
            self._let_in[key] = auth
            if isinstance(who, BotPass):
                self._passes[key[0]] = who
            else:
                self._visitors[key] = who

        return connect

    def _leave(self, namespace: str) -> Callable[..., None]:
        def disconnect(sid: str, _reason: object = None) -> None:
            eio_sid = self._server.manager.eio_sid_from_sid(sid, namespace)
            self._let_in.pop((eio_sid, namespace), None)
            self._visitors.pop((eio_sid, namespace), None)
            if namespace == "/bot":
                self._passes.pop(eio_sid, None)
            if namespace == "/page":
                self._pages.disconnect(eio_sid)
            elif namespace == "/":
                self._clients.disconnect(eio_sid)
            else:
                self._bot_left(eio_sid)

        return disconnect

    def _bot_left(self, eio_sid: str) -> None:
        self._hub.bot_disconnected(eio_sid)
        for key in [key for key in self._calls if key[0] == eio_sid]:
            self._calls.pop(key)(None)

    def _paced_message(self, eio_sid: str, data: object) -> None:
        size = len(data) if isinstance(data, str | bytes) else 0
        if self._limits.pacer.take(eio_sid, size):
            self._message(eio_sid, data)

    def _message(self, eio_sid: str, data: object) -> None:
        try:
            if not isinstance(data, str) or data.startswith(BINARY):
                raise TypeError("no door takes what is binary")
            if data.startswith("2/page,"):
                self._page_event(eio_sid, data)
            elif data.startswith(("2/bot,", "3/bot,")):
                self._bot_message(eio_sid, data)
            elif data.startswith("0"):
                self._connect(eio_sid, data)
            elif data.startswith("2"):
                self._event(eio_sid, data)
            else:
                self._server._handle_eio_message(eio_sid, data)
        except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
            log.debug("A client sent what is no Socket.IO message (%s); it was left out.", type(error).__name__)
            self._limits.pacer.malformed(eio_sid)

    def _event(self, eio_sid: str, data: str) -> None:
        """Only by its own kind of message may somebody connect: as an event it would bring a request of his making."""
        name, _ = FIRST.raw_decode(data, data.index("[") + 1)
        if not isinstance(name, str) or name in self._server.reserved_events:
            raise ValueError("an event needs a name that is its own")
        self._server._handle_eio_message(eio_sid, data)

    def _connect(self, eio_sid: str, connect: str) -> None:
        namespace = connect[1:].partition(",")[0].partition("?")[0] if connect[1:2] == "/" else "/"
        if (eio_sid, namespace) in self._let_in:
            raise ValueError("it is connected already")
        self._server._handle_eio_message(eio_sid, connect)
        self._entered(eio_sid, namespace)

    def _entered(self, eio_sid: str, namespace: str) -> None:
        """After the answer to a connect is on its way: the first messages follow it, never overtake it."""
        if (eio_sid, namespace) not in self._let_in:
            return
        auth = self._let_in[(eio_sid, namespace)]
        if namespace == "/page":
            self._pages.connect(eio_sid, auth, self._visitors[(eio_sid, namespace)])
            self._transport.listen(eio_sid, self._page_text(eio_sid))
        elif namespace == "/":
            self._clients.connect(eio_sid)
        elif namespace == "/bot":
            name = auth.get("name")
            self._hub.bot_connected(eio_sid, auth["bot_id"], name[:100] if isinstance(name, str) and name else None)

    def _page_text(self, eio_sid: str) -> Callable[[str], bool]:
        """Takes a page's events from the shared reader, short of Engine.IO, which gets the rest."""

        def take(text: str) -> bool:
            is_event = text.startswith("42/page,")
            if is_event:
                self._message(eio_sid, text[1:])
            return is_event

        return take

    def _page_event(self, eio_sid: str, data: str) -> None:
        event = orjson.loads(data[data.index("[") :])
        if event[0] == "sync" and len(event) > 1:
            self._pages.sync(eio_sid, event[1])

    def _bot_message(self, eio_sid: str, data: str) -> None:
        start = data.index("[")
        number = data[6:start]
        if data[0] == "3":
            done = self._calls.pop((eio_sid, int(number)), None)
            if done is not None:
                done(bot_json.answer(data[start:]))
            return

        def acknowledge(answer: dict[str, Any]) -> None:
            if number:
                self._transport.send(eio_sid, SharedPacket(f"3/bot,{number}[{encode(answer)}]"))

        try:
            event, payload = bot_json.event(data[start:])
        except bot_json.Unreadable as error:
            acknowledge(failed(str(error)))
            return
        self._hub.receive(eio_sid, event, payload, acknowledge)
