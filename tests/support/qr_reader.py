"""Reads a QR code off a terminal, as a phone's camera would: half blocks, versions 1 to 5 at level L."""

from __future__ import annotations

from collections.abc import Callable, Iterator

Matrix = list[list[bool]]
"""Rows of modules; True is dark."""
BLOCKS = {" ": (True, True), "▀": (False, True), "▄": (True, False), "█": (False, False)}
"""Upper and lower module of a character: light is drawn, dark is left out."""
QUIET = 4
MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, column: row % 2 == 0,
    lambda row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
)
FORMAT_MASK = 0b101010000010010


def read_qr(shown: str) -> str:
    """The text of the one code in what a terminal shows."""
    matrix = _matrix(shown)
    bits = _bits(matrix)
    assert _number(bits, 4) == 0b0100, "not in byte mode"
    length = _number(bits, 8)
    return bytes(_number(bits, 8) for _ in range(length)).decode()


def _matrix(shown: str) -> Matrix:
    lines = [line for line in shown.splitlines() if len(line) > 2 * QUIET + 20 and set(line) <= set(BLOCKS)]
    width = max(map(len, lines))
    rows = [[BLOCKS[sign][half] for sign in line] for line in lines if len(line) == width for half in (0, 1)]
    size = width - 2 * QUIET
    return [row[QUIET : QUIET + size] for row in rows[QUIET : QUIET + size]]


def _bits(matrix: Matrix) -> Iterator[bool]:
    """The data, unmasked, in the order in which it lies: two columns at a time, up and down in turn."""
    size = len(matrix)
    mask = MASKS[_format(matrix) >> 10 & 0b111]
    is_upward = True
    for column in (*range(size - 1, 6, -2), 5, 3, 1):
        for row in range(size - 1, -1, -1) if is_upward else range(size):
            for each in (column, column - 1):
                if not _is_pattern(row, each, size):
                    yield matrix[row][each] ^ mask(row, each)
        is_upward = not is_upward


def _format(matrix: Matrix) -> int:
    places = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)] + [(row, 8) for row in (7, 5, 4, 3, 2, 1, 0)]
    value = 0
    for row, column in places:
        value = value << 1 | matrix[row][column]
    return value ^ FORMAT_MASK


def _is_pattern(row: int, column: int, size: int) -> bool:
    """Does the module belong to the code's frame: corners, timing lines, the small square, the format?"""
    is_corner = (row < 9 and (column < 9 or column >= size - 8)) or (row >= size - 8 and column < 9)
    is_square = size > 21 and abs(row - (size - 7)) <= 2 and abs(column - (size - 7)) <= 2
    return is_corner or is_square or 6 in (row, column)


def _number(bits: Iterator[bool], length: int) -> int:
    value = 0
    for _ in range(length):
        value = value << 1 | next(bits)
    return value
