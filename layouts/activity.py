"""What the bot says while it works: its log and its alerts."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from layouts.panel import card, chips


def layout() -> dbc.Card:
    """A list that the script fills, newest first."""
    return card(
        "Activity",
        [
            html.Ol(
                id="activity-list",
                className="activity",
                tabIndex=0,
                **{"data-filter": "all", "aria-label": "Activity, newest first"},
            ),
            html.Div(id="activity-news", className="news-place"),
            html.P("Nothing has been said yet.", id="activity-empty", className="empty"),
        ],
        name="activity-panel",
        tools=[html.Div(id="activity-tools", className="search-place"), chips("activity-filter", "Show activity")],
    )
