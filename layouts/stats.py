"""The six statistics."""

from __future__ import annotations

from dash import html

from dash_app import ids


def layout() -> html.Section:
    """Six small cards: name, figure, the line that puts it in proportion, and what it means."""
    return html.Section(id=ids.STATS_PANEL, className="stats", **{"aria-label": "Statistics"})
