"""Ten thousand passwords, tried from two hundred addresses at once: few are looked at, and the owner comes in."""

from __future__ import annotations

import http.client
import urllib.parse
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from relay.access.lockout import FREE_TRIES_OF_ALL
from tests.support.guest import Guest
from tests.support.person import OPERATOR_PASSWORD, WITH_PASSWORDS
from tests.support.relay import Relay

TRIES = 10_000
AT_ONCE = 8
ADDRESSES = 200
ON_ONE_CONNECTION = 50
OWNERS = "192.0.2.7"
LOOKED_AT = 2 * FREE_TRIES_OF_ALL
"""At most: those that are free, and then one in ten seconds, of all newcomers together."""


def tried(port: int, cookie: str, csrf: str, first: int) -> Counter[int]:
    """The answers to as many passwords as one connection takes, each from another address."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    codes: Counter[int] = Counter()
    try:
        for number in range(first, first + ON_ONE_CONNECTION):
            form = urllib.parse.urlencode({"password": f"guess {number}", "csrf_token": csrf})
            headers = {
                "Cookie": cookie,
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": f"203.0.113.{number % ADDRESSES}",
            }
            connection.request("POST", "/login", form, headers)
            answer = connection.getresponse()
            answer.read()
            codes[answer.status] += 1
    finally:
        connection.close()
    return codes


def test_ten_thousand_guesses_get_nowhere_and_the_owner_comes_in(start_relay: Callable[..., Relay]) -> None:
    relay = start_relay(env={**WITH_PASSWORDS, "TAPEDECK_BEHIND_PROXY": "1"})
    assert Guest(relay.url, X_Forwarded_For=OWNERS).log_in(OPERATOR_PASSWORD).code == 303
    attacker = Guest(relay.url, X_Forwarded_For="203.0.113.1")
    form = attacker.get("/login").field("csrf_token")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        firsts = range(0, TRIES, ON_ONE_CONNECTION)
        answers = pool.map(lambda first: tried(relay.port, attacker.cookie, form, first), firsts)
        codes = sum(answers, Counter[int]())
    assert codes.total() == TRIES
    assert set(codes) <= {401, 429, 503}, codes
    assert codes[401] < LOOKED_AT, codes
    at_home, at_the_machine = Guest(relay.url, X_Forwarded_For=OWNERS), Guest(relay.url)
    assert at_home.log_in(OPERATOR_PASSWORD).code == 303, "where the owner was before"
    assert at_the_machine.log_in(OPERATOR_PASSWORD).code == 303, "on the machine itself"
    assert "Traceback" not in relay.output()
