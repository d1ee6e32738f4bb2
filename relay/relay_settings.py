"""The settings as the relay has them: without the exchange's keys, which only the bot's own process may know."""

from __future__ import annotations

from pydantic import SecretStr

from bot.settings import Settings, SettingsError, load
from relay.access.exposure import faults
from relay.access.passwords import Passwords
from relay.access.passwords import load as load_passwords
from relay.access.visitor import Role

VIEWER_ALONE = (
    "TAPEDECK_VIEWER_PASSWORD: needs TAPEDECK_PASSWORD as well, for without it everybody is the operator: set that, or"
    " run `python socket_server.py password`"
)
SAME = "TAPEDECK_VIEWER_PASSWORD: is the operator's password as well: choose another"


def load_for_relay(*, host: str | None = None, port: int | None = None) -> Settings:
    """Checked in full, then TAPEDECK_EXCHANGE_CONFIG is forgotten. Raises `SettingsError`."""
    return load(host=host, port=port).model_copy(update={"exchange_config": {}})


def kept_passwords(settings: Settings) -> Passwords:
    """As they stand now. Raises `AccessFileError`."""
    given = {Role.OPERATOR: text_of(settings.password), Role.VIEWER: text_of(settings.viewer_password)}
    return load_passwords(settings.data_dir, given)


def passwords_of(settings: Settings) -> Passwords:
    """The same at the start. Raises `SettingsError` where the deck would be open to whoever reaches it."""
    found = kept_passwords(settings)
    wrong = faults(settings, has_password=bool(found)) + _faults_of_viewer(settings, found)
    if wrong:
        raise SettingsError(wrong)
    return found


def _faults_of_viewer(settings: Settings, found: Passwords) -> list[str]:
    if Role.VIEWER not in found.hashes:
        return []
    if not found:
        return [VIEWER_ALONE]
    return [SAME] if _same(settings, found) else []


def _same(settings: Settings, found: Passwords) -> bool:
    operator, viewer = text_of(settings.password), text_of(settings.viewer_password)
    if operator and viewer:
        return operator == viewer
    return bool((operator and found.fits(Role.VIEWER, operator)) or (viewer and found.fits(Role.OPERATOR, viewer)))


def text_of(secret: SecretStr | None) -> str | None:
    """The secret's text, None where it is unset."""
    return None if secret is None else secret.get_secret_value()
