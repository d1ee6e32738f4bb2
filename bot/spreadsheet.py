"""CSV that a spreadsheet may open: what came from outside must not become a formula there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def text_cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection")."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def csv_line(cells: Iterable[object]) -> str:
    """The cells as a line of CSV (RFC 4180); None is empty."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
