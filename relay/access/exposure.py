"""May the deck be served where the settings say? Loopback always; anything else needs a password and a safe line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from bot.settings_checks import is_loopback

WAYS = (
    "set TAPEDECK_TLS_CERT and TAPEDECK_TLS_KEY, or TAPEDECK_BEHIND_PROXY=1 behind a reverse proxy with https, or,"
    " where everybody on the line may read along, TAPEDECK_INSECURE_LAN=1; `python socket_server.py --phone` sets all"
    " of it up"
)
READABLE_BY_OTHERS = 0o044


class Exposed(Protocol):
    """Those of the settings that say who reaches the deck, and how."""

    @property
    def host(self) -> str: ...
    @property
    def tls_cert(self) -> Path | None: ...
    @property
    def tls_key(self) -> Path | None: ...
    @property
    def behind_proxy(self) -> bool: ...
    @property
    def insecure_lan(self) -> bool: ...


def faults(settings: Exposed, *, has_password: bool) -> list[str]:
    """Why the deck may not be served so, a sentence each; none where it may."""
    found = []
    if (settings.tls_cert is None) != (settings.tls_key is None):
        found.append("TAPEDECK_TLS_CERT and TAPEDECK_TLS_KEY belong together: set both or neither")
    for name in ("tls_cert", "tls_key"):
        path = getattr(settings, name)
        if path is not None and not path.is_file():
            found.append(f"TAPEDECK_{name.upper()}: got '{path}'; takes a PEM file, and there is none")
    if settings.behind_proxy and not has_password:
        found.append(
            "TAPEDECK_BEHIND_PROXY: got true; whoever reaches the proxy would reach the deck: set TAPEDECK_PASSWORD, or"
            " run `python socket_server.py password`"
        )
    if is_loopback(settings.host):
        return found
    if not has_password:
        found.append(
            f"TAPEDECK_HOST: got '{settings.host}'; other hosts than loopback need a password: set TAPEDECK_PASSWORD,"
            f" or run `python socket_server.py password`, and then {WAYS}"
        )
    elif not (settings.tls_cert or settings.behind_proxy or settings.insecure_lan):
        found.append(f"TAPEDECK_HOST: got '{settings.host}'; other hosts than loopback need a safe line: {WAYS}")
    return found


def warnings(settings: Exposed) -> list[str]:
    """What may be served so and should not be, a sentence each."""
    found = []
    key = settings.tls_key
    if key is not None and os.name == "posix" and key.stat().st_mode & READABLE_BY_OTHERS:
        found.append(f"Others on this machine may read the TLS key: chmod 600 {key}")
    if settings.insecure_lan and not (is_loopback(settings.host) or settings.tls_cert or settings.behind_proxy):
        found.append(f"Whoever is on the line reads all of it, passwords too: {WAYS}")
    return found
