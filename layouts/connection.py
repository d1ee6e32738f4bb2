"""The truth line: page to relay, relay to bot, bot to market."""

from __future__ import annotations

from dash import html

from dash_app import ids


def layout() -> html.Div:
    """The script puts a mark for each hop here, and the words of a line that is down."""
    return html.Div(
        "Connecting…",
        id=ids.CONNECTION_STATUS,
        className="truth",
        role="group",
        **{"data-connection": "connecting", "aria-label": "How fresh this page is"},
    )
