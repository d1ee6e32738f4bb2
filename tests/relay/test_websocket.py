"""Frames read in one go are the same frames."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relay.websocket import BufferedSocket, unmask


@given(data=st.binary(max_size=200), mask=st.binary(min_size=4, max_size=4), offset=st.integers(0, 9))
def test_unmasking_is_what_the_rfc_says(data: bytes, mask: bytes, offset: int) -> None:
    assert unmask(data, mask, None, offset) == bytes(b ^ mask[(offset + i) % 4] for i, b in enumerate(data))


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
