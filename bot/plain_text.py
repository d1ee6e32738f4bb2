"""Text for a terminal or a log: what came from outside can't steer it, hide in it or forge a line of it."""

from __future__ import annotations

import re

_STEERING = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
"""Control characters (escape sequences begin with one), marks that turn the direction of writing (CVE-2021-42574),
ends of lines of Unicode's own, and halves of characters, which no encoding takes."""
_IN_TEXT = re.compile(f"[{_STEERING}]")
_IN_LINE = re.compile(f"[{_STEERING}\t\n]")
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def plain_line(text: str) -> str:
    """One line, with `\\x1b`, `\\n` and the like written out."""
    return text if text.isprintable() else _IN_LINE.sub(_written_out, text)


def plain_text(text: str) -> str:
    """The same for a text of many lines, whose ends and tabs stay."""
    return _IN_TEXT.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    character = found[0]
    number = ord(character)
    return _SHORT.get(character) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
