"""What the bot holds, and where its stop and target are."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash_app import ids

from layouts.panel import card, row


def layout() -> dbc.Card:
    """P&L, rail, amount and age; or one sentence when flat."""
    held = html.Div(
        id="position-held",
        hidden=True,
        children=[
            html.P(id="position-pnl", className="big needs-market"),
            _rail(),
            row("Amount", "position-amount", needs="bot"),
            row("Entry", "position-entry", needs="bot"),
            row("Open for", "position-age", needs="bot"),
        ],
    )
    flat = html.P("Waiting for the bot's first word.", id="position-flat", className="empty")
    return card(
        "Position",
        [held, flat],
        id=ids.POSITION_PANEL,
        tools=[html.Span(id="position-side", className="position-side needs-bot")],
    )


def _rail() -> html.Div:
    ends = [html.Span(id=f"rail-{name}") for name in ("stop-text", "entry-text", "target-text")]
    return html.Div(
        id="rail-block",
        className="needs-market",
        children=[
            html.Div(
                id="rail",
                className="rail",
                role="img",
                children=[html.B(id="rail-entry"), html.I(id="rail-price")],
            ),
            html.Div(className="ends", children=ends),
        ],
    )
