"""The bar: what runs, its price, whether that is true, and the buttons that act."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from layouts import backtest, connection, controls, fleet, price


def layout() -> html.Header:
    """Brand, mode, bot, price, the truth line, the buttons, the switches."""
    return html.Header(
        className="bar",
        children=[
            _brand(),
            price.layout(),
            connection.layout(),
            controls.layout(),
            controls.more(),
            html.Div(className="switches", children=_switches()),
            controls.note(),
        ],
    )


def _brand() -> html.Div:
    return html.Div(
        className="brand",
        children=[
            html.Span(className="reel", **{"aria-hidden": "true"}),
            html.H1("Tapedeck", className="brand-name"),
            dbc.Badge("CONNECTING", id=ids.MODE_BADGE, class_name="mode-badge", color=""),
            html.Select(id=ids.BOT_SELECT, className="bot-select", disabled=True, **{"aria-label": "Bot"}),
            fleet.button(),
        ],
    )


def _switches() -> list[html.Button | html.A]:
    return [
        backtest.switch(),
        html.Button(id="sound-switch", type="button", className="switch", **{"aria-pressed": "false"}),
        html.Button(id="theme-switch", type="button", className="switch"),
        html.Button(id="settings-button", type="button", className="switch"),
        html.Button(id="help-button", type="button", className="switch", **{"aria-label": "Keys and help"}),
    ]
