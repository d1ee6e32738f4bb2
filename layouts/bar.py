"""The bar: what runs, its price, whether that is true, and the buttons that act."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash_app import ids

HOPS = (("page", "Page"), ("bot", "Bot"), ("market", "Market"))


def layout() -> html.Header:
    """Brand, mode, bot, price, the truth line, the buttons."""
    return html.Header(
        className="bar",
        children=[_brand(), _price(), _truth(), _actions(), html.Div(className="switches", children=_switches())],
    )


def _brand() -> html.Div:
    return html.Div(
        className="brand",
        children=[
            html.Span(className="reel", **{"aria-hidden": "true"}, children=[html.I(), html.I()]),
            html.H1("Tapedeck", className="brand-name"),
            dbc.Badge("CONNECTING", id=ids.MODE_BADGE, class_name="mode-badge", color=""),
            html.Select(id=ids.BOT_SELECT, className="bot-select", **{"aria-label": "Bot"}),
        ],
    )


def _price() -> html.Div:
    return html.Div(
        className="quote",
        children=[
            html.Span(id="symbol", className="symbol"),
            html.Span(
                id=ids.PRICE_FLASH,
                className="price-flash needs-market",
                children=html.Span("–", id=ids.PRICE, className="price"),
            ),
            html.Span(id="change", className="change needs-market"),
            html.Span("waiting for a price", id=ids.LAST_UPDATE, className="last-update"),
        ],
    )


def _truth() -> html.Div:
    hops = [
        html.Span(
            id=f"hop-{name}",
            className="hop",
            **{"data-level": "unknown"},
            children=[html.I(className="dot", **{"aria-hidden": "true"}), html.Span(label, id=f"hop-{name}-text")],
        )
        for name, label in HOPS
    ]
    return html.Div(
        id=ids.CONNECTION_STATUS,
        className="truth",
        **{"data-connection": "connecting", "aria-label": "How fresh this page is"},
        role="group",
        children=[*hops, html.Span("Connecting…", id="line-text", className="line-text")],
    )


def _actions() -> html.Div:
    return html.Div(
        className="actions",
        children=[
            html.P("Connecting to the relay.", id="action-note", className="action-note", role="status"),
            dbc.Button(
                "Test trade", id=ids.TEST_TRADE_BUTTON, class_name="action ghost", color="", disabled=True, n_clicks=0
            ),
            dbc.Button("▶ Start bot", id=ids.START_BUTTON, class_name="action start", color="", disabled=True, n_clicks=0),
            dbc.Button("■ Stop bot", id=ids.STOP_BUTTON, class_name="action stop", color="", disabled=True, n_clicks=0),
        ],
    )


def _switches() -> list[html.Button]:
    return [
        html.Button(id="sound-switch", type="button", className="switch", **{"aria-pressed": "false"}),
        html.Button(id="theme-switch", type="button", className="switch"),
        html.Button(id="help-button", type="button", className="switch", **{"aria-label": "Keys and help"}),
    ]
