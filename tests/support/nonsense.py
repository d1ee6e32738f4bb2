"""What somebody may send who means harm or does not know better, for hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters(), max_size=60)
"""Also control characters, lone halves of characters and what writes from right to left."""
WEB_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
"""What can be encoded, and so can come in a URL or a form."""
NASTY = st.sampled_from(
    [
        *("", " ", "\0", "..", "../../etc/passwd", "..\\..\\boot.ini", "%2e%2e%2f", "/", "//evil.example", "\\\\evil"),
        *("a\r\nSet-Cookie: x=1", "\u202egnp.exe", "\ufeff", "NaN", "-0", "1e400", "9" * 400, "true", "null", "{}"),
        *("' OR 1=1 --", "${jndi:ldap://x}", "{{7*7}}", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "a" * 5_000),
    ]
)
"""What has broken others."""
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**53, 2**63, 2**64, 10**30, -1, 0])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | ANY_TEXT | NASTY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT | NASTY, inner, max_size=4),
    max_leaves=8,
)
"""What Python's own reader of JSON may make, NaN and lone halves of characters among it."""
