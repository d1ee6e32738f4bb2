"""The short way of reading a WebSocket takes what it understands, leaves the rest as it came, and never makes it up."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from relay.websocket_frames import text_frame, unmask, whole_texts
from tests.support.runs import runs

MANY = runs(500)
MASKS = st.binary(min_size=4, max_size=4)
TEXTS = st.text(max_size=200)


def masked(text: str, mask: bytes) -> bytes:
    """The frame of a client: that of a server, with a mask."""
    frame, payload = text_frame(text), text.encode()
    head = frame[: len(frame) - len(payload)]
    return head[:1] + bytes((head[1] | 0x80,)) + head[2:] + mask + unmask(payload, mask)


@MANY
@given(data=st.binary(max_size=400) | st.builds(bytes.__add__, st.just(b"\x81"), st.binary(max_size=200)))
@example(data=b"\x81\xfe")
@example(data=b"\x81\xff" + b"\xff" * 12)
@example(data=b"\x81\x81\0\0\0\0\xff")
def test_any_bytes_are_taken_as_texts_or_left(data: bytes) -> None:
    texts, rest = whole_texts(data)
    assert data.endswith(rest)
    assert all(isinstance(text, str) for text in texts)
    assert bool(texts) == (len(rest) < len(data))


@MANY
@given(
    texts=st.lists(st.tuples(TEXTS, MASKS), max_size=5), rest=st.binary(max_size=60).filter(lambda b: b[:1] != b"\x81")
)
def test_whole_texts_come_out_as_they_went_in_and_the_rest_stays(texts: list[tuple[str, bytes]], rest: bytes) -> None:
    line = b"".join(masked(text, mask) for text, mask in texts)
    assert whole_texts(line + rest) == ([text for text, _ in texts], rest)


@MANY
@given(text=TEXTS, mask=MASKS, cut=st.integers(1, 250))
def test_a_frame_that_has_not_come_whole_waits(text: str, mask: bytes, cut: int) -> None:
    frame = masked(text, mask)
    part = frame[: max(0, len(frame) - cut)]
    assert whole_texts(part) == ([], part)


@MANY
@given(data=st.binary(max_size=200), mask=MASKS, offset=st.integers(0, 9))
def test_unmasking_twice_gives_the_bytes_back(data: bytes, mask: bytes, offset: int) -> None:
    once = unmask(data, mask, offset=offset)
    assert once == bytes(byte ^ mask[(place + offset) % 4] for place, byte in enumerate(data))
    assert unmask(once, mask, offset=offset) == data
