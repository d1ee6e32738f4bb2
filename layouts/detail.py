"""One trade in full, at `/trade/<id>`."""

from __future__ import annotations

from dash import html


def layout() -> html.Dialog:
    """A dialog that the script fills and opens."""
    return html.Dialog(
        id="trade-detail",
        className="sheet",
        **{"aria-labelledby": "trade-detail-title"},
        children=[
            html.Div(
                className="sheet-head",
                children=[
                    html.H2("Trade", id="trade-detail-title"),
                    html.Button(id="trade-detail-close", type="button", className="switch", **{"aria-label": "Close"}),
                ],
            ),
            html.Div(id="trade-detail-body"),
        ],
    )
