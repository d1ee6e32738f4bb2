"""What the bot says of its state, for as long as that is so."""

from __future__ import annotations

from dash import html


def layout() -> html.Div:
    """A strip over the panels that the script fills; nothing of it is seen while there is nothing to say."""
    return html.Div(id="notice", className="notice")
