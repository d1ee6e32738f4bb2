"""A raw Engine.IO connection that says hello and then does what a test wants, or nothing at all."""

from __future__ import annotations

import json
import socket

import psutil
from websocket import ABNF, WebSocket, WebSocketConnectionClosedException, WebSocketTimeoutException

from tests.support.relay import API_TOKEN

SMALL_BUFFER = 4096


def clients_kept(server_port: int) -> set[int]:
    """The ports of the clients that a server still holds a connection to.

    Seen from the server's end: a client that does not read never sees the end of what lies before it.
    """
    ends = [end for end in psutil.net_connections("tcp") if end.laddr and end.laddr.port == server_port and end.raddr]
    return {end.raddr.port for end in ends if end.status == psutil.CONN_ESTABLISHED}


class RawSocket:
    """Connects to a namespace with a small receive buffer; reads only when it is told to."""

    def __init__(self, port: int, namespace: str, auth: str | None = None) -> None:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        raw.connect(("127.0.0.1", port))
        self.socket = WebSocket()
        self.socket.connect(f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket", socket=raw)
        assert self.receive().startswith("0")
        prefix = "40" if namespace == "/" else f"40{namespace},"
        self.send(prefix + (auth or json.dumps({"token": API_TOKEN})))
        self.local_port = raw.getsockname()[1]

    def send(self, text: str) -> None:
        self.socket.send(text, ABNF.OPCODE_TEXT)

    def receive(self, timeout: float = 10) -> str:
        """The next text message; pings of Engine.IO are messages too."""
        self.socket.settimeout(timeout)
        text = self.socket.recv()
        return text if isinstance(text, str) else text.decode()

    def try_receive(self, timeout: float) -> str | None:
        """None when nothing came in time or the connection is gone."""
        try:
            return self.receive(timeout)
        except (WebSocketTimeoutException, WebSocketConnectionClosedException, OSError):
            return None

    def close(self) -> None:
        self.socket.shutdown()
