"""The deck's tokens, and the names by which this machine is called; who may come in is said by `relay/access/`."""

from __future__ import annotations

import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
ELSEWHERE = "This address is not served: open the deck as 127.0.0.1 or localhost."
"""What whoever asks for another name is told while no password is asked for."""


OPEN_TO_OTHERS = 0o077
API_FILE, BOT_FILE = "api.token", "bot.token"


log = logging.getLogger("tapedeck.relay")


class TokenError(Exception):
    """A token file cannot be read or written; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The secrets of this deck."""

    api: str
    bot: str
    cookie: str
    """Signs the cookies of sessions."""


def load_tokens(data_dir: Path, *, api: str | None = None, bot: str | None = None) -> Tokens:
    """The given tokens, else those kept in the data folder, made at first start with mode 0600."""
    return Tokens(
        api=api or _kept(data_dir / API_FILE),
        bot=bot or _kept(data_dir / BOT_FILE),
        cookie=_kept(data_dir / "cookie.key"),
    )


def renew_tokens(data_dir: Path) -> list[Path]:
    """New tokens in the data folder for scripts and bots; returns their files."""
    made = [data_dir / API_FILE, data_dir / BOT_FILE]
    for path in made:
        draft = path.with_suffix(".new")
        try:
            draft.unlink(missing_ok=True)
            _kept(draft)
            draft.replace(path)  # whoever reads it meanwhile finds the old one or the new one
        except OSError as error:
            raise TokenError(f"{path} cannot be used ({error.strerror}): make its folder writable.") from None
    return made


def _kept(path: Path) -> str:
    try:
        if path.exists():
            text = path.read_text().strip()
            if not text:
                raise TokenError(f"{path} is empty: delete it and a new token is made.")
            _close(path)
            return text
        path.parent.mkdir(parents=True, exist_ok=True)
        token = secrets.token_urlsafe(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token + "\n")
        return token
    except OSError as error:
        raise TokenError(f"{path} cannot be used ({error.strerror}): make its folder writable.") from None


def _close(path: Path) -> None:
    """What others on this machine could read is shut to them, or where that cannot be done said."""
    if os.name != "posix" or not path.stat().st_mode & OPEN_TO_OTHERS:
        return
    try:
        path.chmod(0o600)
    except OSError as error:
        log.warning("%s: others on this machine may read it (%s): chmod 600 it.", path, error.strerror)
    else:
        log.warning("%s could be read by others on this machine: it is shut to them now; maybe make new tokens.", path)


def is_local_name(host_header: str) -> bool:
    """Does the Host header name this machine? Anything else is a page of somebody else's, by DNS rebinding."""
    host = host_header.strip().lower()
    name = host if host.endswith("]") or ":" not in host else host.rpartition(":")[0]
    return name in LOOPBACK_NAMES
