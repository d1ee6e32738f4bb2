"""The account: worth, free, held, today."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from layouts.panel import card


def layout() -> dbc.Card:
    """Equity in large, its parts below."""
    return card("Account", [html.Div("Waiting for the bot's first word.", id="balance-body")], name=ids.BALANCE_PANEL)
