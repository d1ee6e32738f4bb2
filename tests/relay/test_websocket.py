"""Frames read in one go, or by one task for all, are the same frames; what goes out at once goes out whole."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websocket import ABNF

from relay.limits.lines import PERSON
from relay.websocket import READ_SIZE, TEXTS_AT_ONCE, BufferedSocket, SharedReader, improved
from relay.websocket_frames import text_frame, unmask, whole_texts
from tests.support.frames import read_frame
from tests.support.waiting import eventually

TEXTS = st.lists(st.text(max_size=200), max_size=6)


def client_frame(text: str, opcode: int = ABNF.OPCODE_TEXT, *, is_last: int = 1) -> bytes:
    """A client's frame, masked, as another implementation makes it."""
    return bytes(ABNF.create_frame(text, opcode, is_last).format())


@given(data=st.binary(max_size=200), mask=st.binary(min_size=4, max_size=4), offset=st.integers(0, 9))
def test_unmasking_is_what_the_rfc_says(data: bytes, mask: bytes, offset: int) -> None:
    assert unmask(data, mask, None, offset) == bytes(b ^ mask[(offset + i) % 4] for i, b in enumerate(data))


@given(texts=TEXTS, cut=st.integers(0, 1_500))
def test_whole_texts_are_read_and_the_rest_is_kept_to_the_last_byte(texts: list[str], cut: int) -> None:
    frames = [client_frame(text) for text in texts]
    found, rest = whole_texts(b"".join(frames)[:cut])
    assert found == texts[: len(found)]
    assert b"".join(frames[: len(found)]) + rest == b"".join(frames)[:cut]
    assert len(found) == len(texts) or len(b"".join(frames[: len(found) + 1])) > cut


@given(before=TEXTS, after=TEXTS, other=st.sampled_from(["ping", "fragment", "binary", "not utf-8", "compressed"]))
def test_what_is_not_a_plain_text_is_left_with_all_that_follows(
    before: list[str], after: list[str], other: str
) -> None:
    strange = {
        "ping": client_frame("x", ABNF.OPCODE_PING),
        "fragment": client_frame("x", is_last=0),
        "binary": client_frame("x", ABNF.OPCODE_BINARY),
        "not utf-8": b"\x81\x81\0\0\0\0\xff",
        "compressed": b"\xc1\x81\0\0\0\0x",
    }[other]
    tail = strange + b"".join(map(client_frame, after))
    assert whole_texts(b"".join(map(client_frame, before)) + tail) == (before, tail)


@given(data=st.binary(max_size=300))
def test_no_bytes_at_all_upset_the_reader(data: bytes) -> None:
    _, rest = whole_texts(data)
    assert data.endswith(rest)


@given(text=st.one_of(st.text(max_size=200), st.integers(65_000, 66_000).map("x".__mul__)))
def test_a_text_frame_is_one_that_others_read(text: str) -> None:
    async def read() -> bytes:
        stream = asyncio.StreamReader()
        stream.feed_data(text_frame(text))
        stream.feed_eof()
        frame = await read_frame(stream)
        assert await stream.read() == b""
        return frame.payload

    assert asyncio.run(read()).decode() == text


class Chunks:
    """A connection that gives its bytes in the given pieces."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks

    def recv(self, size: int) -> bytes:
        return self.chunks.pop(0) if self.chunks else b""


@given(chunks=st.lists(st.binary(min_size=1, max_size=50), max_size=10), sizes=st.lists(st.integers(1, 30)))
def test_no_byte_is_lost_however_it_is_asked_for(chunks: list[bytes], sizes: list[int]) -> None:
    sent = b"".join(chunks)
    connection = BufferedSocket(Chunks(list(chunks)))
    got = b"".join(connection.recv(size) for size in sizes)
    while rest := connection.recv(7):
        got += rest
    assert got == sent


class GreenSocket:
    """A connection as the server has it: `fd` never waits, the rest does."""

    def __init__(self, fd: socket.socket) -> None:
        self.fd = fd
        fd.setblocking(False)

    def recv(self, size: int) -> bytes:
        select.select([self.fd], [], [], 10)
        return self.fd.recv(size)

    def sendall(self, data: bytes) -> None:
        while data:
            select.select([], [self.fd], [], 10)
            data = data[self.fd.send(data) :]

    def fileno(self) -> int:
        return self.fd.fileno()


class PlainWebSocket:
    """What eventlet's class gives its subclass; messages are bytes as they lie on the line."""

    def __init__(self, sock: Any, environ: dict[str, Any]) -> None:
        self.socket = sock
        self.environ = environ
        self.extensions: dict[str, Any] = {}
        self.websocket_closed = False
        self._sendlock = threading.Lock()

    def wait(self) -> object:
        return self.socket.recv(1_000)

    def close(self, close_data: object = None) -> None:
        self.websocket_closed = True
        self.socket.fd.close()


def start_thread(task: Callable[..., object], *args: object) -> threading.Thread:
    thread = threading.Thread(target=task, args=args, daemon=True)
    thread.start()
    return thread


@pytest.fixture
def reader() -> Iterator[SharedReader]:
    """At work for as long as the test runs."""
    done = threading.Event()

    def read_on() -> None:
        while not done.is_set():
            shared.read(0.02)

    with select.epoll() as poller:
        shared = SharedReader(poller, select.EPOLLIN)
        reading = start_thread(read_on)
        yield shared
        done.set()
        reading.join(10)


@pytest.fixture
def ends(reader: SharedReader) -> Iterator[tuple[Any, socket.socket]]:
    """The server's WebSocket and the client's end of its line."""
    here, there = socket.socketpair()
    here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 5_000)
    there.settimeout(10)
    yield improved(PlainWebSocket, reader, start_thread)(GreenSocket(here), {}), there
    here.close()
    there.close()


def test_the_shared_reader_hands_on_what_is_asked_for_and_leaves_the_rest(ends: tuple[Any, socket.socket]) -> None:
    websocket, client = ends
    taken: list[str] = []

    def take(text: str) -> bool:
        if text == "bad":
            raise LookupError("a fault in the page's code")
        if text.startswith("page"):
            taken.append(text)
        return text.startswith("page")

    websocket.read_with(take)
    client.sendall(b"".join(map(client_frame, ["page 1", "3", "page 2"])))
    assert websocket.wait() == "3"
    eventually(lambda: taken == ["page 1", "page 2"])
    strange = client_frame("x", ABNF.OPCODE_PING) + client_frame("page 4")
    client.sendall(client_frame("page 3") + strange)
    assert websocket.wait() == strange  # from the ping on its own reader reads, and misses nothing
    assert taken == ["page 1", "page 2", "page 3"]
    client.sendall(b"on its own")
    assert websocket.wait() == b"on its own"
    websocket.read_with(take)
    client.sendall(client_frame("bad"))
    client_gone = start_thread(client.shutdown, socket.SHUT_WR)
    assert websocket.wait() == b""
    client_gone.join()


def test_a_page_that_sends_more_than_its_share_is_read_on_its_own_from_there(ends: tuple[Any, socket.socket]) -> None:
    websocket, client = ends
    taken: list[str] = []

    def take(text: str) -> bool:
        taken.append(text)
        return True

    websocket.read_with(take)
    frame = client_frame("page 1,234")
    assert READ_SIZE % len(frame) == 0, "or a cut frame would be given back by itself"
    count = int(PERSON.burst) + 2_000

    def send() -> None:
        for _ in range(count):
            client.sendall(frame)

    sending = start_thread(send)
    left = websocket.wait()
    assert isinstance(left, bytes), "its own reader goes on where the shared one has stopped"
    assert PERSON.burst - TEXTS_AT_ONCE <= len(taken) < count
    while len(taken) * len(frame) + len(left) < count * len(frame):
        left += websocket.wait()
    sending.join()


def test_closing_wakes_the_one_who_waits(ends: tuple[Any, socket.socket]) -> None:
    websocket, _ = ends
    websocket.read_with(lambda text: True)
    outcome: list[object] = []

    def wait() -> None:
        try:
            outcome.append(websocket.wait())
        except (OSError, ValueError) as error:
            outcome.append(error)

    waiting = start_thread(wait)
    websocket.close()
    waiting.join(10)
    assert len(outcome) == 1


def test_a_frame_that_the_kernel_takes_in_parts_is_sent_whole_and_nothing_gets_between(
    ends: tuple[Any, socket.socket],
) -> None:
    websocket, client = ends
    big = text_frame("x" * 60_000)
    assert websocket.send_now(text_frame("first"))
    assert websocket.send_now(big)
    assert websocket.is_sending
    assert not websocket.send_now(text_frame("too early"))
    sent = text_frame("first") + big
    got = b""
    while len(got) < len(sent):
        got += client.recv(10_000)
    assert got == sent
    eventually(lambda: not websocket.is_sending)
    assert websocket.send_now(text_frame("last"))
    assert client.recv(100) == text_frame("last")


def test_a_big_frame_is_left_to_a_line_that_compresses(ends: tuple[Any, socket.socket]) -> None:
    websocket, _ = ends
    websocket.extensions = {"permessage-deflate": {}}
    assert not websocket.send_now(text_frame("x" * 5_000))
    assert websocket.send_now(text_frame("x"))
