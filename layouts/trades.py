"""The trades, newest first."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from layouts.panel import card, chips

CSV = "/api/v1/trades.csv?bots=all"


def layout() -> dbc.Card:
    """A table whose rows the script makes; React keeps its hands off them."""
    table = html.Table(id=ids.TRADES_TABLE, className="trades", **{"data-trade-count": "0", "data-filter": "all"})
    return card(
        "Trades",
        [
            html.Div(
                [table, html.Div(id="trades-more", className="trades-more", role="status")],
                className="trades-frame",
                tabIndex=0,
                role="region",
                **{"aria-label": "Trades, newest first; arrow keys go from row to row, Enter opens one"},
            ),
            html.Div(id="trades-news", className="news-place"),
            html.P(id="trades-live", className="sr-only", **{"aria-live": "polite"}),
        ],
        name="trades-panel",
        tools=[
            html.Div(id="trades-search", className="search-place"),
            chips("trades-filter", "Show trades"),
            html.A("Export CSV", id="trades-csv", href=CSV, className="chip", download="trades.csv"),
        ],
    )
