"""The trades, newest first."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from layouts.panel import card, chips


def layout() -> dbc.Card:
    """A table whose rows the script makes; React keeps its hands off them."""
    table = html.Table(id=ids.TRADES_TABLE, className="trades", **{"data-trade-count": "0", "data-filter": "all"})
    return card(
        "Trades",
        [
            html.Div(
                table, className="trades-frame", tabIndex=0, role="region", **{"aria-label": "Trades, newest first"}
            ),
            html.P("Waiting for the relay.", id="trades-empty", className="empty"),
            html.P(id="trades-live", className="sr-only", **{"aria-live": "polite"}),
        ],
        name="trades-panel",
        tools=[
            chips("trades-filter", "Show"),
            html.A("Export CSV", href="/api/v1/trades.csv", className="chip", download="trades.csv"),
        ],
    )
