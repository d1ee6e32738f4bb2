"""What the bot says while it works: its log and its alerts."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from layouts.panel import card, chip

LEVELS = (("all", "All"), ("alerts", "Alerts"), ("problems", "Problems"))


def layout() -> dbc.Card:
    """A list that the script fills, newest first."""
    levels = [
        chip(text, id=f"activity-{name}", **{"aria-pressed": str(name == "all").lower(), "data-filter": name})
        for name, text in LEVELS
    ]
    return card(
        "Activity",
        [
            html.Ol(
                id="activity-list",
                className="activity",
                tabIndex=0,
                **{"data-filter": "all", "aria-label": "Activity, newest first"},
            ),
            html.P("Nothing has been said yet.", id="activity-empty", className="empty"),
        ],
        id="activity-panel",
        tools=[html.Div(levels, className="chips", id="activity-filter", role="group", **{"aria-label": "Show"})],
    )
