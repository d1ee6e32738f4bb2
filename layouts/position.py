"""What the bot holds, and where its stop and target are."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from layouts.panel import card


def layout() -> dbc.Card:
    """The side in the heading; P&L, rail, amount and age in the body, or one sentence when flat."""
    return card(
        "Position",
        [html.Div(html.P("Waiting for the bot's first word.", className="empty"), id="position-body")],
        name=ids.POSITION_PANEL,
        tools=[html.Span(id="position-side", className="position-side needs-bot")],
    )
