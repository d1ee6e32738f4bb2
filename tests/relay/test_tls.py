"""https of the relay's own: in both modes, from TLS 1.2 on, with nobody who can hold up the others."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from relay import tls
from relay.access.certificate import Certificate
from relay.claims import CannotStart
from relay.tls import ServerTls, TlsListener
from tests.support import messages
from tests.support.certificates import made_in, settings_for
from tests.support.foreign_bot import ForeignBot
from tests.support.modes import both_modes
from tests.support.person import Person
from tests.support.raw_socket import clients_kept
from tests.support.relay import BOT_TOKEN, Relay
from tests.support.socket_line import socket_line
from tests.support.waiting import eventually


@pytest.fixture
def files(tmp_path: Path) -> Certificate:
    return made_in(tmp_path / "tls")


@pytest.fixture
def secure(start_relay: Callable[..., Relay], files: Certificate) -> Relay:
    """A relay with https and without a password, on loopback."""
    return start_relay(env=settings_for(files), certificate=files.cert)


@both_modes
def test_the_page_the_api_and_the_live_line_come_over_https(
    secure: Relay, start_bot: Callable[..., ForeignBot], files: Certificate
) -> None:
    guest = Person(secure.url, trusts=files.cert)
    assert guest.ask("/").code == 200
    assert guest.ask("/api/v1/bots").text == "[]\n" or guest.ask("/api/v1/bots").code == 200
    assert f"https://127.0.0.1:{secure.port}" in secure.output()
    with socket_line(secure.url, origin=secure.url, trusts=files.cert) as line:
        assert line.join("/").startswith("40")
        assert line.ask({"command": "get_bots"})["ok"] is True


@both_modes
def test_a_thousand_frames_arrive_whole_and_in_order(secure: Relay) -> None:
    """The shared reader and the short way to the kernel know nothing of TLS: frames must not go by them."""
    with socket_line(secure.url, trusts=secure.certificate) as line:
        assert line.join("/").startswith("40")
        for number in range(1_000):
            line.send(f'42{number}["command",{{"command":"get_bots"}}]')
        numbers = [line.receive().partition("[")[0] for _ in range(1_000)]
        assert sorted(numbers) == sorted(f"43{number}" for number in range(1_000))


@both_modes
def test_a_client_that_is_cut_off_is_gone_without_a_trace(
    start_relay: Callable[..., Relay], files: Certificate
) -> None:
    relay = start_relay(env={**settings_for(files), "TAPEDECK_PASSWORD": "correct horse"}, certificate=files.cert)
    guest = Person(relay.url, trusts=files.cert)
    guest.log_in("correct horse")
    with socket_line(relay.url, cookie=guest.cookie, trusts=files.cert) as line:
        assert line.join("/page").startswith("40")
        assert guest.log_out().code == 303
        assert line.seconds_until_cut() < 5
    assert guest.ask("/healthz").code == 200
    assert "Traceback" not in relay.output()


def test_a_client_that_does_not_read_is_dropped_and_holds_up_nobody(secure: Relay) -> None:
    """The bot is one thread: two that read and write one TLS connection lose it now and then, before Python 3.13."""
    trusts = secure.certificate
    with socket_line(secure.url, trusts=trusts) as bot, socket_line(secure.url, trusts=trusts) as deaf:
        assert bot.join("/bot", {"token": BOT_TOKEN, "bot_id": "bot-1"}).startswith("40")
        bot.call_as_bot("status_change", messages.status())
        assert deaf.join("/").startswith("40")
        for number in range(8_000):
            bot.emit_as_bot("log", messages.log_line(f"{number} {'x' * 2_000}"))
            if number % 500 == 499:
                assert bot.call_as_bot("price_update", messages.price())["ok"]
        eventually(lambda: deaf.local_port not in clients_kept(secure.port), 30, what="the deaf client dropped")
        assert secure.get("/readyz")[0] == 200
    assert "Traceback" not in secure.output()


@both_modes
def test_silent_clients_in_the_handshake_hold_up_nobody(secure: Relay, files: Certificate) -> None:
    silent = [socket.create_connection(("127.0.0.1", secure.port)) for _ in range(30)]
    silent[0].sendall(b"\x16\x03\x01")
    silent[1].sendall(b"GET / HTTP/1.1\r\n\r\n")
    try:
        guest = Person(secure.url, trusts=files.cert)
        assert [guest.ask("/healthz").code for _ in range(5)] == [200] * 5
        assert "Traceback" not in secure.output()
    finally:
        for connection in silent:
            connection.close()


@both_modes
def test_old_tls_and_plain_http_are_refused(secure: Relay, files: Certificate) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        Person(secure.url.replace("https", "http")).ask("/healthz")
    for version, is_taken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
        assert speaks(secure.port, files.cert, version) is is_taken
    assert "Traceback" not in secure.output()


def speaks(port: int, cert: Path, version: ssl.TLSVersion) -> bool:
    """Does the server take a client that knows that version and no other?"""
    context = ssl.create_default_context(cafile=cert)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):  # that the old ones are deprecated is the point
        context.minimum_version = context.maximum_version = version
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as raw,
            context.wrap_socket(raw, server_hostname="127.0.0.1") as line,
        ):
            return line.version() is not None
    except (ssl.SSLError, ConnectionError):
        return False


@both_modes
def test_the_embedded_bot_reaches_its_relay_over_tls(start_product: Callable[..., Relay], files: Certificate) -> None:
    relay = start_product(env=settings_for(files), certificate=files.cert)
    eventually(lambda: relay.get("/readyz")[0] == 200, 40, what=relay.output)
    assert f"Connected to the relay at {relay.url}" in relay.output()


def test_of_too_many_silent_clients_the_oldest_goes(files: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "UNFINISHED", 3)
    with socket.create_server(("127.0.0.1", 0)) as plain, contextlib.ExitStack() as clients:
        listener = TlsListener(plain, ServerTls(files.cert, files.key).context, in_a_thread)
        silent = [clients.enter_context(socket.create_connection(plain.getsockname())) for _ in range(5)]
        for gone in silent[:2]:
            gone.settimeout(5)
            assert gone.recv(1) == b""
        raw = clients.enter_context(socket.create_connection(plain.getsockname()))
        greeting = in_a_thread(
            lambda: clients.enter_context(trusting(files).wrap_socket(raw, server_hostname="127.0.0.1"))
        )
        served, _ = listener.accept()
        greeting.join(5)
        assert served.version() in ("TLSv1.2", "TLSv1.3")
        served.close()
        plain.shutdown(socket.SHUT_RDWR)


def in_a_thread(task: Callable[..., object], *args: object) -> threading.Thread:
    thread = threading.Thread(target=task, args=args, daemon=True)
    thread.start()
    return thread


def trusting(files: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files.cert)


def test_a_renewed_certificate_is_served_to_new_clients(files: Certificate) -> None:
    served = ServerTls(files.cert, files.key)
    assert not served.renew()
    files.cert.unlink()
    assert not served.renew()
    made_in(files.cert.parent)
    assert served.renew()
    assert not served.renew()


def test_half_a_renewed_pair_leaves_the_one_before(files: Certificate, tmp_path: Path) -> None:
    served = ServerTls(files.cert, files.key)
    other = made_in(tmp_path / "other")
    files.key.write_bytes(other.key.read_bytes())
    assert not served.renew()
    files.cert.write_bytes(other.cert.read_bytes())
    os.utime(files.cert, ns=(1, 1))
    assert served.renew()


def test_an_encrypted_key_is_refused_and_not_asked_for(files: Certificate, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hunter2"),
        )
    )
    with pytest.raises(CannotStart, match="encrypted"):
        ServerTls(files.cert, files.key)
