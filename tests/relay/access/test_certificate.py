"""The certificate for the phone: for this machine's names, for a year, its key for nobody else's eyes."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from relay.access import certificate
from relay.access.phone import own_names
from relay.claims import CannotStart

NAMES = frozenset({"desk", "desk.local", "localhost", "127.0.0.1", "192.168.1.20", "::1"})
NOW = certificate.utc_now()


def test_it_names_all_and_is_valid_for_a_year(tmp_path: Path) -> None:
    made = certificate.ensure(tmp_path / "data", NAMES, NOW)
    found = x509.load_pem_x509_certificate(made.cert.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"desk", "desk.local", "localhost"}
    assert set(map(str, names.get_values_for_type(x509.IPAddress))) == {"127.0.0.1", "192.168.1.20", "::1"}
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=365)
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert len(made.fingerprint.split(":")) == 32
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.cert, made.key)


def test_it_stays_until_its_names_change_or_its_end_is_near(tmp_path: Path) -> None:
    first = certificate.ensure(tmp_path, NAMES, NOW)
    assert certificate.ensure(tmp_path, NAMES, NOW + timedelta(days=330)) == first
    later = certificate.ensure(tmp_path, NAMES, NOW + timedelta(days=340))
    assert later.fingerprint != first.fingerprint
    moved = certificate.ensure(tmp_path, NAMES | {"10.0.0.7"}, NOW + timedelta(days=340))
    assert moved.fingerprint != later.fingerprint
    assert moved.key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("file", [certificate.CERT, certificate.KEY])
def test_one_that_is_damaged_or_has_another_key_is_made_anew(file: str, tmp_path: Path) -> None:
    first = certificate.ensure(tmp_path, NAMES, NOW)
    (tmp_path / file).write_text("no certificate")
    made = certificate.ensure(tmp_path, NAMES, NOW)
    assert made.fingerprint != first.fingerprint
    other = certificate.ensure(tmp_path / "other", NAMES, NOW)
    (tmp_path / certificate.KEY).write_bytes(other.key.read_bytes())
    certificate.ensure(tmp_path, NAMES, NOW)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.cert, made.key)


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(CannotStart, match="make its folder writable"):
        certificate.ensure(tmp_path / "data", NAMES, NOW)


def test_this_machine_is_called_by_its_address_and_those_of_loopback() -> None:
    assert {"localhost", "127.0.0.1", "::1", "192.168.1.20"} <= own_names("192.168.1.20")
