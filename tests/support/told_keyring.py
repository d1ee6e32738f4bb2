"""A keyring for `PYTHON_KEYRING_BACKEND` that holds what a test says and writes down which process asked."""

from __future__ import annotations

import os
from pathlib import Path

from keyring.backend import KeyringBackend

ENTRY, ASKED = "TOLD_KEYRING_ENTRY", "TOLD_KEYRING_ASKED"
"""Names in the environment: the one entry's text, and the file that the askers are written to."""


class ToldKeyring(KeyringBackend):
    """The same entry under every name."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        with Path(os.environ[ASKED]).open("a") as file:
            file.write(f"{os.getpid()} {service} {username}\n")
        return os.environ.get(ENTRY)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError
