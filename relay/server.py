"""Puts the relay's parts together around a Flask app and its SocketIO."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from engineio.payload import Payload
from flask import Flask, Response, jsonify, request
from flask_socketio import SocketIO
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from relay import backtest_api, openapi
from relay.access import account_api, entrance
from relay.access.audit import Audit
from relay.access.bot_tokens import BotTokens
from relay.access.clerk import Clerk
from relay.access.gate import Gate
from relay.access.guard import Guard
from relay.access.http_deeds import write_down
from relay.access.login import Login
from relay.access.passwords import Passwords
from relay.access.proof import Proofs
from relay.access.sessions import Sessions
from relay.access.verifier import OffLoop, Verifier
from relay.api import MACHINES, create_blueprint, error_response
from relay.auth import Tokens
from relay.backtests import Backtests
from relay.chart_api import create_chart_blueprint
from relay.charts import Charts
from relay.clients import Clients
from relay.commands import UNREAD, Commands
from relay.deck import Deck
from relay.doors import Doors
from relay.equity import EquityCurves
from relay.equity_store import EquityKeeper, EquityStore
from relay.hub import Hub
from relay.limits.connections import Connections
from relay.limits.limits import Limits
from relay.metrics import Metrics
from relay.pages import Pages
from relay.questions import Questions
from relay.tape import Tape
from relay.transport import Transport

PING_INTERVAL = 25
PING_TIMEOUT = 20
MESSAGE_LIMIT = 1_000_000
PACKETS_PER_POST = 5_000
"""A client that polls sends all that it gathered in one request; Engine.IO's own limit of 16 loses it with a burst."""

log = logging.getLogger("tapedeck.relay")


class Relay:
    """A running deck: `app` for the server, `socketio` for its tasks, `deck` for what it knows."""

    def __init__(
        self,
        app: Flask,
        tape: Tape,
        tokens: Tokens,
        async_mode: str,
        *,
        data_dir: Path,
        passwords: Passwords,
        off_loop: OffLoop,
        connections: Connections,
    ) -> None:
        """`off_loop` runs what would hold up the server's own loop; `connections` is what the server lets in."""
        self.app = app
        app.secret_key = tokens.cookie
        app.config["MAX_CONTENT_LENGTH"] = MESSAGE_LIMIT
        Payload.max_decode_packets = PACKETS_PER_POST
        self.socketio = SocketIO(
            app,
            async_mode=async_mode,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            max_http_buffer_size=MESSAGE_LIMIT,
            manage_session=False,
        )
        equity = EquityStore(tape.engine)
        self.deck = Deck(tape, monotonic=time.monotonic, wall_ms=_wall_ms, equity=EquityCurves(equity.load()))
        transport = Transport(self.socketio)
        metrics = Metrics(self.deck)
        self.limits = limits = Limits(transport, connections, self.deck.monotonic, metrics.count_refused)
        clients = Clients(self.deck, transport, metrics)
        self.hub = Hub(self.deck, transport, clients, metrics)
        self.sessions = Sessions(tape.engine, self.deck.wall_ms)
        verifier = Verifier(passwords, off_loop)
        self.audit = Audit(tape.engine, self.deck.wall_ms)
        self.clerk = Clerk(self.audit, self.deck.monotonic)
        self.login = Login(passwords, self.sessions, verifier, self.deck.monotonic, self.clerk)
        self.gate = gate = Gate(
            api_token=tokens.api,
            bot_token=tokens.bot,
            is_open=not passwords,
            sessions=self.sessions,
            bot_tokens=BotTokens(tape.engine, self.deck.wall_ms),
            secret_of=self.login.secret_of,
        )
        entrance.install(app, gate, self.login.csrf)
        self.login.register(app)
        self.pages = self.hub.pages = Pages(self.deck, transport, lambda command, who: self.guard.run(command, who))
        self.doors = doors = Doors(self.socketio, transport, gate, self.hub, clients, self.pages, limits)
        charts = Charts(self.deck, Questions(transport, doors.call, self.deck.monotonic))
        self.commands = Commands(self.deck, transport, doors.call, self.hub.record_outcome, charts)
        self.equity_keeper = EquityKeeper(self.deck, equity, transport)
        proofs = Proofs(self.sessions, self._is_live, self.deck.wall_ms)
        self.guard = limits.commands(Guard(self.commands.run, proofs, self.clerk))
        doors.serve_commands(self.guard)
        metrics.watch_connections(lambda: len(self.pages), lambda: len(clients))
        app.register_blueprint(
            account_api.create_blueprint(
                self.login, self.sessions, proofs, self.audit, self.clerk, rest=lambda: self.socketio.sleep(0)
            )
        )
        app.register_blueprint(create_blueprint(self.deck, self.commands, self.guard, metrics))
        app.register_blueprint(create_chart_blueprint(self.deck, charts))
        self.backtests = Backtests(data_dir, spawn=self.socketio.start_background_task, wall_ms=self.deck.wall_ms)
        backtests = backtest_api.create_blueprint(self.backtests)
        write_down(backtests, self.clerk)
        app.register_blueprint(backtests)
        app.register_blueprint(openapi.create_blueprint())
        app.register_error_handler(HTTPException, _http_error)
        app.register_error_handler(SQLAlchemyError, _database_error)
        limits.install(app, self.login.secret_of)

    def start(self) -> None:
        """Start the tasks that run for ever."""
        tasks: tuple[Callable[[], None], ...] = (
            self.hub.write,
            self.hub.watch,
            self.hub.keep,
            self.pages.run,
            self.doors.watch,
            self._settle,
            self.limits.watch,
            self.equity_keeper.run,
        )
        for task in tasks:
            self.socketio.start_background_task(task)

    def _settle(self) -> None:
        """Write down once a second what the clerk counted; runs as a background task for ever."""
        while True:
            self.socketio.sleep(1)
            self.clerk.settle()

    def _is_live(self, bot_id: str | None) -> bool:
        with self.deck.lock:
            return self.deck.is_live(bot_id)

    def stop(self) -> None:
        """End what the relay started, and write down what only it knows."""
        self.backtests.stop()
        self.deck.keep_bots()


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _database_error(_error: Exception) -> tuple[Response, int]:
    log.exception("A request could not be answered: the database failed.")
    return jsonify(error=UNREAD), 503


def _http_error(error: HTTPException) -> Response | HTTPException:
    return error_response(error) if request.path.startswith(MACHINES) else error
