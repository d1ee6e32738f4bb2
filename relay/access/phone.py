"""`--phone`: the deck for a phone in the same network, with a password, a certificate and a link that logs in once."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable

from flask import Flask

from bot.settings import Settings
from bot.settings_checks import EVERYWHERE, is_loopback
from relay.access import passwords
from relay.access.login import Login
from relay.access.one_time import PATH, OneTime, create_blueprint
from relay.access.qr import qr
from relay.access.visitor import Role

ANYWHERE = "0.0.0.0"
FOREIGN_ADDRESS = ("192.0.2.1", 9)
"""Of nobody (RFC 5737); nothing is sent, the system only says by which of its addresses it would go there."""
WORDS_OF_PASSWORD = 4

Say = Callable[[str], object]


class Phone:
    """How the phone reaches the deck."""

    def __init__(self, settings: Settings, address: str, fingerprint: str | None) -> None:
        """`address` is what it opens, e.g. `https://192.168.1.20:8050`; the fingerprint that of our own certificate."""
        self.settings = settings
        self.address = address
        self._fingerprint = fingerprint
        self._one_time = OneTime(time.monotonic)

    def serve_login(self, app: Flask, login: Login) -> None:
        """Answer at the link."""
        app.register_blueprint(create_blueprint(self._one_time, login))

    def introduce(self, say: Say) -> None:
        """What the terminal shows: the address, and the link as a picture."""
        say(f"On the phone, in the same network: {self.address}")
        say(qr(f"{self.address}{PATH}#{self._one_time.issue()}"))
        say("Scan it within five minutes; it logs in one phone, once. Later, and on others, the password does.")
        if self._fingerprint:
            say(f"The phone will not know the certificate: go on if its SHA-256 is {self._fingerprint}")


def prepare(settings: Settings, host: str | None, say: Say) -> Phone:
    """The settings for it: served on `host`, else where they say, else everywhere; says the password that it makes.

    Raises `CannotStart` and `AccessFileError`.
    """
    from relay.access import certificate  # it brings what makes them, which a start without a phone does not need

    where = host or (ANYWHERE if is_loopback(settings.host) else settings.host)
    name = lan_address() if where in EVERYWHERE else where.strip("[]")
    made = None
    update: dict[str, object] = {"host": where, "behind_proxy": False}  # phones come by themselves, whatever they claim
    if settings.tls_cert is None:
        made = certificate.ensure(settings.data_dir, own_names(name), certificate.utc_now())
        update |= {"tls_cert": made.cert, "tls_key": made.key}
    _ensure_password(settings, say)
    chosen = settings.model_copy(update=update)
    return Phone(chosen, chosen.served_at(name), made.fingerprint if made else None)


def _ensure_password(settings: Settings, say: Say) -> None:
    kept = passwords.read(settings.data_dir)
    if settings.password is not None or Role.OPERATOR in kept:
        return
    password = "-".join(secrets.token_hex(2) for _ in range(WORDS_OF_PASSWORD))
    passwords.write(settings.data_dir, {**kept, Role.OPERATOR.value: passwords.hashed(password)})
    say(f"The deck's password, shown this once: {password}")


def own_names(address: str) -> frozenset[str]:
    """By what this machine may be called: its own name, its address, and those of loopback."""
    host = socket.gethostname().lower()
    names = {host, f"{host}.local"} if host.isascii() and host.replace("-", "").replace(".", "").isalnum() else set()
    return frozenset({*names, address, "localhost", "127.0.0.1", "::1"})


def lan_address() -> str:
    """This machine's address in its network; 127.0.0.1 where it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(FOREIGN_ADDRESS)
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
