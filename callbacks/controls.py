"""The buttons that act."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input

from dash_app import ids


def register(app: Dash) -> None:
    """A press becomes a command with an id of its own on the line."""
    app.clientside_callback(
        ClientsideFunction("controls", "press"),
        Input(ids.START_BUTTON, "n_clicks"),
        Input(ids.STOP_BUTTON, "n_clicks"),
        Input(ids.TEST_TRADE_BUTTON, "n_clicks"),
        prevent_initial_call=True,
    )
