"""Engine.IO by polling, as anybody may speak it: whatever is posted, the relay says no or takes it, and serves on."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.support.foreign_bot import ForeignBot
from tests.support.nonsense import JSON, WEB_TEXT
from tests.support.relay import Relay
from tests.support.runs import runs

LINES = st.one_of(
    st.binary(max_size=60),
    st.builds("{}{}".format, st.sampled_from(["1", "3", "4", "40", "42", "45", "b", "5", "\x1e"]), WEB_TEXT).map(
        str.encode
    ),
    JSON.map(lambda value: b'42["command",' + json.dumps(value).encode() + b"]"),
    st.sampled_from([b"\x1e" * 5_000, b"b" + b"A" * 5_000, b"4" + b"[" * 50_000]),
)
ANSWERS = (200, 400, 413)
"""Taken, or refused as what it is; the last is for more than a stranger may send."""
CLIENTS = (1, 3, 4, 5)
"""Types of packets that a client may send; whoever posts another waits for a time-out of his own."""


def is_a_clients(body: bytes) -> bool:
    firsts = [packet[0] for packet in body.decode(errors="ignore").split("\x1e") if packet]
    return all(not first.isdecimal() or int(first) in CLIENTS for first in firsts)


def ask(url: str, body: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_nothing_that_is_posted_is_a_fault_of_the_relays(relay: Relay, bot: ForeignBot) -> None:
    place = f"{relay.url}/socket.io/?EIO=4&transport=polling"

    @runs(60, suppress_health_check=list(HealthCheck))
    @given(bodies=st.lists(LINES.filter(is_a_clients), min_size=1, max_size=4), sid=WEB_TEXT)
    def post(bodies: list[bytes], sid: str) -> None:
        assert ask(f"{place}&sid={urllib.parse.quote(sid)}", bodies[0])[0] in ANSWERS
        for body in bodies:
            code, opened = ask(place)
            assert code == 200
            assert ask(f"{place}&sid={json.loads(opened[1:])['sid']}", body)[0] in ANSWERS

    post()
    assert relay.get("/healthz")[0] == 200
    assert bot.client.connected
    assert "Traceback" not in relay.output()
