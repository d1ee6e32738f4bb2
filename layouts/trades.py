"""The trades, newest first."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash_app import ids

from layouts.panel import card, chip

COLUMNS = ("Time", "Side", "Price", "Amount", "Fee", "P&L", "Why")
FILTERS = (("all", "All"), ("buy", "Buys"), ("sell", "Sells"), ("won", "Won"), ("lost", "Lost"))


def layout() -> dbc.Card:
    """A table whose body the script fills; React keeps its hands off it."""
    filters = [
        chip(text, id=f"trades-filter-{name}", **{"aria-pressed": str(name == "all").lower(), "data-filter": name})
        for name, text in FILTERS
    ]
    tools = [
        html.Div(className="chips", id="trades-filter", role="group", **{"aria-label": "Show"}, children=filters),
        html.A("Export CSV", href="/api/v1/trades.csv", className="chip", download="trades.csv"),
    ]
    table = html.Table(
        id=ids.TRADES_TABLE,
        className="trades",
        **{"data-trade-count": "0", "data-filter": "all"},
        children=[
            html.Thead(html.Tr([html.Th(name, scope="col") for name in COLUMNS])),
            html.Tbody(id="trades-body"),
        ],
    )
    return card(
        "Trades",
        [
            html.Div(className="trades-frame", tabIndex=0, **{"aria-label": "Trades, newest first"}, children=table),
            html.P("Waiting for the relay.", id="trades-empty", className="empty"),
            html.P(id="trades-live", className="sr-only", **{"aria-live": "polite"}),
        ],
        id="trades-panel",
        tools=tools,
    )
