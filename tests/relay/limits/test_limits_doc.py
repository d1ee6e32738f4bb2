"""The table of limits says what the code has."""

from __future__ import annotations

import pytest

from relay import clients, session, websocket_bounds
from relay.history import LARGEST_BYTES
from relay.limits import commands, connections, lines, requests_in_time, web_requests
from relay.limits.bucket import Rate
from relay.server import MESSAGE_LIMIT
from tests.support.processes import ROOT

TABLE = (ROOT / "docs" / "limits.md").read_text()


def burst(rate: Rate) -> str:
    return f"{rate.burst:,} at once, {rate.per_second:,} a second"


@pytest.mark.parametrize(
    "text",
    [
        f"{MESSAGE_LIMIT:,} bytes; {websocket_bounds.STRANGERS_BYTES:,} until",
        f"{lines.STRANGERS_MESSAGES}, and {lines.STRANGERS_S:.0f} s",
        burst(lines.PERSON),
        burst(lines.BOT),
        burst(lines.MALFORMED),
        burst(commands.PERSON),
        f"{commands.MACHINE.burst:,} and {commands.MACHINE.per_second}",
        f"acknowledge | {session.OUTCOMES_LIMIT}, {session.OUTCOME_BYTES:,} bytes",
        f"of a page or client | {clients.ASKED_AT_ONCE} |",
        f"does not read | {clients.UNREAD_BYTES:,} bytes",
        f"{requests_in_time.BODY_LIMIT:,} bytes; candles {LARGEST_BYTES // 1_000_000} MB",
        f"{requests_in_time.HEADER_BYTES:,} in all",
        burst(web_requests.RATE),
        f"{web_requests.RATE_ON_LOOPBACK.burst:,} and {web_requests.RATE_ON_LOOPBACK.per_second}",
        f"{connections.MAX_CONNECTIONS:,}, or",
        f"the last {connections.RESERVE}",
        f"{connections.PER_ADDRESS}; loopback, and a proxy that is told of, {connections.PER_ADDRESS_ON_LOOPBACK:,}",
        f"{requests_in_time.HEADERS_S:.0f} s | closed | `slow_headers`",
        f"{requests_in_time.BODY_S:.0f} s and a second for each {requests_in_time.BODY_BYTES_PER_S // 1_000} kB",
        f"{requests_in_time.RESPONSE_S:.0f} s, {requests_in_time.STALL_S:.0f} s without",
        f"{requests_in_time.KEEP_ALIVE_S:.0f} s | closed | –",
    ],
)
def test_a_number_of_the_code_stands_in_the_table(text: str) -> None:
    assert text in TABLE
