"""One trade in full, at `/trade/<id>`."""

from __future__ import annotations

from dash import html


def layout() -> html.Dialog:
    """A dialog that the script fills and opens."""
    return html.Dialog(id="trade-detail", className="sheet", **{"aria-labelledby": "trade-detail-title"})
