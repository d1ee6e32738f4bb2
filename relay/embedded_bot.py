"""The bot that comes with the relay: a child process, restarted with back-off when it dies, stopped with the server."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from bot.plain_text import plain_text
from bot.settings import CHILD_MARK, Settings

if TYPE_CHECKING:
    from relay.server import Relay

log = logging.getLogger("tapedeck.bot")

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
STEADY_AFTER = 60.0
STOP_WITHIN = 10.0
SETTINGS_ARE_WRONG = 2
WITHHELD = frozenset({"TAPEDECK_PASSWORD", "TAPEDECK_VIEWER_PASSWORD", "TAPEDECK_API_TOKEN", "TAPEDECK_TLS_KEY"})


def next_wait(wait: float, lived: float) -> float:
    """Seconds before the next start, doubled each time unless the child lived for a while."""
    return FIRST_WAIT if lived >= STEADY_AFTER else min(wait * 2, LONGEST_WAIT)


def passed_on() -> dict[str, str]:
    """This process's environment for a bot's: without the secrets of people's doors."""
    return {name: value for name, value in os.environ.items() if name.upper() not in WITHHELD}


class EmbeddedBot:
    """Runs `python -m bot run`; its standard input ends when this process ends, however that happens."""

    def __init__(
        self, environ: Mapping[str, str], *, sleep: Callable[[float], None], monotonic: Callable[[], float]
    ) -> None:
        """`environ` is added to what is passed on: where the relay is."""
        self._environ = {**passed_on(), **environ, CHILD_MARK: "1", "PYTHONUNBUFFERED": "1"}
        self._sleep = sleep
        self._monotonic = monotonic
        self._child: subprocess.Popen[str] | None = None
        self._stopping = False
        self.cannot_start = False
        """Its very first start was refused; it has said why by itself."""

    def run(self) -> None:
        """Keep the bot running until `stop`; runs as a background task."""
        wait, is_first = FIRST_WAIT, True
        while not self._stopping:
            began = self._monotonic()
            code = self._run_once()
            if self._is_stopping():
                return
            if code == SETTINGS_ARE_WRONG:
                self.cannot_start = is_first
                if not is_first:
                    log.error("The bot cannot start; mend what it says above. The page goes on without it.")
                return
            is_first = False
            wait = next_wait(wait, self._monotonic() - began) if code != 0 else FIRST_WAIT
            log.warning("The bot ended with code %s; it is started again in %.1f s.", code, wait)
            self._sleep(wait)

    def stop(self) -> None:
        """Ask the child to end, insist after `STOP_WITHIN` seconds."""
        self._stopping = True
        child = self._child
        if child is None or child.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        deadline = self._monotonic() + STOP_WITHIN
        while child.poll() is None and self._monotonic() < deadline:
            self._sleep(0.02)
        if child.poll() is None:
            log.warning("The bot did not end within %.0f s: it is killed; its journal is safe.", STOP_WITHIN)
            child.kill()
            child.wait()

    def _is_stopping(self) -> bool:
        return self._stopping

    def _run_once(self) -> int:
        child = self._child = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert child.stdout is not None
        for line in child.stdout:
            click.echo(plain_text(line), nl=False, err=True)  # nearly always a log line already, in the form of ours
        return child.wait()


def start_embedded_bot(settings: Settings, relay: Relay) -> EmbeddedBot:
    """The bot of that relay, started; under TLS it trusts the certificate that the relay serves.

    Its token it finds where the relay does, each time that it connects: in the settings or in the data folder.
    """
    environ = {"TAPEDECK_HOST": settings.host, "TAPEDECK_RELAY_URL": settings.relay_url_effective}
    if settings.tls_cert is not None:
        environ["TAPEDECK_TLS_CERT"] = str(settings.tls_cert.resolve())
    bot = EmbeddedBot(environ, sleep=relay.socketio.sleep, monotonic=relay.deck.monotonic)
    relay.socketio.start_background_task(bot.run)
    return bot
