"""Tokens that are made anew at the terminal hold at once: the ones before may have been seen by somebody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from bot.redaction import conceal
from relay.auth import API_FILE, BOT_FILE, Tokens

LOOK_EVERY_S = 0.5
log = logging.getLogger("tapedeck.relay")


class Kept(Protocol):
    """Those of the settings that say where the tokens are; one that is set beats its file."""

    @property
    def data_dir(self) -> Path: ...
    @property
    def api_token(self) -> SecretStr | None: ...
    @property
    def bot_token(self) -> SecretStr | None: ...


class Take(Protocol):
    """`relay.access.gate.Gate.renew`."""

    def __call__(self, *, api_token: str, bot_token: str) -> object: ...


class TokenWatch:
    """Looks at `api.token` and `bot.token`. One that is taken away holds until there is another."""

    def __init__(self, settings: Kept, tokens: Tokens, take: Take) -> None:
        """`tokens` are those of the start; `take` is told the two that hold, when one of them is new."""
        self._settings = settings
        self._held = (tokens.api, tokens.bot)
        self._take = take

    def run(self, sleep: Callable[[float], object]) -> None:
        """Look for ever; runs as a background task."""
        while True:
            sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Take what was changed since the last time."""
        api, bot = self._held
        if self._settings.api_token is None:
            api = _read(self._settings.data_dir / API_FILE) or api
        if self._settings.bot_token is None:
            bot = _read(self._settings.data_dir / BOT_FILE) or bot
        if (api, bot) == self._held:
            return
        self._held = (api, bot)
        conceal((api, bot))
        self._take(api_token=api, bot_token=bot)
        log.info("The tokens were changed: who came with the old ones is cut off.")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return None
