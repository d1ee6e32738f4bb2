"""The price chart."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html

from dash_app import figures, ids
from layouts.panel import card, chips

HELP = "Price chart. Left and right move it, plus and minus zoom, 0 goes back to live."


def layout() -> dbc.Card:
    """The chart with the chips of its views, its legend, and its words for those who cannot see it."""
    return card(
        "Price",
        [
            _frame(),
            html.Div(id="chart-note", className="chart-note", role="status", hidden=True),
            html.P(id="chart-summary", className="sr-only"),
            html.Div(id="chart-table", className="sr-only chart-table"),
        ],
        name="chart-panel",
        tools=[chips("chart-modes", "Chart")],
    )


def _frame() -> html.Div:
    """What has the focus: Plotly's picture is hidden from screen readers, which get the sentence and the table."""
    graph = dcc.Graph(
        id=ids.PRICE_CHART, figure=figures.price_figure(), config=figures.CONFIG, responsive=True, className="chart"
    )
    return html.Div(
        [
            html.Div(graph, className="chart-picture", **{"aria-hidden": "true"}),
            html.Div(id="chart-legend", className="chart-legend", role="group", hidden=True, **{"aria-label": "Shown"}),
            html.Button("Back to live", id="chart-live", type="button", className="chip", hidden=True),
            html.P("Waiting for the first price.", id="chart-empty", className="empty chart-empty"),
        ],
        id="chart-frame",
        className="chart-frame needs-market",
        role="application",
        tabIndex=0,
        **{"aria-label": HELP, "aria-describedby": "chart-summary"},
    )
