"""How much one WebSocket may bring and how often the others have their turn; on top of eventlet's own class.

eventlet bounds a frame and what it inflates to, but no message of many frames; and it goes on reading for as long as
something is there, so one client that sends without a pause would stop all others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

STRANGERS_BYTES = 16_384
"""Of a message until its sender has shown who they are; inflated, where it was compressed."""
SMALLEST_PIECE = 64
"""A fragment counts as so many bytes at least: a million empty ones would fill memory too."""
FRAMES_A_TURN = 4
"""Then the others have theirs: with five hundred that send without a pause that is still a twentieth of a second."""
log = logging.getLogger("tapedeck.relay")
TOO_LARGE = 1009
"""Close code (RFC 6455, section 7.4.1)."""


class BoundedWebSocket:
    """What `improved` puts before eventlet's `RFC6455WebSocket`, under `ImprovedWebSocket`."""

    sleep: Callable[[float], object]
    count: Callable[[str], object]
    max_frame_length: int
    _frames_a_turn = FRAMES_A_TURN
    _frames_left = FRAMES_A_TURN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.log = self  # eventlet writes a line there for each connection that ended before it
        self._trusted_length = getattr(self, "max_frame_length", STRANGERS_BYTES)
        self.max_frame_length = min(STRANGERS_BYTES, self._trusted_length)

    def trust(self, frames_a_turn: int = FRAMES_A_TURN) -> None:
        """Its sender is known: messages may be as long as the server allows."""
        self.max_frame_length = self._trusted_length
        self._frames_a_turn = frames_a_turn

    def write(self, line: str) -> None:
        """What eventlet has to say."""
        log.debug("%s", line.strip())

    def close(self, close_data: Any = None) -> None:
        if close_data and close_data[0] == TOO_LARGE:
            self.count("message_size")
        super().close(close_data)  # type: ignore[misc]

    def _recv_frame(self, message: Any = None) -> Any:
        self._frames_left -= 1
        if self._frames_left < 0:
            self._frames_left = self._frames_a_turn
            self.sleep(0)
        return super()._recv_frame(message)  # type: ignore[misc]


def bounded_message(message_class: type, refusal: type[Exception]) -> type:
    """A subclass of eventlet's `Message` that counts its pieces; `refusal(code, sentence)` closes the connection."""

    class BoundedMessage(message_class):  # type: ignore[misc]
        _bytes = 0

        def push(self, data: bytes, final: bool = False) -> None:
            self._bytes += max(len(data), SMALLEST_PIECE)
            if self._bytes > max(self.max_frame_length, SMALLEST_PIECE):
                raise refusal(TOO_LARGE, f"A message has at most {self.max_frame_length} bytes.")
            super().push(data, final)

    return BoundedMessage
