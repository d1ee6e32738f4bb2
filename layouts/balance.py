"""The account: worth, free, held, today."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash_app import ids

from layouts.panel import card, row


def layout() -> dbc.Card:
    """Equity in large, its parts below."""
    return card(
        "Account",
        [
            html.P(
                className="big needs-bot",
                children=[html.Span("–", id="balance-equity"), html.Small(id="balance-currency")],
            ),
            row("Free", "balance-free", needs="bot"),
            row("Held", "balance-held", needs="bot"),
            row("Today", "balance-today", needs="bot"),
        ],
        id=ids.BALANCE_PANEL,
    )
