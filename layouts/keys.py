"""The keys, and what the colours of the truth line mean."""

from __future__ import annotations

from dash import html


def layout() -> html.Dialog:
    """A dialog that the script fills and opens."""
    return html.Dialog(id="help", className="sheet", **{"aria-labelledby": "help-title"})
