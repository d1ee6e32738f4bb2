"""The bot takes exactly its own relay's certificate on this machine, and elsewhere only what can be verified."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import pytest
from aiohttp import Fingerprint

from bot.settings import Settings
from bot.shell.relay_trust import trusted
from relay.access.certificate import Certificate
from tests.support.certificates import made_in


@pytest.fixture
def files(tmp_path: Path) -> Certificate:
    return made_in(tmp_path)


@pytest.mark.parametrize(
    ("host", "relay_url"),
    [
        ("127.0.0.1", None),
        ("0.0.0.0", None),
        ("::", None),
        ("192.168.1.20", None),
        ("0.0.0.0", "https://127.0.0.1:8050"),
        ("127.0.0.1", "https://localhost:8050"),
    ],
)
def test_on_this_machine_it_is_the_one_that_the_relay_serves(
    host: str, relay_url: str | None, files: Certificate
) -> None:
    found = trusted(Settings(host=host, relay_url=relay_url, tls_cert=files.cert, tls_key=files.key))
    der = ssl.PEM_cert_to_DER_cert(files.cert.read_text())
    assert isinstance(found, Fingerprint)
    assert found.fingerprint == hashlib.sha256(der).digest()


def test_of_a_chain_it_is_the_first(files: Certificate, tmp_path: Path) -> None:
    alone = trusted(Settings(tls_cert=files.cert))
    files.cert.write_text(files.cert.read_text() + made_in(tmp_path / "issuer").cert.read_text())
    chained = trusted(Settings(tls_cert=files.cert))
    assert isinstance(alone, Fingerprint) and isinstance(chained, Fingerprint)
    assert alone.fingerprint == chained.fingerprint


def test_elsewhere_it_is_the_usual_verification(files: Certificate) -> None:
    assert trusted(Settings(tls_cert=files.cert, relay_url="https://deck.example")) is True
    assert trusted(Settings(relay_url="https://127.0.0.1:8050")) is True


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_cannot_be_used_trusts_nothing_more(content: str | None, files: Certificate) -> None:
    files.cert.unlink()
    if content is not None:
        files.cert.write_text(content)
    assert trusted(Settings(tls_cert=files.cert)) is True
