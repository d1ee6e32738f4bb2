"""CSV that a spreadsheet may open: what came from outside must not become a formula there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

_SIGNS = "=+\\-@＝＋－＠"
_START = re.compile(f"[{_SIGNS}\t\r\n]")
_INSIDE = re.compile(f"([;|\t\r\n])(?=[{_SIGNS}])")
"""Where another country's spreadsheet, whose cells end at a semicolon, would see the start of a cell."""


def text_cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection")."""
    if not isinstance(value, str):
        return value
    inside = _INSIDE.sub(r"\1'", value)
    return f"'{inside}" if _START.match(inside) else inside


def csv_line(cells: Iterable[object]) -> str:
    """The cells as a line of CSV (RFC 4180); None is empty."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
