"""Ten thousand passwords, tried from two hundred addresses at once: few are looked at, and the owner comes in."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil

from relay.access.lockout import FREE_TRIES_OF_ALL
from tests.support.flooding import POLITE
from tests.support.person import OPERATOR_PASSWORD, WITH_PASSWORDS, Person
from tests.support.relay import Relay

TRIES = 10_000
AT_ONCE = 8
ADDRESSES = 200
ON_ONE_LINE = 50
LOOKED_AT = 2 * FREE_TRIES_OF_ALL
"""At most: those that are free, and then one in ten seconds, of all newcomers together."""
OWNERS = "192.0.2.7"
ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def a_try(number: int, cookie: str, form_token: str) -> bytes:
    """From another address than the one before, as a proxy tells it."""
    form = f"password=guess+{number}&csrf_token={form_token}"
    return (
        f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
        f"X-Forwarded-For: 203.0.113.{number % ADDRESSES}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n{form}"
    ).encode()


def tried(port: int, cookie: str, form_token: str, first: int) -> Counter[int]:
    """The answers to as many as one line takes, sent one behind the other."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(b"".join(a_try(number, cookie, form_token) for number in range(first, first + ON_ONE_LINE)))
        while len(ANSWER.findall(heard)) < ON_ONE_LINE:
            more = line.recv(1 << 20)
            assert more, "the relay closed the line"
            heard += more
    return Counter(int(code) for code in ANSWER.findall(heard))


def test_ten_thousand_guesses_get_nowhere_and_the_owner_comes_in(start_relay: Callable[..., Relay]) -> None:
    relay = start_relay(env={**WITH_PASSWORDS, "TAPEDECK_BEHIND_PROXY": "1"})
    psutil.Process(relay.running.pid).nice(POLITE)
    assert Person(relay.url, X_Forwarded_For=OWNERS).log_in(OPERATOR_PASSWORD).code == 303
    attacker = Person(relay.url, X_Forwarded_For="203.0.113.1")
    form_token = attacker.ask("/login").field("csrf_token")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        lines = range(0, TRIES, ON_ONE_LINE)
        answers = pool.map(lambda first: tried(relay.port, attacker.cookie, form_token, first), lines)
        codes = sum(answers, Counter[int]())
    assert codes.total() == TRIES
    assert set(codes) <= {401, 429, 503}, codes
    assert codes[401] < LOOKED_AT, codes
    at_home, at_the_machine = Person(relay.url, X_Forwarded_For=OWNERS), Person(relay.url)
    assert at_home.log_in(OPERATOR_PASSWORD).code == 303, "where the owner was before"
    assert at_the_machine.log_in(OPERATOR_PASSWORD).code == 303, "on the machine itself"
    assert "Traceback" not in relay.output()
