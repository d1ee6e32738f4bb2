"""Requests over a real line: what is refused is answered, and what is late is ended."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from relay.limits.connections import Connections
from relay.limits.requests_in_time import BODY_S, HEADERS_S, LINGERING, RESPONSE_S, in_time, size_refusal
from relay.limits.serving import LastingListener, connections_possible, end_the_late
from tests.support.waiting import eventually

LIMIT = 1_000


def read_body(environ: dict[str, object], start_response: object) -> list[bytes]:
    """An app that says what it got."""
    got = environ["wsgi.input"].read(int(str(environ.get("CONTENT_LENGTH") or 0)))  # type: ignore[attr-defined]
    start_response("200 OK", [("Content-Length", str(len(got)))])  # type: ignore[operator]
    return [got]


class Served:
    """A server whose clock the test turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.counted: list[str] = []
        self.connections = Connections(per_address_on_loopback=5)
        handler: type[BaseHTTPRequestHandler] = in_time(
            WSGIRequestHandler,
            connections=self.connections,
            monotonic=lambda: self.now,
            sleep=lambda seconds: None,
            turn=lambda: None,
            count=self.counted.append,
            limit_of=lambda method, path: LIMIT,
        )
        self.server = make_server("127.0.0.1", 0, read_body, threaded=True, request_handler=handler)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def connect(self, text: bytes = b"") -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.server.port), 10)
        line.sendall(text)
        return line

    def ask(self, text: bytes) -> tuple[int, bytes]:
        """(code, body) of a request as it lies on the line."""
        with self.connect(text) as line:
            return answer_on(line)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        end_the_late(self.connections, self.now, self.counted.append)

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)


def answer_on(line: socket.socket) -> tuple[int, bytes]:
    got = b""
    while chunk := line.recv(65_536):
        got += chunk
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def is_over(line: socket.socket) -> bool:
    """Has the other side closed it?"""
    try:
        return line.recv(65_536) == b""
    except OSError:
        return True


@pytest.fixture
def served() -> Iterator[Served]:
    server = Served()
    yield server
    server.end()


def post(headers: bytes, body: bytes = b"") -> bytes:
    return b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + b"\r\n" + body


def test_what_fits_is_served(served: Served) -> None:
    assert served.ask(post(b"Content-Length: 5\r\n", b"hello")) == (200, b"hello")
    eventually(lambda: len(served.connections) == 0)
    assert served.counted == []


@pytest.mark.parametrize(
    ("headers", "code", "why"),
    [
        (b"Content-Length: 1001\r\n", 413, "body_size"),
        (b"Content-Length: 99999999999999999999\r\n", 413, "body_size"),
        (b"Content-Length: -5\r\n", 400, "body_length"),
        (b"Content-Length: 1_0\r\n", 400, "body_length"),
        (b"Transfer-Encoding: chunked\r\n", 411, "body_without_length"),
        (b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 4\r\n", 411, "body_without_length"),
    ],
)
def test_a_body_that_is_not_taken_is_refused_in_a_sentence(served: Served, headers: bytes, code: int, why: str) -> None:
    got, body = served.ask(post(headers, b"x" * 100))
    assert got == code
    assert json.loads(body)["error"].endswith(".")
    assert served.counted == [why]


def test_headers_that_do_not_come_in_time_end_the_connection(served: Served) -> None:
    with served.connect(b"GET / HTTP/1.1\r\nX-Slow: ") as line:
        eventually(lambda: len(served.connections) == 1)
        for _ in range(int(HEADERS_S)):
            line.sendall(b"x")
            served.pass_time(1)
        assert len(served.connections) == 1
        served.pass_time(1)
        assert is_over(line)
    eventually(lambda: len(served.connections) == 0)
    assert served.counted == ["slow_headers"]


def test_an_answer_that_never_comes_to_an_end_is_given_up(served: Served) -> None:
    with served.connect(post(b"Content-Length: 900\r\n", b"some")) as line:
        eventually(lambda: len(served.connections) == 1)
        eventually(lambda: next(iter(served.connections._all)).why == "slow_reader")
        served.pass_time(BODY_S + RESPONSE_S + 1)
        assert is_over(line)
    eventually(lambda: len(served.connections) == 0)
    assert served.counted == ["slow_reader"]


def test_one_connection_too_many_is_told_so(served: Served) -> None:
    lines = [served.connect() for _ in range(5)]
    eventually(lambda: len(served.connections) == 5)
    for connection in list(served.connections._all):
        served.connections.know(connection, may_act=True)
    code, body = served.ask(b"GET / HTTP/1.1\r\n\r\n")
    assert code == 503
    assert "Too many connections" in json.loads(body)["error"]
    assert served.counted == ["connections_of_address"]
    for line in lines:
        line.close()
    eventually(lambda: len(served.connections) == 0)
    assert served.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")[0] == 200


def test_in_a_flood_of_refusals_nobody_is_heard_out(served: Served) -> None:
    served.connections.lingering = LINGERING
    with served.connect(post(b"Content-Length: 1001\r\n")) as line:
        assert answer_on(line)[0] == 413
        eventually(lambda: len(served.connections) == 0)
    assert served.connections.lingering == LINGERING


def test_no_body_is_no_refusal() -> None:
    assert size_refusal({}, LIMIT) is None
    assert size_refusal({"Content-Length": str(LIMIT)}, LIMIT) is None


class Failing:
    """A listening socket without descriptors for a while."""

    def __init__(self, faults: int) -> None:
        self.faults = faults

    def accept(self) -> tuple[str, str]:
        self.faults -= 1
        if self.faults >= 0:
            raise OSError(24, "Too many open files")
        return "line", "address"

    def fileno(self) -> int:
        return 3


def test_accepting_goes_on_when_there_were_no_descriptors() -> None:
    slept: list[float] = []
    assert LastingListener(Failing(3), slept.append).accept() == ("line", "address")
    assert sum(seconds > 0 for seconds in slept) == 3


def test_there_are_descriptors_for_all_that_are_let_in() -> None:
    assert 1 <= connections_possible() <= 10_000
