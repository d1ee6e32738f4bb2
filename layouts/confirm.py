"""One question before what cannot be taken back."""

from __future__ import annotations

from dash import html


def layout() -> html.Dialog:
    """A dialog that the script fills and opens."""
    return html.Dialog(
        id="confirm", className="sheet", **{"aria-labelledby": "confirm-title", "aria-describedby": "confirm-text"}
    )
