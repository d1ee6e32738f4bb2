"""Where toasts appear, and where errors are read out."""

from __future__ import annotations

from dash import html

from dash_app import ids


def layout() -> html.Div:
    """Two empty places that the script fills."""
    return html.Div(
        children=[
            html.Div(id=ids.TOAST_CONTAINER, className="toasts", role="region", **{"aria-label": "Notifications"}),
            html.P(id="errors-live", className="sr-only", **{"aria-live": "assertive"}),
        ]
    )
