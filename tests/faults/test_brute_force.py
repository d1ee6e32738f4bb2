"""Ten thousand passwords, tried from two hundred addresses at once: few are looked at, and the owner comes in."""

from __future__ import annotations

import http.client
import urllib.parse
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from relay.access.lockout import FREE_TRIES_OF_ALL
from tests.support.person import WITH_PASSWORDS, Person
from tests.support.relay import Relay
from tests.support.waiting import eventually

TRIES = 10_000
AT_ONCE = 8
ADDRESSES = 200
ON_ONE_CONNECTION = 50
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
    known = Person(relay.url)
    assert known.log_in_behind_proxy("192.0.2.7") == 303
    attacker = Person(relay.url)
    assert attacker.log_in_behind_proxy("203.0.113.1", "the first guess") == 401
    with ThreadPoolExecutor(AT_ONCE) as pool:
        firsts = range(0, TRIES, ON_ONE_CONNECTION)
        answers = pool.map(lambda first: tried(relay.port, attacker.cookie, attacker.csrf, first), firsts)
        codes = sum(answers, Counter[int]())
    assert codes.total() == TRIES
    assert set(codes) <= {401, 429, 503}, codes
    assert codes[401] < LOOKED_AT, codes
    assert Person(relay.url).log_in_behind_proxy("192.0.2.7") == 303, "the owner, where the owner was before"
    at_the_machine = Person(relay.url)
    eventually(lambda: at_the_machine.log_in_behind_proxy(None) == 303, 10, what="the owner, on the machine itself")
    assert "Traceback" not in relay.output()
