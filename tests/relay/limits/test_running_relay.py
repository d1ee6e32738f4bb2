"""What is too much for a running relay: said where an answer is possible, ended where not, counted in each case."""

from __future__ import annotations

import contextlib
import json
import re
import resource
import socket
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from websocket import ABNF, WebSocket, WebSocketException, create_connection

from tests.support import messages
from tests.support.floods import COMPRESSED, DEFLATE, UPGRADE, frame
from tests.support.foreign_bot import ForeignBot
from tests.support.listener import Listener
from tests.support.modes import both_modes
from tests.support.raw_socket import RawSocket, clients_kept
from tests.support.relay import API_TOKEN, Relay
from tests.support.waiting import eventually

COUNTED = re.compile(r'^tapedeck_refused_total\{why="(\w+)"\} ([\d.]+)$', re.MULTILINE)
ASK = f"Host: 127.0.0.1\r\nAuthorization: Bearer {API_TOKEN}\r\nConnection: close\r\n"


def refused(relay: Relay) -> dict[str, float]:
    """How often the relay refused what, by its own account."""
    return {why: float(count) for why, count in COUNTED.findall(relay.get("/metrics")[1])}


def ask(relay: Relay, head: str, body: bytes = b"") -> tuple[int, str]:
    """(code, body) of a request that is written as it stands."""
    with socket.create_connection(("127.0.0.1", relay.port), 15) as line:
        with contextlib.suppress(OSError):
            line.sendall(head.encode() + b"\r\n" + body)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := line.recv(65_536):
                got += chunk
    return int(got.split()[1]), got.partition(b"\r\n\r\n")[2].decode()


def post(relay: Relay, path: str, body: bytes) -> tuple[int, Any]:
    """(code, body) of a POST as a script makes it."""
    asked = urllib.request.Request(relay.url + path, body, {"Content-Type": "application/json"})
    return relay._ask(asked)


def hears_the_end(line: RawSocket) -> bool:
    """Reads, and takes its leave as a client does, until the relay has closed."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not line.try_receive(10):
            return True
    return False


def port_of(line: WebSocket) -> int:
    assert line.sock is not None
    return int(line.sock.getsockname()[1])


def is_ended(relay: Relay, line: RawSocket | WebSocket) -> bool:
    port = line.local_port if isinstance(line, RawSocket) else port_of(line)
    return port not in clients_kept(relay.port)


@pytest.fixture
def page(relay: Relay) -> Iterator[RawSocket]:
    """A page's line that is open the whole time."""
    line = RawSocket(relay.port, "/page", '{"tape":null,"seq":0}')
    yield line
    line.close()


def line_of_page(relay: Relay) -> RawSocket:
    line = RawSocket(relay.port, "/page", '{"tape":null,"seq":0}')
    assert line.receive().startswith("40/page")
    return line


@both_modes
def test_a_body_that_is_too_large_is_refused_in_a_sentence(relay: Relay) -> None:
    head = f"POST /api/v1/command HTTP/1.1\r\n{ASK}Content-Type: application/json\r\nContent-Length: 2000000\r\n"
    code, body = ask(relay, head, b" " * 2_000_000)
    assert code == 413
    assert "larger than" in json.loads(body)["error"]
    assert refused(relay) == {"body_size": 1}


@both_modes
def test_a_body_in_chunks_is_refused(relay: Relay) -> None:
    head = f"POST /api/v1/command HTTP/1.1\r\n{ASK}Transfer-Encoding: chunked\r\n"
    code, body = ask(relay, head, b"5\r\nhello\r\n0\r\n\r\n")
    assert (code, "Content-Length" in json.loads(body)["error"]) == (411, True)


@both_modes
def test_json_that_is_nested_a_thousand_deep_is_a_sentence(relay: Relay) -> None:
    for deep in (1_000, 100_000):
        code, answer = post(relay, "/api/v1/command", b'{"command":' + b"[" * deep + b"]" * deep + b"}")
        assert code == 400
        assert answer["error"].endswith(".")


def test_headers_have_a_bound(relay: Relay) -> None:
    many = "".join(f"X-{number}: {'y' * 1_000}\r\n" for number in range(60))
    assert ask(relay, f"GET /healthz HTTP/1.1\r\n{ASK}{many}")[0] in {400, 431}
    assert ask(relay, f"GET /healthz HTTP/1.1\r\n{ASK}X-One: {'y' * 9_000}\r\n")[0] in {400, 431}
    assert refused(relay) == {"header_bytes": 2}


@both_modes
def test_a_message_of_more_than_a_megabyte_ends_its_connection_alone(relay: Relay, page: RawSocket) -> None:
    line = line_of_page(relay)
    with contextlib.suppress(OSError):
        line.send('42/page,["sync",{"x":"' + "x" * 1_100_000 + '"}]')
    assert hears_the_end(line)
    line.close()
    assert not is_ended(relay, page)


@both_modes
def test_a_message_of_a_thousand_pieces_counts_as_one(relay: Relay, page: RawSocket, async_mode: str) -> None:
    line = line_of_page(relay)
    with contextlib.suppress(OSError, WebSocketException):
        line.socket.send_frame(ABNF.create_frame("42", ABNF.OPCODE_TEXT, 0))
        for _ in range(1_000):
            line.socket.send_frame(ABNF.create_frame("x" * 2_000, ABNF.OPCODE_CONT, 0))
    assert hears_the_end(line)
    line.close()
    assert not is_ended(relay, page)
    assert refused(relay) == ({"message_size": 1} if async_mode == "eventlet" else {})


def test_a_long_message_of_who_is_known_passes(relay: Relay, bot: ForeignBot) -> None:
    answer = bot.call("log", messages.log_line("x" * 200_000))
    assert "message" in answer["error"], "the message came through, and was judged as what it is"
    assert refused(relay) == {}


def test_what_a_compressed_message_unpacks_to_is_what_counts(relay: Relay, page: RawSocket) -> None:
    before = psutil.Process(relay.running.pid).memory_info().rss
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = (packer.compress(b"4" * 15_000_000) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    with socket.create_connection(("127.0.0.1", relay.port), 10) as line:
        line.sendall(UPGRADE + DEFLATE + b"\r\n")
        assert b"permessage-deflate" in line.recv(65_536)
        line.sendall(frame(bomb, COMPRESSED))
        with contextlib.suppress(ConnectionResetError):
            while line.recv(65_536):
                pass
    assert psutil.Process(relay.running.pid).memory_info().rss - before < 10_000_000
    assert not is_ended(relay, page)
    assert refused(relay) == {"message_size": 1}


@both_modes
def test_a_websocket_of_a_draft_is_refused_and_what_it_streams_is_not_kept(relay: Relay, page: RawSocket) -> None:
    """Those know no lengths: what came between two marks would lie in memory until the second one."""
    before = psutil.Process(relay.running.pid).memory_info().rss
    host = f"Host: 127.0.0.1:{relay.port}\r\nOrigin: {relay.url}\r\n"
    head = f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n{host}Upgrade: websocket\r\nConnection: Upgrade\r\n"
    code, body = ask(relay, head, b"\0" + b"x" * 60_000_000)
    assert (code, "RFC 6455" in body) == (426, True)
    assert psutil.Process(relay.running.pid).memory_info().rss - before < 40_000_000
    assert not is_ended(relay, page)
    assert refused(relay) == {"websocket_version": 1}


@both_modes
def test_announced_attachments_are_not_waited_for(relay: Relay, page: RawSocket) -> None:
    line = line_of_page(relay)
    line.send('451000000-/page,["sync",{"_placeholder":true,"num":0}]')
    for _ in range(20):
        line.socket.send_binary(b"\0" * 100_000)
    eventually(lambda: refused(relay) == {"malformed": 21})
    line.close()
    assert not is_ended(relay, page)


@both_modes
def test_what_is_no_packet_ends_its_connection(relay: Relay) -> None:
    for packet in ("x", "\u00b2", "4" + "[" * 100_000, "bnot base64", "-1"):
        line = line_of_page(relay)
        line.send(packet)
        assert hears_the_end(line), packet[:20]
        line.close()
    eventually(lambda: "tapedeck_pages_connected 0.0" in relay.get("/metrics")[1])
    assert "Traceback" not in relay.output()


@both_modes
def test_a_second_connect_to_a_namespace_does_nothing(relay: Relay) -> None:
    line = line_of_page(relay)
    for _ in range(5):
        line.send('40/page,{"tape":null,"seq":0}')
    eventually(lambda: refused(relay) == {"malformed": 5})
    assert not is_ended(relay, line)
    line.close()


@both_modes
def test_who_does_not_say_who_they_are_is_gone_after_ten_seconds(relay: Relay, page: RawSocket) -> None:
    address = f"ws://127.0.0.1:{relay.port}/socket.io/?EIO=4&transport=websocket"
    silent = create_connection(address, timeout=20)
    sid = json.loads(relay.get("/socket.io/?EIO=4&transport=polling")[1][1:])["sid"]
    poll = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    assert post(relay, poll, b"3")[0] == 200
    eventually(lambda: is_ended(relay, silent), 15, interval=0.25)
    eventually(lambda: post(relay, poll, b"3")[0] == 400)
    assert refused(relay) == {"strangers_time": 2}
    assert not is_ended(relay, page)
    silent.shutdown()


def test_commands_that_come_too_fast_are_refused_in_a_sentence(
    relay: Relay, bot: ForeignBot, listen: Callable[..., Listener]
) -> None:
    listener = listen(relay.url)
    line = RawSocket(relay.port, "/")
    for number in range(1_500):
        line.send(f'42{number}["command",{{"command":"get_bots"}}]')
    eventually(lambda: refused(relay).get("commands", 0) > 0)
    outcome = listener.command("get_bots")
    assert outcome["ok"] or "wait a second" in outcome["error"]
    eventually(lambda: listener.command("get_bots")["ok"])
    line.close()


def test_the_relay_goes_on_when_it_has_no_descriptors_left(relay: Relay) -> None:
    limits = psutil.Process(relay.running.pid).rlimit(resource.RLIMIT_NOFILE)
    process = psutil.Process(relay.running.pid)
    process.rlimit(resource.RLIMIT_NOFILE, (process.num_fds() + 5, limits[1]))
    lines = [socket.create_connection(("127.0.0.1", relay.port), 10) for _ in range(30)]
    eventually(lambda: process.num_fds() >= process.rlimit(resource.RLIMIT_NOFILE)[0])
    process.rlimit(resource.RLIMIT_NOFILE, limits)
    assert relay.is_serving()
    for line in lines:
        line.close()
    assert relay.get("/readyz")[0] == 503
