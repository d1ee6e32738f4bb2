"""The price in the bar."""

from __future__ import annotations

from dash import html

from dash_app import ids


def layout() -> html.Div:
    """Symbol, price, change of the day, and how old it is."""
    price = html.Span("–", id=ids.PRICE, className="price")
    return html.Div(
        className="quote",
        children=[
            html.Span(id="symbol", className="symbol"),
            html.Span(price, id=ids.PRICE_FLASH, className="price-flash needs-market"),
            html.Span(id="change", className="change needs-market"),
            html.Span("waiting for a price", id=ids.LAST_UPDATE, className="last-update"),
        ],
    )
