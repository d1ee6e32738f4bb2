"""What goes out, and what becomes of a client that no longer answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import engineio.socket
import pytest
from flask import Flask
from flask_socketio import SocketIO

from relay.transport import SharedPacket, Transport
from relay.websocket import ENVIRON_KEY


class Line:
    """A WebSocket that takes frames at once, until it is told that it is full."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_full = False
        self.is_sending = False

    def send_now(self, frame: bytes) -> bool:
        if not self.is_full:
            self.sent.append(frame)
        return not self.is_full


class Client:
    """A client of a real Engine.IO server, its line made here."""

    def __init__(self, socketio: SocketIO, transport: Transport) -> None:
        self.socket: Any = engineio.socket.Socket(socketio.server.eio, "sid")
        self.line = Line()
        self.left: list[str] = []
        socketio.server.eio.sockets["sid"] = self.socket
        transport.websockets.opened("sid", {ENVIRON_KEY: self.line})
        socketio.server.eio.on("disconnect", lambda sid, reason: self.left.append(sid))
        self.socket.connected = self.socket.upgraded = True

    def queued(self) -> list[str]:
        return [packet.data for packet in list(self.socket.queue.queue) if packet is not None]


@pytest.fixture
def socketio() -> SocketIO:
    return SocketIO(Flask("test"), async_mode="threading")


@pytest.fixture
def transport(socketio: SocketIO) -> Transport:
    return Transport(socketio)


@pytest.fixture
def client(socketio: SocketIO, transport: Transport) -> Iterator[Client]:
    yield Client(socketio, transport)
    socketio.server.eio.sockets.clear()


def test_a_frame_goes_out_at_once_where_nothing_waits(transport: Transport, client: Client) -> None:
    transport.send("sid", SharedPacket("2[1]"))
    assert client.line.sent == [b"\x81\x0542[1]"]
    assert client.queued() == []


def test_nothing_overtakes_what_waits(transport: Transport, client: Client) -> None:
    client.line.is_full = True
    transport.send("sid", SharedPacket("2[1]"))
    client.line.is_full = False
    transport.send("sid", SharedPacket("2[2]"))
    assert client.line.sent == []
    assert client.queued() == ["2[1]", "2[2]"]
    assert transport.backlog("sid") == 2


def test_a_client_that_is_about_to_change_over_gets_nothing_where_it_does_not_read_yet(
    transport: Transport, client: Client
) -> None:
    client.socket.upgraded = False
    transport.send("sid", SharedPacket("2[1]"))
    assert client.line.sent == []
    assert client.queued() == ["2[1]"]


def test_a_frame_that_is_half_out_counts_as_waiting(transport: Transport, client: Client) -> None:
    client.line.is_sending = True
    assert transport.backlog("sid") == 1


def test_a_client_that_does_not_answer_its_ping_is_closed_and_nobody_else_is_troubled(
    transport: Transport, client: Client
) -> None:
    client.socket.last_ping = time.time() - 1_000
    transport.send("sid", SharedPacket("2[1]"))
    transport.send("sid", SharedPacket("2[2]"))
    assert client.socket.closed
    assert client.left == ["sid"]
    assert (client.line.sent, client.queued()) == ([], [])


def test_one_that_is_gone_is_left_out(transport: Transport) -> None:
    transport.send("nobody", SharedPacket("2[1]"))
    assert transport.backlog("nobody") == 0


def test_who_is_let_go_loses_the_line_they_came_to_use_and_a_proxys_stays(
    transport: Transport, socketio: SocketIO, client: Client
) -> None:
    polled, used = socket.socketpair(), socket.socketpair()
    socketio.server.environ["sid"] = {"werkzeug.socket": polled[0]}
    transport.websockets.opened("sid", {"werkzeug.socket": used[0]})
    transport.drop("sid")
    assert used[1].recv(1) == b"", "it is shut"
    polled[0].sendall(b"for somebody else")
    for end in (*polled, *used):
        end.close()
