"""The passwords of the deck, kept as argon2id hashes; the settings' beat those in the data folder.

`access.json` there, mode 0600, holds what `python socket_server.py password` sets: the hashes and the TOTP secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pyotp.utils import strings_equal

from relay.access.visitor import Role

FILE = "access.json"
TOTP = "totp"
CODE_S = 30
LONGEST = 1_000
"""Characters of a password; more is no password but an attack."""

_hasher = PasswordHasher()


class AccessFileError(Exception):
    """`access.json` cannot be used; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """Argon2id hashes by role, and the operator's TOTP secret where one is set up."""

    hashes: Mapping[Role, str]
    totp: str | None = None

    def __bool__(self) -> bool:
        return Role.OPERATOR in self.hashes

    def role_of(self, given: str) -> Role | None:
        """Whose password that is. Each hash is tried, so the time says nothing; a tenth of a second of one core."""
        if len(given) > LONGEST:
            return None
        found = [role for role in self.hashes if self.fits(role, given)]
        return found[0] if found else None

    def fits(self, role: Role, given: str) -> bool:
        """Is that the password of that role? A tenth of a second as well."""
        return _fits(self.hashes.get(role, ""), given)

    def step_of(self, code: str, now_s: float) -> int | None:
        """The half minute whose code that is: the one of now, or the one before or after; None for no such code."""
        now = int(now_s) // CODE_S
        totp = pyotp.TOTP(self.totp or "")
        fitting = [step for step in (now - 1, now, now + 1) if strings_equal(code, totp.generate_otp(step))]
        return fitting[-1] if fitting else None


def load(data_dir: Path, given: Mapping[Role, str | None]) -> Passwords:
    """The `given` passwords of the settings, else those kept. Raises `AccessFileError`."""
    kept = read(data_dir)
    hashes = {role: kept[role.value] for role in Role if role.value in kept}
    hashes |= {role: _hasher.hash(password) for role, password in given.items() if password}
    return Passwords(hashes=hashes, totp=kept.get(TOTP))


def hashed(password: str) -> str:
    """As it is kept."""
    return _hasher.hash(password)


def read(data_dir: Path) -> dict[str, str]:
    """What is kept: `operator` and `viewer` hashes, `totp`; empty where nothing is."""
    path = data_dir / FILE
    try:
        text = path.read_text(errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise AccessFileError(f"{path} cannot be read ({error.strerror}): make it readable.") from None
    try:
        kept = json.loads(text)
        return {str(name): str(value) for name, value in kept.items()}
    except (ValueError, AttributeError, RecursionError):
        raise AccessFileError(f"{path} is damaged: delete it and set the passwords anew.") from None


def write(data_dir: Path, kept: Mapping[str, str]) -> None:
    """Keep it, mode 0600; there is never a half of it."""
    path = data_dir / FILE
    draft = path.with_suffix(".new")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(dict(kept), file)
        draft.replace(path)
    except OSError as error:
        raise AccessFileError(f"{path} cannot be written ({error.strerror}): make its folder writable.") from None


def _fits(kept: str, given: str) -> bool:
    try:
        return _hasher.verify(kept, given)
    except (VerificationError, InvalidHashError):
        return False
