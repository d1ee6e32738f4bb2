"""A certificate of this machine's own, for a phone in the same network: in the data folder, renewed by itself."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from relay.claims import CannotStart

CERT, KEY = "phone.crt", "phone.key"
LIFE = timedelta(days=365)
"""Phones take none that is valid for much longer."""
RENEWED_BEFORE = timedelta(days=30)
A_DAY = timedelta(days=1)
"""Valid from yesterday on: clocks differ."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where it lies, and its fingerprint, by which a person can tell it."""

    cert: Path
    key: Path
    fingerprint: str


def ensure(data_dir: Path, names: frozenset[str], now: datetime) -> Certificate:
    """The certificate for those names and addresses, made anew where it has others or ends within a month.

    Raises `CannotStart` where the folder cannot be written.
    """
    cert, key = data_dir / CERT, data_dir / KEY
    try:
        found = _kept(cert, key)
        if found is None or _names(found) != names or found.not_valid_after_utc - now < RENEWED_BEFORE:
            data_dir.mkdir(parents=True, exist_ok=True)
            found = _make(cert, key, names, now)
    except OSError as error:
        raise CannotStart(f"{cert} cannot be written ({error.strerror}): make its folder writable.") from None
    return Certificate(cert, key, found.fingerprint(hashes.SHA256()).hex(":").upper())


def _kept(cert: Path, key: Path) -> x509.Certificate | None:
    if not (cert.is_file() and key.is_file()):
        return None
    try:
        found = x509.load_pem_x509_certificate(cert.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (ValueError, TypeError):
        return None
    return found if private.public_key() == found.public_key() else None


def _names(cert: x509.Certificate) -> frozenset[str]:
    try:
        kept = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = kept.get_values_for_type(x509.IPAddress)
    return frozenset((*kept.get_values_for_type(x509.DNSName), *map(str, addresses)))


def _make(cert: Path, key: Path, names: frozenset[str], now: datetime) -> x509.Certificate:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tapedeck")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - A_DAY)
        .not_valid_after(now + LIFE - A_DAY)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in sorted(names)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(key, secret, 0o600)
    _write(cert, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    draft.replace(path)


def utc_now() -> datetime:
    """The clock that certificates go by."""
    return datetime.now(UTC)
