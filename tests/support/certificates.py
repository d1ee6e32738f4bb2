"""Certificates for loopback, made when a test needs one."""

from __future__ import annotations

from pathlib import Path

from relay.access import certificate

NAMES = frozenset({"localhost", "127.0.0.1"})


def made_in(folder: Path) -> certificate.Certificate:
    """A new one in that folder, for `127.0.0.1` and `localhost`."""
    folder.mkdir(parents=True, exist_ok=True)
    return certificate.ensure(folder, NAMES, certificate.utc_now())


def settings_for(made: certificate.Certificate) -> dict[str, str]:
    """What a relay is told to serve it."""
    return {"TAPEDECK_TLS_CERT": str(made.cert), "TAPEDECK_TLS_KEY": str(made.key)}
