"""A QR code for the terminal, for what a phone should not have to type."""

from __future__ import annotations

import io


def qr(text: str) -> str:
    """Half blocks, light on dark, as segno writes them."""
    import segno  # only those who want one wait for it

    out = io.StringIO()
    segno.make(text, error="l", micro=False, boost_error=False).terminal(out, compact=True)
    return out.getvalue()
