"""What the reader can choose: looks, alerts, numbers and times."""

from __future__ import annotations

from dash import html


def layout() -> html.Dialog:
    """A dialog that the script fills and opens."""
    return html.Dialog(id="settings", className="sheet", **{"aria-labelledby": "settings-title"})
