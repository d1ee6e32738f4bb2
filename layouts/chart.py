"""The price chart."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash_app import figures, ids

from layouts.panel import card, chip


def layout() -> dbc.Card:
    """The chart with its line/candles toggle, and its words for those who cannot see it."""
    tools = html.Div(
        className="chips",
        role="group",
        **{"aria-label": "Chart"},
        children=[
            chip("Back to live", id="chart-live", hidden=True),
            chip("Line", id="chart-line", **{"aria-pressed": "true"}),
            chip("Candles", id="chart-candles", **{"aria-pressed": "false"}),
        ],
    )
    return card(
        "Price",
        [
            html.Div(
                className="chart-frame needs-market",
                children=[
                    dcc.Graph(
                        id=ids.PRICE_CHART,
                        figure=figures.price_figure(),
                        config=figures.CONFIG,
                        responsive=True,
                        className="chart",
                    ),
                    html.P("Waiting for the first price.", id="chart-empty", className="empty chart-empty"),
                ],
            ),
            html.P(id="chart-summary", className="sr-only"),
        ],
        id="chart-panel",
        tools=[tools],
        class_name="chart-panel",
    )
