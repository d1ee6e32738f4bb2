"""The relay and the page: `python socket_server.py [--host H] [--port P] [--no-bot]`."""

from __future__ import annotations

import gc
import os
import warnings

gc.disable()  # until all is imported: none of it is garbage, and to look through it again and again takes a while
if os.environ.get("TAPEDECK_ASYNC_MODE", "eventlet").lower() != "threading":
    warnings.filterwarnings("ignore", message="\nEventlet is deprecated")
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")  # a third of a second at each start, for names never looked up
    import eventlet

    eventlet.monkey_patch()

import logging
import signal
import socket
import sys
from collections.abc import Callable

import click
from flask import Flask

from bot.log import keep_log, set_up_logging
from bot.redaction import conceal, guard_tracebacks, secrets_of
from bot.settings import Settings, SettingsError, describe, load
from dash_app import create_app
from relay.auth import TokenError, Tokens, load_tokens
from relay.claims import CannotStart, claim_address, claim_data_dir
from relay.embedded_bot import EmbeddedBot
from relay.server import Relay
from relay.tape import Tape, TapeError
from relay.websocket import SharedReader, improved

MAX_CONNECTIONS = 10_000
log = logging.getLogger("tapedeck")


@click.command(epilog="\b\n" + describe().replace("\n\n", "\n\b\n"))
@click.option("--host", help="Where to listen; beats TAPEDECK_HOST.")
@click.option("--port", type=int, help="The port; beats TAPEDECK_PORT.")
@click.option("--no-bot", is_flag=True, help="Without the embedded bot, for bots that connect by themselves.")
def main(host: str | None, port: int | None, no_bot: bool) -> None:
    """Serve the deck: the page, the Socket.IO namespaces and the HTTP API."""
    try:
        settings = load(host=host, port=port)
        conceal(secrets_of(settings))
        _use_async_mode(settings)
        serve(settings, with_bot=not no_bot)
    except SettingsError as error:
        _refuse(error.lines)
    except (CannotStart, TapeError, TokenError) as error:
        _refuse([str(error)])


def serve(settings: Settings, *, with_bot: bool) -> None:
    """Run until SIGINT or SIGTERM, or until the embedded bot says that it can't start at all."""
    set_up_logging(settings.log_format, settings.log_level)
    for warning in settings.warnings:
        log.warning("%s", warning)
    listener = claim_address(settings.host, settings.port)
    lock = claim_data_dir(settings.data_dir)
    keep_log(settings.data_dir / "relay.log", settings.log_format)
    tokens = load_tokens(settings.data_dir, api=_text(settings.api_token), bot=_text(settings.bot_token))
    conceal((tokens.api, tokens.bot))
    app = Flask("tapedeck")
    relay = Relay(
        app, Tape(settings.database_url_effective("tape")), tokens, settings.async_mode, data_dir=settings.data_dir
    )
    create_app(app)
    relay.start()
    stop_serving = _start_server(app, listener, settings, relay)
    bot = _embedded_bot(settings, tokens, relay) if with_bot else None
    click.echo(f"Tapedeck is at http://{settings.host}:{settings.port}")
    _wait_for_signal(relay, bot)
    if bot is not None:
        bot.stop()
    relay.stop()
    stop_serving()
    relay.deck.tape.close()
    lock.release()
    if bot is not None and bot.cannot_start:
        sys.exit(2)


def _use_async_mode(settings: Settings) -> None:
    """Patching comes before the settings can be read; where a file chose the other mode, start once more with it."""
    if settings.async_mode != os.environ.get("TAPEDECK_ASYNC_MODE", "eventlet").lower():
        os.environ["TAPEDECK_ASYNC_MODE"] = settings.async_mode
        os.execv(sys.executable, [sys.executable, *sys.argv])


def _start_server(app: Flask, listener: socket.socket, settings: Settings, relay: Relay) -> Callable[[], None]:
    if settings.async_mode == "threading":
        from werkzeug.serving import make_server

        server = make_server(settings.host, settings.port, app, threaded=True, fd=listener.fileno())
        relay.socketio.start_background_task(server.serve_forever)
        return server.shutdown
    from eventlet import websocket

    spawn = relay.socketio.start_background_task
    reader = _shared_reader()
    if reader is not None:
        spawn(reader.run)
    websocket.RFC6455WebSocket = improved(websocket.RFC6455WebSocket, reader, spawn)
    green = eventlet.spawn(
        eventlet.wsgi.server,
        eventlet.greenio.GreenSocket(listener),
        app,
        max_size=MAX_CONNECTIONS,
        log_output=False,
        debug=False,
    )
    return lambda: green.kill()


def _shared_reader() -> SharedReader | None:
    """Patching hides epoll; where the system has none each connection reads for itself."""
    select = eventlet.patcher.original("select")
    return SharedReader(select.epoll(), select.EPOLLIN) if hasattr(select, "epoll") else None


def _embedded_bot(settings: Settings, tokens: Tokens, relay: Relay) -> EmbeddedBot:
    environ = {"TAPEDECK_RELAY_URL": settings.relay_url_effective, "TAPEDECK_BOT_TOKEN": tokens.bot}
    bot = EmbeddedBot(environ, sleep=relay.socketio.sleep, monotonic=relay.deck.monotonic)
    relay.socketio.start_background_task(bot.run)
    return bot


def _wait_for_signal(relay: Relay, bot: EmbeddedBot | None) -> None:
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: signals.append(received))
    while not signals and not (bot is not None and bot.cannot_start):
        relay.socketio.sleep(0.1)


def _text(secret: object) -> str | None:
    return secret.get_secret_value() if hasattr(secret, "get_secret_value") else None


def _refuse(lines: list[str]) -> None:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    guard_tracebacks()
    main()
