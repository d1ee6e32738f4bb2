"""The price chart."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html

from dash_app import figures, ids
from layouts.panel import card, chips


def layout() -> dbc.Card:
    """The chart with its line/candles toggle, and its words for those who cannot see it."""
    graph = dcc.Graph(
        id=ids.PRICE_CHART, figure=figures.price_figure(), config=figures.CONFIG, responsive=True, className="chart"
    )
    empty = html.P("Waiting for the first price.", id="chart-empty", className="empty chart-empty")
    return card(
        "Price",
        [
            html.Div([graph, empty], className="chart-frame needs-market"),
            html.P(id="chart-summary", className="sr-only"),
        ],
        name="chart-panel",
        tools=[
            html.Button("Back to live", id="chart-live", type="button", className="chip", hidden=True),
            chips("chart-modes", "Chart"),
        ],
    )
