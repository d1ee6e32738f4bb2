"""What a request says of where it comes from is believed by a proxy alone; names and origins must be the deck's own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from websocket import WebSocket, WebSocketBadStatusException

from tests.support.modes import both_modes
from tests.support.person import Person
from tests.support.relay import API_TOKEN, Relay

PASSWORD = "correct horse"
WITH_PASSWORD = {"TAPEDECK_PASSWORD": PASSWORD}
BEHIND_PROXY = {**WITH_PASSWORD, "TAPEDECK_BEHIND_PROXY": "1"}
FORWARDED = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Host": "deck.example", "X_Forwarded_Proto": "https"}


def is_let_in(relay: Relay, namespace: str = "/", auth: object = None, **headers: str) -> bool:
    """Does a WebSocket with these headers get through the door of that namespace?"""
    line = WebSocket()
    origin = headers.pop("Origin", None)
    try:
        line.connect(
            f"ws://127.0.0.1:{relay.port}/socket.io/?EIO=4&transport=websocket",
            host=headers.pop("Host", None),
            origin=origin,
            suppress_origin=origin is None,
            header=[f"{name.replace('_', '-')}: {value}" for name, value in headers.items()],
            timeout=10,
        )
        line.recv()
        line.send(f"40{namespace},{json.dumps(auth or {})}")
        return str(line.recv()).startswith("40")
    except WebSocketBadStatusException:
        return False
    finally:
        line.close()


@both_modes
def test_only_the_decks_own_pages_open_a_socket(relay: Relay) -> None:
    own = f"http://127.0.0.1:{relay.port}"
    assert is_let_in(relay)
    assert is_let_in(relay, Origin=own)
    for foreign in (
        f"https://127.0.0.1:{relay.port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "null",
        "http://evil.example",
    ):
        assert not is_let_in(relay, Origin=foreign), foreign


@both_modes
def test_no_forwarded_header_makes_a_foreign_origin_ours(relay: Relay) -> None:
    for name, value in FORWARDED.items():
        assert not is_let_in(relay, Origin="https://deck.example", **{name: value}), name
    assert not is_let_in(relay, Origin="https://deck.example", auth={"token": API_TOKEN}, **FORWARDED)


@both_modes
def test_without_a_password_only_names_of_this_machine_are_served(relay: Relay) -> None:
    guest = Person(relay.url)
    for name in ("localhost", f"localhost:{relay.port}", "127.0.0.1", "[::1]:8050"):
        assert guest.ask("/api/v1/bots", Host=name).code == 200
    for path in ("/", "/login", "/api/v1/bots", "/assets/icon.svg", "/socket.io/?EIO=4&transport=polling"):
        answer = guest.ask(path, Host="evil.example")
        assert answer.code == 403 and "127.0.0.1" in answer.text, path
    assert not is_let_in(relay, Host="evil.example", Origin="http://evil.example")


def test_without_a_password_nobody_comes_in_through_a_proxy(relay: Relay) -> None:
    """nginx and others call the relay 127.0.0.1 unless told otherwise: the deck would be open to the world."""
    answer = Person(relay.url).ask("/api/v1/bots", X_Forwarded_For="203.0.113.9")
    assert answer.code == 403 and "TAPEDECK_PASSWORD" in answer.text
    assert not is_let_in(relay, X_Forwarded_Proto="http")


def test_with_a_password_any_name_will_do(start_relay: Callable[..., Relay]) -> None:
    relay = start_relay(env=WITH_PASSWORD)
    assert Person(relay.url).ask("/login", Host="deck.example").code == 200


def test_a_client_cannot_choose_the_address_that_it_waits_under(start_relay: Callable[..., Relay]) -> None:
    relay = start_relay(env=WITH_PASSWORD)
    assert Person(relay.url, X_Forwarded_For="203.0.113.9").log_in("wrong").code == 401
    assert "from 127.0.0.1" in relay.output()
    assert "203.0.113.9" not in relay.output()


def test_behind_a_proxy_its_words_are_the_truth(start_relay: Callable[..., Relay]) -> None:
    relay = start_relay(env=BEHIND_PROXY)
    proxied = Person(
        relay.url, X_Forwarded_For="198.51.100.7, 203.0.113.9", X_Forwarded_Proto="https", Host="deck.example"
    )
    assert proxied.log_in("wrong").code == 401
    assert "from 203.0.113.9" in relay.output()
    answer = proxied.log_in(PASSWORD)
    assert answer.code == 303
    assert all("Secure" in line for line in answer.headers.get_all("Set-Cookie") or ["none"])
    assert "max-age" in (answer.headers["Strict-Transport-Security"] or "")
    sent = {"X_Forwarded_Proto": "https", "Host": "deck.example", "Cookie": proxied.cookie}
    assert is_let_in(relay, Origin="https://deck.example", **sent)
    assert not is_let_in(relay, Origin="http://deck.example", **sent)
    assert not is_let_in(relay, Origin="https://evil.example", **sent)


@pytest.mark.parametrize("origin", ["https://127.0.0.1:{port}", "http://127.0.0.1", "null"])
def test_a_command_from_a_page_of_another_scheme_or_port_is_refused(relay: Relay, origin: str) -> None:
    guest = Person(relay.url, Origin=origin.format(port=relay.port))
    assert guest.post("/api/v1/command", {}).code == 403
