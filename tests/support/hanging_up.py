"""Ending a Socket.IO client at once."""

from __future__ import annotations

import contextlib
import socket

import socketio


def hang_up(client: socketio.Client) -> None:
    """Close the line under the client; its own `disconnect` may wait 3 s for an answer that its reader has taken.

    A client whose server has gone has let go of its line without closing it: that is done here too.
    """
    line = client.eio.ws
    if client.connected and client.transport() == "polling":
        client.disconnect()
    elif client.connected:
        with contextlib.suppress(OSError, AttributeError):
            line.sock.shutdown(socket.SHUT_RDWR)
        client.eio.wait()  # its own `wait` sleeps for a second besides
    if line is not None:
        line.shutdown()
