"""The relay's three Socket.IO doors: who is let in, and where what they send goes.

Events of `/bot` and `/page` are taken straight from the line, in order and without a thread each: Flask-SocketIO gives
every event a thread of its own, which loses their order, and a page's acknowledgement is too small for one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError as Refusal

from relay.auth import Tokens, matches, may_enter
from relay.bots import Bot
from relay.clients import Clients
from relay.commands import Commands
from relay.envelope import encode
from relay.hub import Hub
from relay.pages import Pages
from relay.transport import SharedPacket, Transport

log = logging.getLogger("tapedeck.relay")
BOT_ID_LENGTH = 64


class Doors:
    """Registers itself with Flask-SocketIO when made."""

    def __init__(
        self, socketio: SocketIO, transport: Transport, tokens: Tokens, hub: Hub, clients: Clients, pages: Pages
    ) -> None:
        self._server = socketio.server
        self._transport = transport
        self._tokens = tokens
        self._hub = hub
        self._clients = clients
        self._pages = pages
        self._calls: dict[tuple[str, int], Callable[[object], None]] = {}
        self._last_call = 0
        self._let_in: dict[tuple[str, str], Any] = {}
        self._register(socketio)

    def _register(self, socketio: SocketIO) -> None:
        for namespace, check in {"/": self._check_person, "/page": self._check_person, "/bot": self._check_bot}.items():
            socketio.server.on("connect", self._admit(namespace, check), namespace=namespace)
            socketio.server.on("disconnect", self._leave(namespace), namespace=namespace)
        socketio.server.eio.on("message", self._message)

    def serve_commands(self, commands: Commands) -> None:
        """Answer `command` on `/`."""
        self._server.on("command", lambda _sid, payload=None: commands.run(payload), namespace="/")

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

    def _check_person(self, auth: object) -> None:
        if not may_enter(auth, self._tokens.api):
            raise Refusal("The token is wrong: use the one in the data folder's api.token.")

    def _check_bot(self, auth: object) -> None:
        given = auth if isinstance(auth, Mapping) else {}
        if not matches(given.get("token"), self._tokens.bot):
            raise Refusal("The bot's token is missing or wrong: use the one in the data folder's bot.token.")
        bot_id = given.get("bot_id")
        if not isinstance(bot_id, str) or not 0 < len(bot_id) <= BOT_ID_LENGTH or not bot_id.isprintable():
            raise Refusal(f"bot_id: must be a text of 1 to {BOT_ID_LENGTH} characters.")

    def _admit(self, namespace: str, check: Callable[[object], None]) -> Callable[..., None]:
        def connect(sid: str, _environ: dict[str, Any], auth: object = None) -> None:
            check(auth)
            self._let_in[(self._server.manager.eio_sid_from_sid(sid, namespace), namespace)] = auth

        return connect

    def _leave(self, namespace: str) -> Callable[..., None]:
        def disconnect(sid: str, _reason: object = None) -> None:
            eio_sid = self._server.manager.eio_sid_from_sid(sid, namespace)
            self._let_in.pop((eio_sid, namespace), None)
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

    def _message(self, eio_sid: str, data: object) -> None:
        try:
            if isinstance(data, str) and data.startswith("2/page,"):
                self._page_event(eio_sid, data)
            elif isinstance(data, str) and data.startswith(("2/bot,", "3/bot,")):
                self._bot_message(eio_sid, data)
            else:
                self._server._handle_eio_message(eio_sid, data)
                if isinstance(data, str) and data.startswith("0"):
                    self._entered(eio_sid, data)
        except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
            log.debug("A client sent what is no Socket.IO message (%s); it was left out.", type(error).__name__)

    def _entered(self, eio_sid: str, connect: str) -> None:
        """After the answer to a connect is on its way: the first messages follow it, never overtake it."""
        namespace = connect[1:].partition(",")[0].partition("?")[0] if connect[1:2] == "/" else "/"
        if (eio_sid, namespace) not in self._let_in:
            return
        auth = self._let_in[(eio_sid, namespace)]
        if namespace == "/page":
            self._pages.connect(eio_sid, auth)
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
        content = orjson.loads(data[start:])
        if data[0] == "3":
            done = self._calls.pop((eio_sid, int(number)), None)
            if done is not None:
                done(content[0] if content else None)
            return

        def acknowledge(answer: dict[str, Any]) -> None:
            if number:
                self._transport.send(eio_sid, SharedPacket(f"3/bot,{number}[{encode(answer)}]"))

        self._hub.receive(eio_sid, str(content[0]), content[1] if len(content) > 1 else None, acknowledge)
