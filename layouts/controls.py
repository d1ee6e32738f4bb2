"""The buttons that act, and the line that says why they are off or were refused."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids


def layout() -> html.Div:
    """In the bar on a desk, at the bottom in thumb's reach on a phone: the same buttons."""
    return html.Div(
        className="actions",
        children=[
            _button("Test trade", ids.TEST_TRADE_BUTTON, "ghost"),
            _button("▶ Start bot", ids.START_BUTTON, "start"),
            _button("■ Stop bot", ids.STOP_BUTTON, "stop"),
            html.Button(
                "⋯",
                id="more-button",
                type="button",
                className="action ghost more-button",
                **{"aria-label": "More", "title": "More", "aria-haspopup": "true", "aria-expanded": "false"},
            ),
        ],
    )


def more() -> html.Div:
    """What is needed seldom: the script fills it and opens it from the button."""
    return html.Div(id="more-menu", className="menu", role="group", **{"aria-label": "More"})


def note() -> html.P:
    """Why the buttons are off, or what became of a press."""
    return html.P("Connecting to the relay.", id="action-note", className="action-note", role="status")


def _button(text: str, name: str, look: str) -> dbc.Button:
    """Not `disabled` here: React would go on swallowing clicks after the script has enabled the button."""
    return dbc.Button(text, id=name, class_name=f"action {look}", color="", n_clicks=0)
