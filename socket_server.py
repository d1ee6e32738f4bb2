"""The relay and the page: `python socket_server.py [--host H] [--port P] [--no-bot] [--phone]`, and its commands."""

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
import socket
import sys
from collections.abc import Callable

import click
from flask import Flask

from bot.log import keep_log, set_up_logging
from bot.plain_text import plain_line
from bot.redaction import conceal, guard_tracebacks, secrets_of
from bot.settings import Settings, SettingsError, describe
from bot.settings_checks import reachable
from dash_app import create_app
from relay.access import command_line, exposure
from relay.access.front import protect
from relay.access.password_watch import PasswordWatch
from relay.access.passwords import AccessFileError
from relay.access.phone import Phone, prepare
from relay.access.token_watch import TokenWatch
from relay.access.verifier import OffLoop
from relay.auth import TokenError, load_tokens
from relay.claims import CannotStart, claim_address, claim_data_dir
from relay.embedded_bot import start_embedded_bot
from relay.limits.connections import Connections
from relay.limits.requests_in_time import HEADER_BYTES, KEEP_ALIVE_S, STALL_S
from relay.limits.serving import LastingListener, connections_possible
from relay.process import use_async_mode, wait_for_signal
from relay.relay_settings import kept_passwords, load_for_relay, passwords_of, text_of
from relay.server import Relay
from relay.tape import Tape, TapeError
from relay.threaded import threaded_server
from relay.tls import ENCRYPTED, ServerTls, TlsListener, server_tls
from relay.websocket import SharedReader, improved

CONNECTIONS_REFUSED = 100
"""So many may be told at the same time that there is no room for them."""
log = logging.getLogger("tapedeck")


@click.group(invoke_without_command=True, epilog="\b\n" + describe().replace("\n\n", "\n\b\n"))
@click.option("--host", help="Where to listen; beats TAPEDECK_HOST.")
@click.option("--port", type=int, help="The port; beats TAPEDECK_PORT.")
@click.option("--no-bot", is_flag=True, help="Without the embedded bot, for bots that connect by themselves.")
@click.option("--phone", is_flag=True, help="For a phone in the same network: https, a password, a QR code to scan.")
@click.pass_context
def main(context: click.Context, host: str | None, port: int | None, no_bot: bool, phone: bool) -> None:
    """Serve the deck: the page, the Socket.IO namespaces and the HTTP API."""
    if context.invoked_subcommand is not None:
        return
    try:
        settings = load_for_relay(host=host, port=port)
        conceal(secrets_of(settings))
        use_async_mode(settings)
        guest = prepare(settings, host, click.echo) if phone else None
        serve(guest.settings if guest else settings, with_bot=not no_bot, phone=guest)
    except SettingsError as error:
        _refuse(error.lines)
    except (AccessFileError, CannotStart, TapeError, TokenError) as error:
        _refuse([str(error)])


command_line.add_to(main)


def serve(settings: Settings, *, with_bot: bool, phone: Phone | None = None) -> None:
    """Run until SIGINT or SIGTERM, or until the embedded bot says that it can't start at all."""
    set_up_logging(settings.log_format, settings.log_level)
    passwords = passwords_of(settings)
    tls = server_tls(settings)
    for warning in (*settings.warnings, *exposure.warnings(settings)):
        log.warning("%s", warning)
    listener = claim_address(settings.host, settings.port)
    lock = claim_data_dir(settings.data_dir)
    keep_log(settings.data_dir / "relay.log", settings.log_format)
    tokens = load_tokens(settings.data_dir, api=text_of(settings.api_token), bot=text_of(settings.bot_token))
    conceal((tokens.api, tokens.bot, tokens.cookie))
    app = Flask("tapedeck")
    relay = Relay(
        app,
        Tape(settings.database_url_effective("tape")),
        tokens,
        settings.async_mode,
        data_dir=settings.data_dir,
        passwords=passwords,
        off_loop=_off_loop(settings),
        connections=Connections(limit=connections_possible(), is_proxied=settings.behind_proxy),
    )
    create_app(app)
    PasswordWatch(settings.data_dir, lambda: kept_passwords(settings), relay.login.renew).install(app)
    watch = TokenWatch(settings, tokens, relay.gate.renew)
    relay.socketio.start_background_task(watch.run, relay.socketio.sleep)
    if phone is not None:
        phone.serve_login(app, relay.login)
    protect(app, is_open=not passwords, behind_proxy=settings.behind_proxy, is_encrypted=tls is not None)
    relay.start()
    stop_serving = _start_server(app, listener, settings, relay, tls)
    bot = start_embedded_bot(settings, relay) if with_bot else None
    click.echo(f"Tapedeck is at {settings.served_at(reachable(settings.host))}")
    if phone is not None:
        phone.introduce(click.echo)
    wait_for_signal(relay, bot)
    if bot is not None:
        bot.stop()
    relay.stop()
    stop_serving()
    relay.deck.tape.close()
    lock.release()
    if bot is not None and bot.cannot_start:
        sys.exit(2)


def _off_loop(settings: Settings) -> OffLoop:
    """A thread of the system, where the server's own are green."""
    if settings.async_mode == "threading":
        return lambda work: work()
    from eventlet import tpool

    found: OffLoop = tpool.execute
    return found


def _start_server(
    app: Flask, listener: socket.socket, settings: Settings, relay: Relay, tls: ServerTls | None
) -> Callable[[], None]:
    spawn = relay.socketio.start_background_task
    if tls is not None:
        spawn(tls.watch, relay.socketio.sleep)
    if settings.async_mode == "threading":
        server = threaded_server(app, listener, tls, relay.limits.in_time)
        spawn(server.serve_forever)
        return server.shutdown
    from eventlet import websocket, wsgi

    reader = _shared_reader()
    if reader is not None:
        spawn(reader.run)
    websocket.RFC6455WebSocket = improved(
        websocket.RFC6455WebSocket,
        reader,
        spawn,
        sleep=relay.socketio.sleep,
        count=relay.limits.count,
        refusal=websocket.FailedConnectionError,
    )
    wsgi.MAX_TOTAL_HEADER_SIZE = HEADER_BYTES
    plain = LastingListener(eventlet.greenio.GreenSocket(listener), relay.socketio.sleep)
    green = eventlet.spawn(
        wsgi.server,
        plain if tls is None else TlsListener(plain, tls.context, spawn),
        app,
        environ={} if tls is None else ENCRYPTED,
        protocol=relay.limits.in_time(wsgi.HttpProtocol),
        keepalive=KEEP_ALIVE_S,
        socket_timeout=STALL_S,
        max_size=relay.limits.connections.limit + CONNECTIONS_REFUSED,
        log_output=False,
        debug=False,
    )
    return lambda: green.kill()


def _shared_reader() -> SharedReader | None:
    """Patching hides epoll; where the system has none each connection reads for itself."""
    select = eventlet.patcher.original("select")
    return SharedReader(select.epoll(), select.EPOLLIN) if hasattr(select, "epoll") else None


def _refuse(lines: list[str]) -> None:
    for line in lines:
        click.echo(plain_line(line), err=True)
    sys.exit(2)


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    guard_tracebacks()
    main()
