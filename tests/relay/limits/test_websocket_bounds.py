"""How much a message may hold, and who has a turn."""

from __future__ import annotations

from typing import Any

import pytest

from relay.websocket_bounds import (
    FRAMES_A_TURN,
    SMALLEST_PIECE,
    STRANGERS_BYTES,
    TOO_LARGE,
    BoundedWebSocket,
    bounded_message,
)


class Closing(Exception):
    """What closes a connection, with a code and a sentence."""


class Message:
    """A message as eventlet gathers it."""

    def __init__(self, max_frame_length: int) -> None:
        self.max_frame_length = max_frame_length
        self.data: list[bytes] = []

    def push(self, data: bytes, final: bool = False) -> None:
        self.data.append(data)


def push(pieces: list[bytes], limit: int) -> list[bytes]:
    message = bounded_message(Message, Closing)(limit)
    for piece in pieces:
        message.push(piece)
    found: list[bytes] = message.data
    return found


def test_a_message_may_be_as_long_as_the_limit_and_no_longer_however_it_is_cut() -> None:
    whole = [b"x" * 1_000] * 10
    assert push(whole, 10_000) == whole
    with pytest.raises(Closing) as closed:
        push([*whole, b"x"], 10_000)
    assert closed.value.args[0] == TOO_LARGE


def test_empty_pieces_count() -> None:
    assert push([b""] * 100, 100 * SMALLEST_PIECE)
    with pytest.raises(Closing):
        push([b""] * 101, 100 * SMALLEST_PIECE)


class Plain:
    """What eventlet's class gives: the length that the server allows, and frames."""

    def __init__(self) -> None:
        self.max_frame_length = 1_000_000

    def _recv_frame(self, message: Any = None) -> str:
        return "frame"

    def close(self, close_data: Any = None) -> None:
        pass


class WebSocket(BoundedWebSocket, Plain):
    """A bounded one that notes its turns."""

    slept: list[float]
    counted: list[str]

    def __init__(self) -> None:
        self.slept, self.counted = [], []
        self.sleep = self.slept.append
        self.count = self.counted.append
        super().__init__()


def test_a_stranger_s_messages_are_short_until_the_sender_is_known() -> None:
    websocket = WebSocket()
    assert websocket.max_frame_length == STRANGERS_BYTES
    websocket.trust()
    assert websocket.max_frame_length == 1_000_000


def test_the_others_have_their_turn_every_few_frames() -> None:
    websocket = WebSocket()
    for _ in range(10 * (FRAMES_A_TURN + 1)):
        assert websocket._recv_frame() == "frame"
    assert len(websocket.slept) == 10


def test_a_bot_s_events_are_taken_in_larger_parts() -> None:
    websocket = WebSocket()
    websocket.trust(frames_a_turn=100)
    for _ in range(FRAMES_A_TURN + 1 + 2 * 101):
        websocket._recv_frame()
    assert len(websocket.slept) == 3


def test_only_what_was_too_large_is_counted() -> None:
    websocket = WebSocket()
    websocket.close()
    websocket.close((1000, ""))
    websocket.close((TOO_LARGE, "too large"))
    assert websocket.counted == ["message_size"]
