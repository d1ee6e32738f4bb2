"""The relay's process: in which mode it runs, and until when."""

from __future__ import annotations

import os
import signal
import sys

from bot.settings import Settings
from relay.embedded_bot import EmbeddedBot
from relay.server import Relay


def use_async_mode(settings: Settings) -> None:
    """Patching comes before the settings can be read; where a file chose the other mode, start once more with it."""
    if settings.async_mode != os.environ.get("TAPEDECK_ASYNC_MODE", "eventlet").lower():
        os.environ["TAPEDECK_ASYNC_MODE"] = settings.async_mode
        os.execv(sys.executable, [sys.executable, *sys.argv])


def wait_for_signal(relay: Relay, bot: EmbeddedBot | None) -> None:
    """Until SIGINT or SIGTERM, or until the bot says that it cannot start at all."""
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: signals.append(received))
    while not signals and not (bot is not None and bot.cannot_start):
        relay.socketio.sleep(0.1)
