"""The exchange's keys from the system's keyring: service `tapedeck`, one entry an exchange, JSON with ccxt's names.

`keyring set tapedeck binance` asks for the entry, e.g. `{"apiKey": "...", "secret": "..."}`. Only the bot asks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from bot.redaction import is_secret_name
from bot.settings import Settings, SettingsError
from bot.settings_checks import MADE_UP_MARKETS

SERVICE = "tapedeck"
TAKES = (
    f"The keyring's entry {SERVICE}/{{exchange}}: got a value that is not shown; takes a JSON object of texts by ccxt's"
    ' names of keys, e.g. {{"apiKey": "...", "secret": "..."}}'
)
log = logging.getLogger("tapedeck.bot")

Ask = Callable[[str, str], str | None]
"""`keyring.get_password`."""


def with_keyring(settings: Settings, ask: Ask | None = None) -> Settings:
    """The settings with the keyring's keys below those of TAPEDECK_EXCHANGE_CONFIG; the same where there are none.

    Raises `SettingsError` for an entry that is there and cannot be used.
    """
    if settings.exchange in MADE_UP_MARKETS:
        return settings
    entry = _entry(settings.exchange, ask or _system_keyring)
    if entry is None:
        return settings
    config = {**_keys(settings.exchange, entry), **settings.exchange_config}
    return settings.model_copy(update={"exchange_config": config})


def _system_keyring(service: str, name: str) -> str | None:
    import keyring  # it looks for the system's services, which takes a moment

    return keyring.get_password(service, name)


def _entry(exchange: str, ask: Ask) -> str | None:
    try:
        return ask(SERVICE, exchange)
    except Exception as error:  # no keyring, a locked one, no desktop: each backend raises what it likes
        log.debug("The system's keyring gives nothing (%s).", type(error).__name__)
        return None


def _keys(exchange: str, entry: str) -> dict[str, str]:
    try:
        keys = json.loads(entry)
    except ValueError:
        keys = None
    fits = isinstance(keys, dict) and all(is_secret_name(name) and isinstance(keys[name], str) for name in keys)
    if not fits:
        raise SettingsError([TAKES.format(exchange=exchange)])
    return dict(keys)
