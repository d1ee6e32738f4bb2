"""All bots at a glance, and the way there."""

from __future__ import annotations

from dash import html


def layout() -> html.Section:
    """An empty view that the script fills and shows in place of one bot's deck."""
    return html.Section(id="fleet", className="panel fleet", hidden=True, **{"aria-label": "Fleet"})


def button() -> html.Button:
    """In the bar; shown when there is more than one bot."""
    return html.Button(
        id="fleet-button",
        type="button",
        className="fleet-button",
        hidden=True,
        **{"aria-expanded": "false", "aria-controls": "fleet"},
    )
