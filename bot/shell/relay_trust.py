"""Which certificate the bot takes from its relay: on this machine exactly the one it serves, else what is verified.

A relay's certificate for a phone, or one for a public name, says nothing of 127.0.0.1; the bot reads it from the file
that the relay serves it from, and takes no other.
"""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.settings import Settings
from bot.settings_checks import is_loopback, reachable

if TYPE_CHECKING:
    from aiohttp import Fingerprint

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def trusted(settings: Settings) -> Fingerprint | bool:
    """For aiohttp's `ssl`; True is the usual verification. Read anew each time: the file may have been renewed."""
    host = urlsplit(settings.relay_url_effective).hostname or ""
    is_ours = is_loopback(host) or host == reachable(settings.host).strip("[]")
    if settings.tls_cert is None or not is_ours:
        return True
    from aiohttp import Fingerprint

    try:
        return Fingerprint(hashlib.sha256(_first_certificate(settings.tls_cert.read_text())).digest())
    except (OSError, ValueError):  # not there at the moment: nothing but a verified one will do
        return True


def _first_certificate(pem: str) -> bytes:
    """That of the server itself; those that follow are its chain."""
    start = pem.index(BEGIN)
    return ssl.PEM_cert_to_DER_cert(pem[start : pem.index(END, start) + len(END)])
